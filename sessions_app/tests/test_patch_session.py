"""PATCH: columns, then entries, then the status, in clients' own words."""

import pytest

from access_app.actors import AGENT, USER
from conftest import START_MS, Clock
from sessions_app.appending import append_raw_events
from sessions_app.documents import stored_document
from sessions_app.models import Session, Transition
from sessions_app.rules import EventType, InvalidTransition, SessionIsFinal, Status
from sessions_app.services import SessionPatch, patch_session
from sessions_app.timeline import Draft
from tasks_app.models import Task
from tests.records import (
    log_types,
    make_queue,
    make_session,
    make_tasks,
    status_of,
    statuses_on_tasks,
    timeline_of,
    types_of,
)

pytestmark = pytest.mark.usefixtures("records", "clock")


def ask(session: Session, status: str) -> Session:
    return patch_session(session.pk, SessionPatch(status=status), by=USER)


@pytest.mark.parametrize(
    ("start", "word", "status"),
    [
        (Status.SPAWNING, "idle", Status.IDLE),
        (Status.SPAWNING, "running", Status.IDLE),
        (Status.SPAWNING, "working", Status.WORKING),
        (Status.IDLE, "running", Status.WORKING),
        (Status.WORKING, "idle", Status.IDLE),
        (Status.IDLE, "completed", Status.COMPLETED),
        (Status.WORKING, "failed", Status.FAILED),
        (Status.SPAWNING, "stopped", Status.STOPPED),
    ],
)
def test_a_status_is_asked_for_in_any_clients_words(
    start: Status, word: str, status: Status
) -> None:
    session = make_session(status=start)
    assert ask(session, word).state is status
    assert status_of(session.pk) is status


def test_registration_is_kept_as_the_agents(clock: Clock) -> None:
    session = make_session(status=Status.SPAWNING)
    clock.forward(s=3)
    ask(session, "idle")
    bodies = list(Transition.objects.filter(session=session).values_list("body", flat=True))
    at = START_MS + 3000
    assert bodies == [
        {"at": START_MS, "from": None, "to": "spawning", "by": "user", "why": ""},
        {"at": at, "from": "spawning", "to": "idle", "by": "agent", "why": ""},
        {"at": at, "what": "registered", "by": "agent"},
    ]
    assert Session.objects.get(pk=session.pk).started_at == at


def test_the_status_it_has_already_moves_nothing() -> None:
    session = make_session(status=Status.IDLE)
    before = Transition.objects.count()
    assert ask(session, "idle").state is Status.IDLE
    assert Transition.objects.count() == before


@pytest.mark.parametrize(
    ("start", "word"), [(Status.SPAWNING, "completed"), (Status.IDLE, "spawning")]
)
def test_a_move_that_is_not_in_the_table_is_refused(start: Status, word: str) -> None:
    session = make_session(status=start)
    with pytest.raises(InvalidTransition):
        ask(session, word)
    assert status_of(session.pk) is start


@pytest.mark.parametrize("end", ["completed", "failed", "stopped"])
def test_a_final_session_shrugs_at_another_ending(end: str) -> None:
    session = make_session()
    ask(session, end)
    events = types_of(session.pk)
    for word in ("completed", "failed", "stopped", "needs-user-input"):
        assert ask(session, word).status == end
    assert types_of(session.pk) == events


def test_a_final_session_that_is_told_to_end_changes_nothing_at_all(clock: Clock) -> None:
    session = make_session()
    ask(session, "completed")
    log, document = log_types(), stored_document(Session.objects.get())
    clock.forward(s=60)
    for word in ("completed", "stopped", "needs-user-input"):
        ask(session, word)
    assert stored_document(Session.objects.get()) == document
    assert log_types() == log


@pytest.mark.parametrize("word", ["idle", "working", "running", "spawning"])
def test_a_final_session_does_not_come_back(word: str) -> None:
    session = make_session()
    ask(session, "completed")
    with pytest.raises(SessionIsFinal):
        ask(session, word)


