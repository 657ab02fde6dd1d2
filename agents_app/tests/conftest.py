"""What tests share: a session whose processes are gone afterwards, and tools that send hooks."""

import os
import queue
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from agents_app import hosts, keyboard
from agents_app.tests.hooked import Claude
from agents_app.tests.hosted import (
    Session,
    is_running,
    wait_for,
)
from conftest import Api
from sessions_app.rules import Status
from tests.records import make_queue, make_session, make_tasks


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


@pytest.fixture
def claude(api: Api) -> Claude:
    """A spawning session on one task, whose agent chooses."""
    return Claude(api, make_session(make_tasks("Dig"), status=Status.SPAWNING).pk)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> "queue.SimpleQueue[bytes]":
    """A terminal for every session, and what is typed into it."""
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def take(folder: Path, content: bytes) -> bool:
        lines.put(content)
        return True

    monkeypatch.setattr(hosts, "find", lambda folder: object())
    monkeypatch.setattr(hosts, "send_input", take)
    monkeypatch.setattr(keyboard, "BEFORE_RETURN_S", 0.0)
    return lines


@pytest.fixture
def queued(api: Api) -> Claude:
    session, _ = make_queue("Dig", "Pave")
    return Claude(api, session.pk)
