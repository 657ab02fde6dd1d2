"""A process that outlives its session: kept for a minute, or as long as somebody types."""

import pytest

from access_app.actors import USER
from agents_app import hosts
from agents_app.launcher import Launcher
from agents_app.models import Launch, LaunchState
from conftest import Clock
from core.clock import now_ms
from sessions_app.ending import end_session
from sessions_app.models import Session
from sessions_app.rules import Status
from tests.records import make_session

pytestmark = pytest.mark.usefixtures("records")


class Process:
    """Stands for one that a host keeps: what it was typed last, and whether it is to stop."""

    def __init__(self) -> None:
        self.typed_at = 0
        self.is_asked_to_stop = False

    def status(self, _: object) -> dict[str, int]:
        return {"typedAt": self.typed_at}

    def request_stop(self, _: object) -> bool:
        self.is_asked_to_stop = True
        return True


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Process:
    process = Process()
    monkeypatch.setattr(hosts, "status", process.status)
    monkeypatch.setattr(hosts, "request_stop", process.request_stop)
    monkeypatch.setattr(hosts, "find", lambda _: process)
    monkeypatch.setattr(hosts, "read_exit", lambda _: None)
    return process


def ended(status: Status) -> Session:
    session = make_session(status=Status.WORKING)
    Launch.objects.create(session=session, state=LaunchState.RUNNING, created_at=now_ms())
    end_session(session.pk, status, by=USER, why="")
    return session


def look() -> None:
    Launcher()._look_after_running()


def test_a_completed_sessions_process_is_stopped_after_a_minute(
    clock: Clock, process: Process
) -> None:
    ended(Status.COMPLETED)
    clock.forward(s=59)
    look()
    assert not process.is_asked_to_stop

    clock.forward(s=2)
    look()
    assert process.is_asked_to_stop


def test_typing_keeps_it_for_another_minute(clock: Clock, process: Process) -> None:
    ended(Status.COMPLETED)
    clock.forward(s=50)
    process.typed_at = clock()
    clock.forward(s=50)
    look()
    assert not process.is_asked_to_stop

    clock.forward(s=11)
    look()
    assert process.is_asked_to_stop


def test_a_stopped_sessions_process_is_stopped_at_once(clock: Clock, process: Process) -> None:
    ended(Status.STOPPED)
    process.typed_at = clock()

    look()

    assert process.is_asked_to_stop
