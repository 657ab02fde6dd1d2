"""The examples of docs/api.md, run from top to bottom by a real shell and curl on a real server."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.docs.pages import DOCS
from tests.server import RunningServer

USUAL = (
    *("/health", "post projects", "post tasks", "post sessions/spawn", "-X PATCH"),
    *("queue/next", "queue/complete", '/timeline" ', '/input"', "/sessions?", "/events?"),
    "post sessions/stop-all",
)
SCRIPT = "\n".join(re.findall(r"```sh\n(.*?)```", (DOCS / "api.md").read_text(), re.DOTALL))


@pytest.fixture
def server(tmp_path: Path) -> RunningServer:
    return RunningServer(tmp_path / "data")


def test_the_usual_calls_have_an_example() -> None:
    assert [call for call in USUAL if call not in SCRIPT] == []


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("bash")), reason="needs curl, bash")
def test_every_example_works_and_together_they_do_a_whole_job(
    server: RunningServer, tmp_path: Path
) -> None:
    (tmp_path / ".curlrc").write_text("fail-with-body\n")  # a refusal ends the script
    script = SCRIPT.replace("http://localhost:8000", server.url)
    server.start()
    try:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f'{script}\necho; echo "$session"'],
            env={"PATH": os.environ["PATH"], "CURL_HOME": str(tmp_path), "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        session = server.session(done.stdout.splitlines()[-1])
    finally:
        server.stop()
    assert session["status"] == "completed"
    said = [event["type"] for event in session["timeline"]]
    assert said.count("task_completed") == 2
    assert "Answered: Blue" in [event.get("message") for event in session["timeline"]]
    assert "gantt" in done.stdout
