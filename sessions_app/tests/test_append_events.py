"""Appending to a timeline, and what each event sets off."""

from typing import Any

import pytest

from access_app.actors import AGENT
from conftest import START_MS, Clock
from core.errors import TaskNotFound
from sessions_app.appending import append_events
from sessions_app.models import Session, Transition
from sessions_app.rules import EventType, Status, Strategy
from sessions_app.timeline import Draft
from tasks_app.models import Task
from tests.records import (
    log_types,
    make_session,
    make_tasks,
    status_of,
    statuses_on_tasks,
    timeline_of,
    types_of,
)

pytestmark = pytest.mark.usefixtures("records", "clock")


@pytest.fixture
def tasks() -> list[Task]:
    return make_tasks("One", "Two")


@pytest.fixture
def session(tasks: list[Task]) -> Session:
    return make_session(tasks)


def say(session: Session, event_type: EventType, task: Task | None = None, **more: Any) -> Any:
    draft = Draft(event_type, task_id=task.pk if task else None, **more)
    (event,) = append_events(session.pk, [draft], by=AGENT)
    return event


def test_a_start_makes_session_and_task_work(session: Session, tasks: list[Task]) -> None:
    event = say(session, EventType.TASK_STARTED, tasks[0])
    assert event["message"] == "Started task: One"
    assert status_of(session.pk) is Status.WORKING
    assert statuses_on_tasks(session.pk) == ["working", "queued"]
    task = Task.objects.get(pk=tasks[0].pk)
    assert (task.status, task.session_status, task.started_at) == (
        "in_progress",
        "working",
        START_MS,
    )


def test_an_end_says_how_long_it_took_and_makes_the_session_idle(
    session: Session, tasks: list[Task], clock: Clock
) -> None:
    say(session, EventType.TASK_STARTED, tasks[0])
    clock.forward(s=45)
    assert say(session, EventType.TASK_COMPLETED, tasks[0])["metadata"] == {"duration": 45_000}
    assert status_of(session.pk) is Status.IDLE
    assert statuses_on_tasks(session.pk) == ["completed", "queued"]
    assert Task.objects.get(pk=tasks[0].pk).status == "in_progress"


def test_a_duration_that_the_agent_gives_is_kept(session: Session, tasks: list[Task]) -> None:
    say(session, EventType.TASK_STARTED, tasks[0])
    event = say(session, EventType.TASK_COMPLETED, tasks[0], metadata={"duration": 7})
    assert event["metadata"] == {"duration": 7}


def test_after_the_last_end_the_session_keeps_working_until_it_says_so(
    session: Session, tasks: list[Task]
) -> None:
    for task in tasks:
        say(session, EventType.TASK_STARTED, task)
        say(session, EventType.TASK_COMPLETED, task)
    assert status_of(session.pk) is Status.WORKING


@pytest.mark.parametrize(
    ("event_type", "status"),
    [
        (EventType.TASK_FAILED, "failed"),
        (EventType.TASK_SKIPPED, "skipped"),
        (EventType.TASK_BLOCKED, "blocked"),
    ],
)
def test_each_ending_is_the_sessions_word_on_the_task(
    session: Session, tasks: list[Task], event_type: EventType, status: str
) -> None:
    say(session, EventType.TASK_STARTED, tasks[0])
    say(session, event_type, tasks[0])
    assert statuses_on_tasks(session.pk)[0] == status
    assert Task.objects.get(pk=tasks[0].pk).session_status == status


def test_a_second_ending_in_the_same_attempt_is_kept_and_changes_nothing(
    session: Session, tasks: list[Task]
) -> None:
    say(session, EventType.TASK_STARTED, tasks[0])
    say(session, EventType.TASK_COMPLETED, tasks[0])
    event = say(session, EventType.TASK_FAILED, tasks[0])
    assert "metadata" not in event
    assert types_of(session.pk)[-2:] == ["task_completed", "task_failed"]
    assert statuses_on_tasks(session.pk)[0] == "completed"


def test_a_new_start_opens_a_new_attempt(session: Session, tasks: list[Task], clock: Clock) -> None:
    for duration_s in (10, 20):
        say(session, EventType.TASK_STARTED, tasks[0])
        clock.forward(s=duration_s)
        event = say(session, EventType.TASK_FAILED, tasks[0])
        assert event["metadata"]["duration"] == duration_s * 1000


def test_an_event_whose_id_is_there_already_is_not_added_again(
    session: Session, tasks: list[Task]
) -> None:
    first = say(session, EventType.TASK_STARTED, tasks[0], event_id="evt_mine")
    say(session, EventType.TASK_COMPLETED, tasks[0])
    again = say(session, EventType.TASK_STARTED, tasks[0], event_id="evt_mine", message="Other")
    assert again == first
    assert types_of(session.pk) == ["session_started", "task_started", "task_completed"]
    assert statuses_on_tasks(session.pk)[0] == "completed"


def test_an_id_repeated_within_one_call_is_added_once(session: Session) -> None:
    draft = Draft(EventType.PROGRESS, "Half", event_id="evt_1")
    events = append_events(session.pk, [draft, draft], by=AGENT)
    assert events[0] == events[1]
    assert types_of(session.pk) == ["session_started", "progress"]


