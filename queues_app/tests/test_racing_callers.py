"""Many callers at once: whatever they ask for, an item is started once and ended once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connection

from access_app.actors import AGENT
from queues_app.models import QueueItem
from queues_app.rules import AlreadyProcessing, ItemStatus, NotProcessing
from queues_app.services import claim_next, end_item, start_next
from sessions_app.rules import SessionIsFinal, Status
from tests.records import make_queue, status_of, types_of

pytestmark = pytest.mark.usefixtures("records")
CALLERS = 32
Found = TypeVar("Found")


def all_at_once(call: Callable[[int], Found]) -> list[Found]:
    ready = Barrier(CALLERS)

    def one(number: int) -> Found:
        try:
            connection.ensure_connection()
            ready.wait()
            return call(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(CALLERS) as callers:
        return list(callers.map(one, range(CALLERS)))


def test_all_who_ask_for_the_next_get_the_same_claim() -> None:
    session, _ = make_queue("One", "Two", "Three")
    claims = all_at_once(lambda _: claim_next(session.pk, by=AGENT))
    assert len({claim.item.claim_id for claim in claims if claim}) == 1
    assert [claim.is_new for claim in claims if claim].count(True) == 1
    assert types_of(session.pk).count("task_started") == 1


def test_of_all_who_start_one_does() -> None:
    session, _ = make_queue("One", "Two", "Three")

    def start(_: int) -> str:
        try:
            item = start_next(session.pk, by=AGENT)
            return item.claim_id if item else "nothing"
        except AlreadyProcessing:
            return "refused"

    answers = all_at_once(start)
    assert answers.count("refused") == CALLERS - 1
    assert types_of(session.pk).count("task_started") == 1


@pytest.mark.parametrize("with_claim", [True, False], ids=["with a claim", "without one"])
def test_however_many_take_and_end_each_item_is_started_and_ended_once(with_claim: bool) -> None:
    """Without a claim whoever ends means what is in process now, which is another item in time."""
    titles = [f"Task {number}" for number in range(12)]
    session, tasks = make_queue(*titles)

    def work(number: int) -> int:
        ended = 0
        while status_of(session.pk) in (Status.IDLE, Status.WORKING):
            try:
                claim = claim_next(session.pk, by=AGENT)
                claim_id = claim.item.claim_id if claim and with_claim else None
                end_item(session.pk, ItemStatus.COMPLETED, by=AGENT, claim_id=claim_id)
                ended += 1
            except (NotProcessing, SessionIsFinal):
                continue
        return ended

    all_at_once(work)
    events = types_of(session.pk)
    assert events.count("task_started") == events.count("task_completed") == len(tasks)
    assert {item.status for item in QueueItem.objects.all()} == {"completed"}
    assert events[-1] == "session_stopped"
    assert status_of(session.pk) is Status.COMPLETED
