"""Fixtures: a stand-in server, and the command run in this process or as its own."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from maestro_cli.main import main
from maestro_cli.tests.standin import StandIn

LAUNCHER = Path(__file__).parents[2] / "bin" / "maestro"


class Result(NamedTuple):
    exit_code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


Maestro = Callable[..., Result]


@pytest.fixture
def server() -> Iterator[StandIn]:
    with StandIn() as standin:
        yield standin


@pytest.fixture
def maestro(capsys: pytest.CaptureFixture[str], server: StandIn, tmp_path: Path) -> Maestro:
    """Runs a command against the stand-in; keywords are further MAESTRO_ variables."""

    def run(*words: str, **variables: str) -> Result:
        environ = {"MAESTRO_SERVER_URL": server.url, "MAESTRO_DATA_DIR": str(tmp_path)}
        environ.update({f"MAESTRO_{name}": value for name, value in variables.items()})
        exit_code = main(words, environ)
        out, err = capsys.readouterr()
        return Result(exit_code, out, err)

    return run


@pytest.fixture
def agent_environ(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """The environment of a spawned session, with its manifest written."""

    def prepare(server: StandIn, task_ids: list[str], strategy: str, **dependencies: Any) -> Any:
        workplace = tmp_path / "workplace"
        workplace.mkdir(exist_ok=True)
        tasks = [{"id": t, "title": t, "dependencies": dependencies.get(t, [])} for t in task_ids]
        manifest = {
            "manifestVersion": "1.0",
            "strategy": strategy,
            "tasks": tasks,
            "session": {"workingDirectory": str(workplace)},
        }
        path = tmp_path / "manifest.json"
        path.write_text(json.dumps(manifest))
        own = {name: value for name, value in os.environ.items() if "MAESTRO" not in name}
        return {
            **own,
            "MAESTRO_SERVER_URL": server.url,
            "MAESTRO_SESSION_ID": "ses_x",
            "MAESTRO_MANIFEST_PATH": str(path),
        }

    return prepare
