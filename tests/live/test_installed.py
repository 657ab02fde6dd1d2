"""`pip install .`: the server, from nothing but the wheel."""

import sys
import urllib.request
import zipfile
from pathlib import Path

from tests.installed import borrow_dependencies, install, wheel_of
from tests.server import ROOT, RunningServer


def text_of(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return str(answer.read().decode())


def test_everything_that_is_shipped_is_in_the_package_and_serves(
    tmp_path: Path, work_dir: Path
) -> None:
    wheel = wheel_of(ROOT, tmp_path)
    packed = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("static", "templates"):
        here = [path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.is_file()]
        assert {f"maestro_site/{path}" for path in here} <= packed
    assert not any("/tests/" in name for name in packed)
    venv = tmp_path / "venv"
    install(wheel, sys.executable, venv)
    borrow_dependencies(venv)
    program = [str(venv / "bin" / "maestro-server")]
    server = RunningServer(tmp_path / "data", program=program).start()
    try:
        assert server.get("/health").status == 200
        session_id = server.spawn_shell({"one": "command -v maestro"}, work_dir)
        ended = server.wait_for_end(session_id)
        assert ended["status"] == "completed"
        found = [event for event in ended["timeline"] if event["type"] == "progress"]
        assert found[0]["message"].startswith(str(venv))
        tokens = "static/css/tokens.css"
        assert text_of(f"{server.url}/{tokens}") == (ROOT / tokens).read_text()
        assert "</html>" in text_of(server.url)
    finally:
        server.stop()
