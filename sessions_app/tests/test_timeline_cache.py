"""Rows that were built before are continued, and never differ from those built from nothing."""

import pytest

from access_app.actors import USER
from sessions_app import documents
from sessions_app.appending import append_events
from sessions_app.models import Session
from sessions_app.row_types import SessionRows
from sessions_app.rows import build_rows
from sessions_app.rules import EventType
from sessions_app.services import SessionPatch, patch_session
from sessions_app.timeline import Draft
from sessions_app.timeline_cache import current_readings, current_rows
from tasks_app.selectors import titles_of
from tests.records import make_session, make_tasks

pytestmark = pytest.mark.usefixtures("records")
NOW = 4_000_000_000_000


def rows_now(session_id: str) -> SessionRows:
    return current_rows(Session.objects.get(pk=session_id), queue=None, now_ms=NOW)[0]


def assert_as_from_nothing(session_id: str) -> None:
    document = documents.wire_document(Session.objects.get(pk=session_id))
    titles = titles_of(document["taskIds"])
    assert rows_now(session_id) == build_rows(document, titles=titles, queue=None, now_ms=NOW)


def test_rows_after_each_event_are_those_of_the_whole_timeline() -> None:
    first, second = make_tasks("First", "Second")
    session = make_session([first, second])
    told = [
        Draft(EventType.TASK_STARTED, "Started", first.pk),
        Draft(EventType.PROGRESS, "a quarter", first.pk, metadata={"progress": 0.25}),
        Draft(EventType.PROGRESS, "half", first.pk, metadata={"progress": 0.5}),
        Draft(EventType.ERROR, "locked", first.pk),
        Draft(EventType.NEEDS_INPUT, "Which one?", first.pk),
        Draft(EventType.PROGRESS, "this one", first.pk, metadata={"answer": "this"}),
        Draft(EventType.TASK_COMPLETED, "Done", first.pk),
        Draft(EventType.MILESTONE, "Halfway"),
        Draft(EventType.TASK_BLOCKED, "", second.pk, metadata={"blockingTask": first.pk}),
        Draft(EventType.TASK_STARTED, "Again", first.pk),
    ]
    for draft in told:
        append_events(session.pk, [draft], by=USER)
        assert_as_from_nothing(session.pk)
    patch_session(session.pk, SessionPatch(status="stopped"), by=USER)
    assert_as_from_nothing(session.pk)


def test_a_timeline_that_was_replaced_in_its_file_is_read_anew() -> None:
    session = make_session()
    append_events(session.pk, [Draft(EventType.MILESTONE, "Before")], by=USER)
    assert "Before" in str(rows_now(session.pk).groups)
    document = documents.stored_document(Session.objects.get(pk=session.pk))
    event = {"id": "evt_1", "type": "milestone", "timestamp": 5, "message": "After"}
    documents.load({**document, "timeline": [event]})
    shown = str(rows_now(session.pk).groups)
    assert "After" in shown
    assert "Before" not in shown
    assert_as_from_nothing(session.pk)


def messages_now(*sessions: Session) -> list[list[str]]:
    found = [Session.objects.get(pk=session.pk) for session in sessions]
    with current_readings(found) as readings:
        return [[event.message for event in readings[one.pk].events] for one in sessions]


def test_the_readings_of_many_are_gone_on_with_each_from_its_own_end() -> None:
    first, second = make_session(), make_session()
    begun = "Session created"
    assert messages_now(first, second) == [[begun], [begun]]
    say(first, "One", "Two")
    assert messages_now(first) == [[begun, "One", "Two"]]
    say(second, "Three")
    say(first, "Four")
    assert messages_now(second, first) == [[begun, "Three"], [begun, "One", "Two", "Four"]]
    assert_as_from_nothing(first.pk)


@pytest.mark.parametrize("messages", [["After"], ["After", "and", "more"], []])
def test_of_many_one_that_was_replaced_in_its_file_is_read_anew(messages: list[str]) -> None:
    edited, other = make_session(), make_session()
    say(edited, "Before")
    before = messages_now(edited, other)
    document = documents.stored_document(Session.objects.get(pk=edited.pk))
    events = [{"id": f"evt_{n}", "message": message} for n, message in enumerate(messages)]
    documents.load({**document, "timeline": events})
    assert messages_now(edited, other) == [messages, before[1]]
    assert_as_from_nothing(edited.pk)


def say(session: Session, *messages: str) -> None:
    drafts = [Draft(EventType.MILESTONE, message) for message in messages]
    append_events(session.pk, drafts, by=USER)
