"""Before others are let in: Django's own list of what to look at, and the files in deploy/."""

import re
import sys
from configparser import ConfigParser
from pathlib import Path
from subprocess import run

from tests.server import ROOT

DEPLOY = ROOT / "deploy"


def test_a_server_behind_https_passes_djangos_deployment_check(tmp_path: Path) -> None:
    env = {
        "MAESTRO_DATA_DIR": str(tmp_path / "data"),
        "MAESTRO_AUTH": "required",
        "MAESTRO_PUBLIC_URL": "https://maestro.example",
    }
    words = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    said = run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr


def test_a_restart_of_the_service_ends_no_agent_and_keeps_its_socket() -> None:
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DEPLOY / "maestro.service")
    service = unit["Service"]
    assert service["KillMode"] == "process"
    assert service["RuntimeDirectoryPreserve"] == "yes"
    assert service["ExecStart"].endswith("manage.py serve")


def test_what_the_ready_files_set_is_documented() -> None:
    named = {
        name
        for file in DEPLOY.iterdir()
        for name in re.findall(r"\bMAESTRO_[A-Z_]+[A-Z]\b", file.read_text())
    }
    documented = (ROOT / "docs/configuration.md").read_text()
    assert "MAESTRO_PUBLIC_URL" in named
    assert [name for name in named if f"`{name}`" not in documented] == []


def test_the_proxies_say_who_asks_and_let_sockets_through() -> None:
    """What Caddy does by itself nginx has to be told."""
    nginx = (DEPLOY / "nginx.conf").read_text()
    headers = re.findall(r"proxy_set_header (\S+) (\S+);", nginx)
    assert dict(headers) == {
        "Host": "$http_host",
        "X-Forwarded-For": "$remote_addr",
        "X-Forwarded-Proto": "$scheme",
        "X-Request-Id": "$request_id",
        "Upgrade": "$http_upgrade",
        "Connection": "$maestro_connection",
    }
