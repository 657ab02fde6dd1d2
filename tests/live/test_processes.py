"""Agents' processes under a real server: what is left of one whose host was killed."""

import json
import os
import signal
from pathlib import Path

from tests.server import RunningServer, wait_until

DEAF = "trap '' HUP INT TERM; echo $$ > pid; while :; do sleep 1; done"


def test_a_server_ends_what_an_agents_killed_host_left(
    server: RunningServer, work_dir: Path
) -> None:
    session_id = server.spawn_shell({"Deaf": DEAF}, work_dir)
    wait_until((work_dir / "pid").exists, 20)
    deaf = int((work_dir / "pid").read_text())
    host = json.loads((server.data_dir / "sessions" / session_id / "host.json").read_text())
    server.kill()

    for pid in (host["hostPid"], host["agentPid"]):
        os.kill(pid, signal.SIGKILL)
    assert Path(f"/proc/{deaf}").exists()
    server.start()

    ended = server.wait_for_end(session_id)
    assert ended["status"] == "failed"
    assert "left no exit code" in json.dumps(ended["timeline"])
    wait_until(lambda: not Path(f"/proc/{deaf}").exists(), 20)
