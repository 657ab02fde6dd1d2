"""`kill -9` of the server: the agent goes on, nothing acknowledged is missing, files are whole."""

import json
import os
import signal
from pathlib import Path

from tests.file_watch import FileWatch
from tests.server import RunningServer, wait_until


def test_the_agent_goes_on_while_the_server_is_away(server: RunningServer, work_dir: Path) -> None:
    script = "for i in 1 2 3 4 5 6; do echo line $i; sleep 0.5; done"
    with FileWatch(server.data_dir) as watch:
        session_id = server.spawn_shell({"First": script, "Second": "echo done"}, work_dir)
        wait_until(lambda: len(server.session(session_id)["timeline"]) > 2, 20)
        acknowledged = server.session(session_id)["timeline"]
        server.kill()
        server.start()
        session = server.wait_for_end(session_id)

    assert watch.broken == []
    assert watch.reads > 0
    assert session["status"] == "completed"
    assert session["timeline"][: len(acknowledged)] == acknowledged
    ids = [event["id"] for event in session["timeline"]]
    assert len(ids) == len(set(ids))
    starts = [e["taskId"] for e in session["timeline"] if e["type"] == "task_started"]
    assert starts == session["taskIds"]


def test_what_was_acknowledged_is_there_after_a_kill(server: RunningServer, work_dir: Path) -> None:
    project = server.post("/api/projects", {"name": "P", "workingDir": str(work_dir)}).body
    session = server.post("/api/sessions", {"projectId": project["id"], "name": "S"}).body
    path = f"/api/sessions/{session['id']}"
    events = [server.post(f"{path}/timeline", {"message": f"event {n}"}).body for n in range(50)]

    server.kill()
    server.start()

    assert server.session(session["id"])["timeline"][1:] == events


def test_a_session_whose_host_was_killed_fails_and_says_so(
    server: RunningServer, work_dir: Path
) -> None:
    session_id = server.spawn_shell({"Sleep": "sleep 600"}, work_dir)
    wait_until(lambda: server.session(session_id)["status"] == "working", 20)
    host = json.loads((server.data_dir / "sessions" / session_id / "host.json").read_text())

    os.kill(host["hostPid"], signal.SIGKILL)

    session = server.wait_for_end(session_id)
    assert session["status"] == "failed"
    # The agent may hear of it (SIGHUP) and say so itself, or be gone without a word.
    assert any(event["type"] in ("error", "task_failed") for event in session["timeline"])