def test_times_never_decrease_and_a_clients_own_is_kept(session: Session, clock: Clock) -> None:
    clock.forward(s=10)
    inside = say(session, EventType.PROGRESS, message="a", reported_ms=START_MS + 4_000)
    early = say(session, EventType.PROGRESS, message="b", reported_ms=START_MS + 1_000)
    late = say(session, EventType.PROGRESS, message="c", reported_ms=START_MS + 60_000)
    clock.forward(s=-5)
    stepped_back = say(session, EventType.PROGRESS, message="d")
    assert inside["timestamp"] == START_MS + 4_000
    assert "metadata" not in inside
    assert (early["timestamp"], early["metadata"]["reportedAt"]) == (
        START_MS + 4_000,
        START_MS + 1_000,
    )
    assert (late["timestamp"], late["metadata"]["reportedAt"]) == (
        START_MS + 10_000,
        START_MS + 60_000,
    )
    assert stepped_back["timestamp"] == START_MS + 10_000


def test_an_unknown_task_is_refused_and_nothing_of_the_call_is_kept(session: Session) -> None:
    drafts = [Draft(EventType.PROGRESS, "a"), Draft(EventType.TASK_STARTED, task_id="tsk_none")]
    before = log_types()
    with pytest.raises(TaskNotFound):
        append_events(session.pk, drafts, by=AGENT)
    assert types_of(session.pk) == ["session_started"]
    assert log_types() == before


def test_an_event_of_a_task_that_is_not_the_sessions_is_kept_and_changes_no_task(
    session: Session,
) -> None:
    (other,) = make_tasks("Other")
    say(session, EventType.TASK_STARTED, other)
    assert types_of(session.pk)[-1] == "task_started"
    assert status_of(session.pk) is Status.IDLE
    assert Task.objects.get(pk=other.pk).status == "todo"


def test_in_a_queue_session_a_posted_task_event_is_kept_and_moves_nothing(
    tasks: list[Task],
) -> None:
    session = make_session(tasks, strategy=Strategy.QUEUE)
    say(session, EventType.TASK_STARTED, tasks[0])
    say(session, EventType.PROGRESS, message="Half", metadata={"progress": 0.5})
    assert types_of(session.pk) == ["session_started", "task_started", "progress"]
    assert status_of(session.pk) is Status.IDLE
    assert statuses_on_tasks(session.pk) == ["queued", "queued"]
    assert Session.objects.get(pk=session.pk).progress == 0.0


def test_a_question_sets_needs_input_and_the_next_progress_clears_it(
    session: Session, clock: Clock
) -> None:
    event = say(session, EventType.NEEDS_INPUT, message="?", metadata={"question": "Which?"})
    assert Session.objects.get(pk=session.pk).needs_input == {
        "active": True,
        "since": START_MS,
        "message": "Which?",
        "eventId": event["id"],
    }
    assert status_of(session.pk) is Status.IDLE
    assert "notify:needs_input" in log_types()
    say(session, EventType.PROGRESS, message="Thanks")
    assert Session.objects.get(pk=session.pk).needs_input is None
    assert moments(session)[-2:] == ["waiting began", "waiting ended"]


def moments(session: Session) -> list[str]:
    bodies = Transition.objects.filter(session=session).values_list("body", flat=True)
    return [body["what"] for body in bodies if "what" in body]


@pytest.mark.parametrize("event_type", [EventType.ERROR, EventType.MILESTONE])
def test_errors_and_milestones_leave_a_question_open(
    session: Session, event_type: EventType
) -> None:
    say(session, EventType.NEEDS_INPUT, message="?")
    say(session, event_type, message="Something")
    assert Session.objects.get(pk=session.pk).needs_input is not None


def test_an_error_is_not_fatal(session: Session, tasks: list[Task]) -> None:
    say(session, EventType.TASK_STARTED, tasks[0])
    say(session, EventType.ERROR, tasks[0], message="Oops", metadata={"level": "error"})
    assert status_of(session.pk) is Status.WORKING
    assert statuses_on_tasks(session.pk)[0] == "working"


def test_an_event_for_a_final_session_is_kept_as_late(tasks: list[Task]) -> None:
    from sessions_app.ending import end_session

    session = make_session(tasks)
    end_session(session.pk, Status.COMPLETED, by=AGENT)
    event = say(session, EventType.TASK_STARTED, tasks[0], metadata={"a": 1})
    assert event["metadata"] == {"a": 1, "late": True}
    assert status_of(session.pk) is Status.COMPLETED
    assert statuses_on_tasks(session.pk) == ["skipped", "skipped"]


def test_a_start_before_registration_registers(tasks: list[Task]) -> None:
    session = make_session(tasks, status=Status.SPAWNING)
    say(session, EventType.TASK_STARTED, tasks[0])
    found = Session.objects.get(pk=session.pk)
    assert (found.state, found.started_at) == (Status.WORKING, START_MS)
    assert moments(session) == ["registered"]


def test_a_burst_is_one_row_in_the_log_with_only_its_events(session: Session) -> None:
    from events_app.models import LogEntry

    before = LogEntry.objects.count()
    drafts = [Draft(EventType.PROGRESS, str(number)) for number in range(20)]
    events = append_events(session.pk, drafts, by=AGENT)
    (entry,) = LogEntry.objects.order_by("seq")[before:]
    assert entry.type == "session:timeline"
    assert entry.payload["events"] == events
    assert set(entry.payload) == {"sessionId", "events", "status", "lastActivity"}


def test_events_stay_in_order_of_arrival(session: Session) -> None:
    for number in range(5):
        say(session, EventType.PROGRESS, message=str(number))
    assert [event["message"] for event in timeline_of(session.pk)[1:]] == list("01234")
