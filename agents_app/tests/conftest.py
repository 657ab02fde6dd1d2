"""What tests of hosts share: a session whose processes are all gone afterwards."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from agents_app.tests.hosted import (
    Session,
    is_running,
    wait_for,
)


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    runtime = tempfile.mkdtemp(prefix="host-")  # short: a socket's path has little room
    monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
    session = Session(tmp_path)
    yield session
    for info in session.started:
        if is_running(info.host_pid):
            os.kill(info.host_pid, signal.SIGTERM)
    for info in session.started:
        wait_for(lambda pid=info.host_pid: not is_running(pid))  # type: ignore[misc]
        with suppress(ProcessLookupError):  # its host was killed
            os.killpg(info.agent_pid, signal.SIGKILL)
    shutil.rmtree(runtime)
