"""Completing, failing and skipping items; the end of a queue."""

from typing import Any

import pytest

from access_app.actors import AGENT, USER
from conftest import Clock
from queues_app.models import QueueItem
from queues_app.rules import ItemStatus, NotProcessing
from queues_app.services import claim_next, end_item
from sessions_app.appending import append_events
from sessions_app.ending import end_session
from sessions_app.models import Session
from sessions_app.rules import EventType, Status
from sessions_app.timeline import Draft
from tests.records import (
    make_queue,
    status_of,
    statuses_on_tasks,
    timeline_of,
    types_of,
)

pytestmark = pytest.mark.usefixtures("records")

COMPLETED, FAILED, SKIPPED = ItemStatus.COMPLETED, ItemStatus.FAILED, ItemStatus.SKIPPED


def claim(session: Session) -> QueueItem:
    found = claim_next(session.pk, by=AGENT)
    assert found is not None
    return found.item


@pytest.mark.parametrize(
    ("to", "event_type", "metadata", "fail_reason"),
    [
        (COMPLETED, "task_completed", {}, ""),
        (FAILED, "task_failed", {"error": "why"}, "why"),
        (SKIPPED, "task_skipped", {"reason": "why"}, ""),
    ],
)
def test_an_ending_writes_item_event_and_task_together(
    clock: Clock, to: ItemStatus, event_type: str, metadata: dict[str, str], fail_reason: str
) -> None:
    session, tasks = make_queue("One", "Two")
    claim(session)
    clock.forward(s=30)
    outcome = end_item(session.pk, to, by=AGENT, reason="why")
    event = timeline_of(session.pk)[-1]
    assert (event["type"], event["taskId"]) == (event_type, tasks[0].pk)
    assert event["metadata"] == {**metadata, "duration": 30_000}
    assert (outcome.item.status, outcome.item.completed_at) == (to, clock.now_ms)
    assert outcome.item.fail_reason == fail_reason
    assert outcome.next_item is not None
    assert outcome.next_item.task_id == tasks[1].pk
    assert statuses_on_tasks(session.pk) == [to.value, "queued"]
    assert status_of(session.pk) is Status.IDLE


def test_a_duration_counts_from_the_claim_whatever_the_agent_posts(clock: Clock) -> None:
    session, tasks = make_queue("One", "Two")
    claim(session)
    clock.forward(s=10)
    posted = Draft(EventType.TASK_COMPLETED, task_id=tasks[0].pk)
    append_events(session.pk, [posted], by=AGENT)
    clock.forward(s=10)
    end_item(session.pk, COMPLETED, by=AGENT)
    assert timeline_of(session.pk)[-1]["metadata"]["duration"] == 20_000


def test_the_first_with_a_claim_wins_and_its_repeat_gets_the_same_answer() -> None:
    session, tasks = make_queue("One", "Two")
    claim_id = claim(session).claim_id
    answers = [end_item(session.pk, COMPLETED, by=AGENT, claim_id=claim_id) for _ in range(2)]
    assert [answer.item.pk for answer in answers] == [answers[0].item.pk] * 2
    assert [answer.next_item and answer.next_item.task_id for answer in answers] == [
        tasks[1].pk,
        tasks[1].pk,
    ]
    assert types_of(session.pk).count("task_completed") == 1


def test_a_repeat_after_the_queue_ran_out_gets_its_answer_too() -> None:
    session, _ = make_queue("One")
    claim_id = claim(session).claim_id
    for _ in range(2):
        outcome = end_item(session.pk, COMPLETED, by=AGENT, claim_id=claim_id)
        assert (outcome.item.status, outcome.next_item) == (COMPLETED, None)
    assert types_of(session.pk).count("session_stopped") == 1


@pytest.mark.parametrize("wrong", ["claim", "task", "nothing in process"])
def test_what_is_not_in_process_cannot_be_ended(wrong: str) -> None:
    session, tasks = make_queue("One", "Two")
    asked: dict[str, Any] = {
        "claim": {"claim_id": "clm_other"},
        "task": {"task_id": tasks[1].pk},
    }.get(wrong, {})
    if asked:
        claim(session)
    with pytest.raises(NotProcessing):
        end_item(session.pk, COMPLETED, by=AGENT, **asked)
    assert "task_completed" not in types_of(session.pk)


def test_another_ending_for_the_same_claim_is_refused() -> None:
    session, _ = make_queue("One", "Two")
    claim_id = claim(session).claim_id
    end_item(session.pk, COMPLETED, by=AGENT, claim_id=claim_id)
    with pytest.raises(NotProcessing):
        end_item(session.pk, FAILED, by=AGENT, claim_id=claim_id)


def test_skip_with_none_in_process_skips_the_next_queued() -> None:
    session, tasks = make_queue("One", "Two")
    outcome = end_item(session.pk, SKIPPED, by=USER)
    assert outcome.item.task_id == tasks[0].pk
    assert statuses_on_tasks(session.pk) == ["skipped", "queued"]


@pytest.mark.parametrize(
    ("endings", "status"),
    [
        ([COMPLETED, COMPLETED], Status.COMPLETED),
        ([FAILED, COMPLETED], Status.FAILED),
        ([COMPLETED, SKIPPED], Status.COMPLETED),
    ],
)
def test_the_last_ending_ends_the_session(endings: list[ItemStatus], status: Status) -> None:
    session, _ = make_queue("One", "Two")
    for to in endings:
        claim(session)
        end_item(session.pk, to, by=AGENT)
    assert status_of(session.pk) is status
    assert types_of(session.pk)[-1] == "session_stopped"


def test_a_queue_kept_open_outlives_its_last_item() -> None:
    session, _ = make_queue("One", keep_open=True)
    claim(session)
    end_item(session.pk, COMPLETED, by=AGENT)
    assert status_of(session.pk) is Status.WORKING


def test_progress_is_the_share_of_items_that_ended() -> None:
    session, _ = make_queue("One", "Two")
    claim(session)
    end_item(session.pk, FAILED, by=AGENT)
    assert Session.objects.get(pk=session.pk).progress == 0.5


def test_an_item_in_process_fails_with_its_session() -> None:
    session, _ = make_queue("One", "Two")
    item = claim(session)
    end_session(session.pk, Status.STOPPED, by=USER)
    item.refresh_from_db()
    assert (item.status, item.fail_reason) == (FAILED, "session ended")
    assert statuses_on_tasks(session.pk) == ["failed", "skipped"]
