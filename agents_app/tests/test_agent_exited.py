"""What the end of a process says of its session."""

import pytest

from access_app.actors import AGENT
from agents_app.host_spec import Exit
from agents_app.outcomes import agent_exited, launch_failed, registration_timed_out
from sessions_app.appending import append_events
from sessions_app.ending import end_session
from sessions_app.models import Session
from sessions_app.rules import EventType, Status
from sessions_app.services import set_task_session_status
from sessions_app.timeline import Draft
from tasks_app.rules import SessionStatusOfTask
from tests.records import make_session, make_tasks, status_of, timeline_of, types_of

pytestmark = pytest.mark.usefixtures("records")


@pytest.fixture
def session() -> Session:
    return make_session(make_tasks("One"), status=Status.WORKING)


def exit_with(code: int | None, *, signal: str | None = None) -> Exit:
    return Exit(exit_code=code, signal=signal, ended_at=0, last_lines=("last words",))


def finish(session: Session, event_type: EventType) -> None:
    (link,) = session.task_links.all()
    append_events(session.pk, [Draft(event_type, task_id=link.task_id)], by=AGENT)


def test_exit_0_with_all_done_completes(session: Session) -> None:
    finish(session, EventType.TASK_COMPLETED)
    agent_exited(session.pk, exit_with(0))
    assert status_of(session.pk) is Status.COMPLETED
    assert "error" not in types_of(session.pk)


def test_exit_0_with_a_failed_task_fails(session: Session) -> None:
    finish(session, EventType.TASK_FAILED)
    agent_exited(session.pk, exit_with(0))
    assert status_of(session.pk) is Status.FAILED


def test_exit_0_with_something_unfinished_stops_and_says_how_many(session: Session) -> None:
    agent_exited(session.pk, exit_with(0))
    assert status_of(session.pk) is Status.STOPPED
    assert timeline_of(session.pk)[-1]["message"].endswith("exited with 1 unfinished")


def test_another_exit_code_fails_with_code_and_last_lines(session: Session) -> None:
    finish(session, EventType.TASK_COMPLETED)
    agent_exited(session.pk, exit_with(3))
    error, stopped = timeline_of(session.pk)[-2:]
    assert error["type"] == "error"
    assert error["metadata"] == {
        "level": "error",
        "evidence": "exit",
        "exitCode": 3,
        "output": "last words",
    }
    assert stopped["message"] == "Session failed: The process ended with exit code 3"


def test_a_signal_is_named(session: Session) -> None:
    agent_exited(session.pk, exit_with(None, signal="SIGKILL"))
    assert "SIGKILL" in timeline_of(session.pk)[-1]["message"]


def test_a_final_session_is_left_as_it_is(session: Session) -> None:
    end_session(session.pk, Status.COMPLETED, by=AGENT)
    before = timeline_of(session.pk)
    agent_exited(session.pk, exit_with(1))
    launch_failed(session.pk, "late")
    assert timeline_of(session.pk) == before


@pytest.mark.parametrize("why", ["launch", "timeout"])
def test_a_session_that_never_began_fails_with_something_to_act_on(why: str) -> None:
    session = make_session(make_tasks("One"), status=Status.SPAWNING)
    if why == "launch":
        launch_failed(session.pk, "claude was not found on PATH")
    else:
        registration_timed_out(session.pk)
    assert status_of(session.pk) is Status.FAILED
    assert types_of(session.pk)[-2:] == ["error", "session_stopped"]
    by = {"launch": "launcher", "timeout": "reaper"}[why]
    assert session.transitions.get(body__to="failed").body["by"] == by


def test_exit_0_of_an_agent_that_never_registered_stops_and_says_so() -> None:
    session = make_session(make_tasks("One"), status=Status.SPAWNING)
    (link,) = session.task_links.all()
    set_task_session_status(link.task_id, session.pk, SessionStatusOfTask.COMPLETED, by=AGENT)
    agent_exited(session.pk, exit_with(0))
    assert status_of(session.pk) is Status.STOPPED
    assert timeline_of(session.pk)[-1]["message"].endswith("exited without having registered")
