"""The system's clock steps back an hour in the middle of work: nothing ends before it began."""

from typing import Any

import pytest
from django.db.models import F

from access_app.actors import AGENT, USER
from conftest import Clock
from queues_app.models import QueueItem
from queues_app.rules import ItemStatus
from queues_app.services import claim_next, end_item
from sessions_app.documents import wire_document
from sessions_app.ending import end_session
from sessions_app.models import Session
from sessions_app.rules import Status
from storage_app.checking import check_storage
from storage_app.tree import silently
from storage_app.watcher import all_paths, look_at
from storage_app.writer import write_dirty
from tests.records import documents, make_queue, timeline_of
from tests.storage.replay import Replay, known_now

pytestmark = pytest.mark.usefixtures("records")


def step_back(clock: Clock) -> None:
    clock.forward(s=-3600)


def session_now(session: Session) -> dict[str, Any]:
    return wire_document(Session.objects.get(pk=session.pk))


def check_order(session: Session) -> None:
    now = session_now(session)
    assert now["createdAt"] <= now["startedAt"] <= now["completedAt"]
    for entries, key in ((now["timeline"], "timestamp"), (now["transitions"], "at")):
        times = [entry[key] for entry in entries]
        assert times == sorted(times)
    began = QueueItem.objects.exclude(started_at=None)
    assert not began.filter(completed_at__lt=F("started_at")).exists()


def test_a_queue_that_is_worked_off(clock: Clock) -> None:
    session, _ = make_queue("One", "Two")
    clock.forward(s=10)
    claim_next(session.pk, by=AGENT)
    step_back(clock)
    end_item(session.pk, ItemStatus.COMPLETED, by=AGENT)
    step_back(clock)
    claim_next(session.pk, by=AGENT)
    end_item(session.pk, ItemStatus.COMPLETED, by=AGENT)
    assert session_now(session)["status"] == "completed"
    durations = [
        event["metadata"]["duration"]
        for event in timeline_of(session.pk)
        if event["type"] == "task_completed"
    ]
    assert durations == [0, 0]
    check_order(session)


def test_a_session_that_is_stopped_at_work(clock: Clock) -> None:
    session, _ = make_queue("One")
    clock.forward(s=10)
    claim_next(session.pk, by=AGENT)
    step_back(clock)
    end_session(session.pk, Status.STOPPED, by=USER)
    check_order(session)


def test_files_and_log_still_say_what_the_rows_say(clock: Clock) -> None:
    replay = Replay()
    session, _ = make_queue("One")
    claim_next(session.pk, by=AGENT)
    write_dirty()
    step_back(clock)
    end_item(session.pk, ItemStatus.COMPLETED, by=AGENT)
    write_dirty()
    before = documents()
    look_at(all_paths(), wait=lambda _: None)
    assert documents() == before
    assert check_storage(server_runs=False, progress=silently).differences == []
    assert replay.known() == known_now()
