"""Pushing, removing, reordering and trying again."""

import pytest

from access_app.actors import AGENT, USER
from core.errors import BadInput, TaskNotFound
from queues_app.following import patch_with_queue
from queues_app.rules import AlreadyQueued, ItemStatus
from queues_app.selectors import queue_of
from queues_app.services import (
    claim_next,
    end_item,
    push_item,
    remove_item,
    reorder_items,
    requeue_item,
)
from sessions_app.documents import task_ids_of
from sessions_app.ending import end_session
from sessions_app.models import Session
from sessions_app.rules import SessionIsFinal, Status, TaskInProcess
from sessions_app.services import SessionPatch, add_task, remove_task
from tests.records import make_queue, make_tasks, status_of, statuses_on_tasks, timeline_of

pytestmark = pytest.mark.usefixtures("records")


def queued(session: Session) -> list[str]:
    items = queue_of(session.pk).items.all()
    return [item.task_id for item in items if item.status == ItemStatus.QUEUED]


def test_a_pushed_task_is_last_and_the_sessions() -> None:
    session, tasks = make_queue("One")
    (new,) = make_tasks("New")
    push_item(session.pk, new.pk, by=USER)
    assert queued(session) == task_ids_of(session.pk) == [tasks[0].pk, new.pk]


def test_a_task_that_is_queued_is_not_pushed_twice() -> None:
    session, tasks = make_queue("One")
    with pytest.raises(AlreadyQueued):
        push_item(session.pk, tasks[0].pk, by=USER)


def test_a_task_that_ended_can_be_pushed_once_more() -> None:
    session, tasks = make_queue("One", "Two")
    claim_next(session.pk, by=AGENT)
    end_item(session.pk, ItemStatus.COMPLETED, by=AGENT)
    push_item(session.pk, tasks[0].pk, by=USER)
    assert queued(session) == [tasks[1].pk, tasks[0].pk]
    assert statuses_on_tasks(session.pk) == ["queued", "queued"]


@pytest.mark.parametrize("operation", [push_item, requeue_item])
def test_a_final_session_takes_nothing(operation: object) -> None:
    session, tasks = make_queue("One")
    end_session(session.pk, Status.STOPPED, by=USER)
    with pytest.raises(SessionIsFinal):
        operation(session.pk, tasks[0].pk, by=USER)  # type: ignore[operator]


def test_an_unknown_task_is_not_pushed() -> None:
    session, _ = make_queue("One")
    with pytest.raises(TaskNotFound):
        push_item(session.pk, "tsk_none", by=USER)


def test_a_task_added_to_or_removed_from_the_session_is_in_or_out_of_its_queue() -> None:
    session, tasks = make_queue("One", "Two")
    (new,) = make_tasks("New")
    add_task(session.pk, new.pk)
    remove_task(session.pk, tasks[0].pk)
    assert queued(session) == task_ids_of(session.pk) == [tasks[1].pk, new.pk]


def test_a_waiting_item_is_removed_from_queue_and_session() -> None:
    session, tasks = make_queue("One", "Two")
    remove_item(session.pk, tasks[1].pk, by=USER)
    assert queued(session) == task_ids_of(session.pk) == [tasks[0].pk]


def test_the_item_in_process_is_not_removed() -> None:
    session, tasks = make_queue("One")
    claim_next(session.pk, by=AGENT)
    with pytest.raises(TaskInProcess):
        remove_item(session.pk, tasks[0].pk, by=USER)


def test_what_waits_is_put_in_another_order_after_what_began() -> None:
    session, tasks = make_queue("One", "Two", "Three")
    claim_next(session.pk, by=AGENT)
    reorder_items(session.pk, [tasks[2].pk, tasks[1].pk])
    items = [item.task_id for item in queue_of(session.pk).items.all()]
    assert items == [tasks[0].pk, tasks[2].pk, tasks[1].pk]


@pytest.mark.parametrize("wrong", ["missing", "unknown", "twice"])
def test_an_order_names_every_queued_task_once(wrong: str) -> None:
    session, tasks = make_queue("One", "Two")
    ids = [task.pk for task in tasks]
    order = {"missing": ids[:1], "unknown": [*ids, "tsk_x"], "twice": [*ids, ids[0]]}[wrong]
    with pytest.raises(BadInput):
        reorder_items(session.pk, order)
    assert queued(session) == ids


def test_a_failed_item_is_tried_again_as_another_attempt() -> None:
    session, tasks = make_queue("One", "Two")
    claim_next(session.pk, by=AGENT)
    end_item(session.pk, ItemStatus.FAILED, by=AGENT, reason="flaky")
    item = requeue_item(session.pk, tasks[0].pk, by=USER)
    assert (item.status, item.metadata, item.fail_reason) == ("queued", {"attempts": 2}, "")
    assert queued(session) == [tasks[1].pk, tasks[0].pk]
    assert statuses_on_tasks(session.pk) == ["queued", "queued"]
    assert timeline_of(session.pk)[-1]["type"] == "task_failed"


def test_what_has_not_failed_is_not_tried_again() -> None:
    session, tasks = make_queue("One", "Two")
    with pytest.raises(AlreadyQueued):
        requeue_item(session.pk, tasks[0].pk, by=USER)


def test_a_new_list_of_tasks_is_the_queues_too() -> None:
    session, (_, two) = make_queue("One", "Two")
    (new,) = make_tasks("New")
    patch_with_queue(session.pk, SessionPatch(task_ids=[two.pk, new.pk]), by=USER)
    assert queued(session) == [two.pk, new.pk]
    assert status_of(session.pk) is Status.IDLE


@pytest.mark.parametrize(
    ("ended", "to"), [(ItemStatus.COMPLETED, "completed"), (ItemStatus.FAILED, "failed")]
)
def test_a_queue_that_runs_out_by_a_new_list_ends_its_session(ended: ItemStatus, to: str) -> None:
    session, (one, _) = make_queue("One", "Two")
    claim_next(session.pk, by=AGENT)
    end_item(session.pk, ended, by=AGENT)
    found = patch_with_queue(session.pk, SessionPatch(task_ids=[one.pk]), by=USER)
    assert found.status == status_of(session.pk) == to
    assert timeline_of(session.pk)[-1]["type"] == "session_stopped"


def test_a_queue_that_is_kept_open_outlives_its_last_task() -> None:
    session, _ = make_queue("One", keep_open=True)
    patch_with_queue(session.pk, SessionPatch(task_ids=[]), by=USER)
    assert status_of(session.pk) is Status.IDLE


def test_a_patch_that_takes_nothing_away_ends_nothing() -> None:
    session, _ = make_queue()
    patch_with_queue(session.pk, SessionPatch(task_ids=[], name="New"), by=USER)
    assert status_of(session.pk) is Status.IDLE
