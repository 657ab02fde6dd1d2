"""Django's own list of what to look at before others are let in finds nothing."""

import sys
from pathlib import Path
from subprocess import run

from tests.server import ROOT


def test_a_server_behind_https_passes_djangos_deployment_check(tmp_path: Path) -> None:
    env = {
        "MAESTRO_DATA_DIR": str(tmp_path / "data"),
        "MAESTRO_AUTH": "required",
        "MAESTRO_PUBLIC_URL": "https://maestro.example",
    }
    words = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    said = run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
