"""Handing out the next item."""

import pytest

from access_app.actors import AGENT
from conftest import START_MS, Clock
from queues_app.rules import AlreadyProcessing, ItemStatus, NotAQueueSession
from queues_app.selectors import queue_of, top_of
from queues_app.services import claim_next, end_item, start_next
from sessions_app.ending import end_session
from sessions_app.models import Session
from sessions_app.rules import SessionIsFinal, Status, Strategy
from tasks_app.services import update_task
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

pytestmark = pytest.mark.usefixtures("records")


def test_next_claims_the_first_item_with_one_task_started(clock: Clock) -> None:
    session, tasks = make_queue("One", "Two")
    clock.forward(s=3)
    claim = claim_next(session.pk, by=AGENT)
    assert claim is not None
    assert claim.is_new
    assert (claim.item.task_id, claim.item.status) == (tasks[0].pk, ItemStatus.PROCESSING)
    assert claim.item.started_at == START_MS + 3000
    assert claim.item.claim_id
    assert types_of(session.pk) == ["session_started", "task_started"]
    assert status_of(session.pk) is Status.WORKING
    assert statuses_on_tasks(session.pk) == ["working", "queued"]


def test_next_again_returns_the_item_in_process_with_its_claim() -> None:
    session, _ = make_queue("One", "Two")
    first, again = (claim_next(session.pk, by=AGENT) for _ in range(2))
    assert first is not None
    assert again is not None
    assert (again.item.claim_id, again.is_new) == (first.item.claim_id, False)
    assert types_of(session.pk).count("task_started") == 1


def test_start_refuses_while_one_is_in_process() -> None:
    session, tasks = make_queue("One", "Two")
    item = start_next(session.pk, by=AGENT)
    assert item is not None
    with pytest.raises(AlreadyProcessing) as refused:
        start_next(session.pk, by=AGENT)
    assert refused.value.details == {"taskId": tasks[0].pk, "claimId": item.claim_id}


def test_next_passes_over_an_item_whose_dependency_is_unfinished() -> None:
    first, second = make_tasks("First", "Second")
    update_task(first.pk, dependencies=[second.pk])
    session = make_session([first, second], strategy=Strategy.QUEUE)
    claim = claim_next(session.pk, by=AGENT)
    assert claim is not None
    assert claim.item.task_id == second.pk
    blocked = timeline_of(session.pk)[1]
    assert (blocked["type"], blocked["taskId"]) == ("task_blocked", first.pk)
    assert blocked["metadata"]["blockingTask"] == second.pk
    assert statuses_on_tasks(session.pk) == ["blocked", "working"]


def test_what_waits_is_said_once_and_comes_when_it_is_ready() -> None:
    first, second, third = make_tasks("First", "Second", "Third")
    update_task(first.pk, dependencies=[third.pk])
    session = make_session([first, second, third], strategy=Strategy.QUEUE)
    order = []
    for _ in range(3):
        claim = claim_next(session.pk, by=AGENT)
        assert claim is not None
        order.append(claim.item.task_id)
        end_item(session.pk, ItemStatus.COMPLETED, by=AGENT)
    assert order == [second.pk, third.pk, first.pk]
    assert types_of(session.pk).count("task_blocked") == 1
    assert status_of(session.pk) is Status.COMPLETED


def test_a_dependency_completed_by_another_session_or_a_person_is_finished() -> None:
    waits, by_person, by_session = make_tasks("Waits", "By person", "By session")
    update_task(waits.pk, dependencies=[by_person.pk, by_session.pk])
    session = make_session([waits], strategy=Strategy.QUEUE)
    assert claim_next(session.pk, by=AGENT) is None
    top = top_of(queue_of(session.pk))
    assert top["hasMore"] is False
    assert top["blocked"] == [{"taskId": waits.pk, "waitingOn": [by_person.pk, by_session.pk]}]
    update_task(by_person.pk, status="completed")
    other = make_session([by_session], strategy=Strategy.QUEUE)
    claim_next(other.pk, by=AGENT)
    end_item(other.pk, ItemStatus.COMPLETED, by=AGENT)
    claim = claim_next(session.pk, by=AGENT)
    assert claim is not None
    assert claim.item.task_id == waits.pk


def test_an_empty_queue_that_stays_open_gives_nothing_and_announces_nothing() -> None:
    session, _ = make_queue("One", keep_open=True)
    claim_next(session.pk, by=AGENT)
    end_item(session.pk, ItemStatus.COMPLETED, by=AGENT)
    assert status_of(session.pk) is Status.WORKING
    before = log_types()
    assert claim_next(session.pk, by=AGENT) is None
    assert log_types() == before


def test_a_final_session_gives_nothing() -> None:
    session, _ = make_queue("One")
    end_session(session.pk, Status.STOPPED, by=AGENT)
    with pytest.raises(SessionIsFinal):
        claim_next(session.pk, by=AGENT)


def test_a_session_without_a_queue_says_so() -> None:
    with pytest.raises(NotAQueueSession):
        claim_next(make_session(make_tasks("One")).pk, by=AGENT)


def test_asking_in_vain_is_a_sign_of_life_that_is_told_once_a_minute(clock: Clock) -> None:
    """Told each time, it would wake whoever waits for news, who would ask again."""
    session, _ = make_queue("One", keep_open=True)
    claim_next(session.pk, by=AGENT)
    end_item(session.pk, ItemStatus.COMPLETED, by=AGENT)
    before = log_types()
    for _ in range(12):
        clock.forward(s=10)
        claim_next(session.pk, by=AGENT)
    assert log_types() == [*before, "session:updated", "session:updated"]
    assert Session.objects.get().last_activity == clock.now_ms