def test_an_end_closes_its_tasks_and_says_what_is_unfinished() -> None:
    tasks = make_tasks("Works", "Done", "Queued", "Blocked")
    session = make_session(tasks)
    said = [
        (EventType.TASK_STARTED, 0),
        (EventType.TASK_STARTED, 1),
        (EventType.TASK_COMPLETED, 1),
        (EventType.TASK_BLOCKED, 3),
    ]
    drafts = [Draft(event_type, task_id=tasks[place].pk) for event_type, place in said]
    patch_session(session.pk, SessionPatch(timeline=drafts, status="stopped"), by=USER)
    assert statuses_on_tasks(session.pk) == ["failed", "completed", "skipped", "blocked"]
    stopped = timeline_of(session.pk)[-1]
    assert stopped["type"] == "session_stopped"
    assert stopped["message"] == "Session stopped by user"
    assert stopped["metadata"] == {"unfinished": [tasks[0].pk, tasks[2].pk, tasks[3].pk]}


@pytest.mark.parametrize(
    ("word", "news"),
    [("completed", "notify:session_completed"), ("failed", "notify:session_failed")],
)
def test_an_end_is_announced(word: str, news: str) -> None:
    session = make_session()
    ask(session, word)
    assert sorted(log_types()[-3:]) == sorted([news, "session:timeline", "session:updated"])


def test_needs_user_input_sets_the_flag_and_working_clears_it() -> None:
    session = make_session(status=Status.WORKING)
    assert ask(session, "needs-user-input").needs_input
    assert status_of(session.pk) is Status.WORKING
    assert ask(session, "working").needs_input is None


def test_events_take_effect_before_the_status() -> None:
    (task,) = make_tasks("One")
    session = make_session([task])
    drafts = [
        Draft(EventType.TASK_STARTED, task_id=task.pk),
        Draft(EventType.TASK_COMPLETED, task_id=task.pk),
    ]
    patch_session(session.pk, SessionPatch(timeline=drafts, status="completed"), by=AGENT)
    assert types_of(session.pk)[1:] == ["task_started", "task_completed", "session_stopped"]
    assert statuses_on_tasks(session.pk) == ["completed"]


def test_metadata_is_merged_and_what_the_wire_shows_of_it_stays() -> None:
    session = make_session(metadata={"skills": ["a"], "mine": {"x": 1}})
    patch = SessionPatch(metadata={"mine": 2, "role": "orchestrator", "spawnedBy": "ses_other"})
    found = patch_session(session.pk, patch, by=USER)
    assert found.metadata == {"skills": ["a"], "mine": 2, "spawnedBy": None, "role": "worker"}
    assert (found.role, found.parent_id) == ("worker", None)


def test_secrets_are_not_stored() -> None:
    session = make_session()
    patch_session(session.pk, SessionPatch(env={"A": "1", "API_KEY": "secret"}), by=USER)
    assert Session.objects.get(pk=session.pk).env == {"A": "1"}


def test_a_tasks_list_links_and_unlinks_both_sides() -> None:
    tasks = make_tasks("Stays", "Goes", "Comes")
    session = make_session(tasks[:2])
    wanted = [tasks[0].pk, tasks[2].pk]
    patch_session(session.pk, SessionPatch(task_ids=wanted), by=USER)
    links = {
        task.title: list(task.session_links.values_list("session_id", flat=True))
        for task in Task.objects.all()
    }
    assert links == {"Stays": [session.pk], "Goes": [], "Comes": [session.pk]}
    assert {"session:task_added", "session:task_removed"} <= set(log_types())
    assert {"task:session_added", "task:session_removed"} <= set(log_types())


def test_the_items_of_a_queue_follow_the_tasks_list() -> None:
    from queues_app.selectors import queue_of

    session, tasks = make_queue("Stays", "Goes")
    (new,) = make_tasks("Comes")
    patch_session(session.pk, SessionPatch(task_ids=[tasks[0].pk, new.pk]), by=USER)
    items = queue_of(session.pk).items.all()
    assert [item.task_id for item in items] == [tasks[0].pk, new.pk]


def test_raw_events_are_kept_as_they_came(clock: Clock) -> None:
    session = make_session()
    append_raw_events(session.pk, [{"type": "PostToolUse", "data": {"files": ["a.py"]}}])
    (body,) = session.rawevents.values_list("body", flat=True)
    assert body["id"].startswith("evt_")
    assert {key: body[key] for key in ("timestamp", "type", "data")} == {
        "timestamp": START_MS,
        "type": "PostToolUse",
        "data": {"files": ["a.py"]},
    }
