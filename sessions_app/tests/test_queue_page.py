"""A queue in a person's hands: its order, what is tried again, and what is refused."""

from typing import Any

import pytest
from django.test import Client

from access_app.actors import USER
from queues_app.models import QueueItem
from queues_app.rules import ItemStatus
from queues_app.selectors import queued_tasks
from queues_app.services import end_item, push_item, start_next
from sessions_app.models import Session
from tasks_app.models import Task
from tests.records import make_queue

pytestmark = pytest.mark.usefixtures("records")


@pytest.fixture
def person() -> Client:
    return Client(headers={"host": "127.0.0.1:8000"})


@pytest.fixture
def queue() -> tuple[Session, list[Task]]:
    return make_queue("One", "Two", "Three")


@pytest.fixture
def session(queue: tuple[Session, list[Task]]) -> Session:
    return queue[0]


@pytest.fixture
def tasks(queue: tuple[Session, list[Task]]) -> list[Task]:
    return queue[1]


def ask(person: Client, session: Session, what: str, **said: str) -> Any:
    return person.post(f"/sessions/{session.pk}/queue/{what}", said, follow=True)


def test_a_task_is_put_before_another(person: Client, session: Session, tasks: list[Task]) -> None:
    one, two, three = (task.pk for task in tasks)
    ask(person, session, "order", task=three, before=one)
    assert queued_tasks(session.pk) == [three, one, two]
    ask(person, session, "order", task=three, before="")
    assert queued_tasks(session.pk) == [one, two, three]


def test_a_task_that_began_meanwhile_stays_and_the_page_says_so(
    person: Client, session: Session, tasks: list[Task]
) -> None:
    start_next(session.pk, by=USER)
    page = ask(person, session, "order", task=tasks[0].pk, before="")
    assert "The queue was not changed" in page.content.decode()
    assert queued_tasks(session.pk) == [tasks[1].pk, tasks[2].pk]


def test_a_failed_task_is_put_back(person: Client, session: Session, tasks: list[Task]) -> None:
    start_next(session.pk, by=USER)
    end_item(session.pk, ItemStatus.FAILED, reason="boom", by=USER)
    page = person.get(f"/sessions/{session.pk}/?view=queue").content.decode()
    assert f'id="requeue-{tasks[0].pk}"' in page
    ask(person, session, "requeue", task=tasks[0].pk)
    item = QueueItem.objects.get(task_id=tasks[0].pk)
    assert item.status == ItemStatus.QUEUED
    assert queued_tasks(session.pk)[-1] == tasks[0].pk


def test_the_ends_of_the_order_have_no_further_place(person: Client, session: Session) -> None:
    page = person.get(f"/sessions/{session.pk}/?view=queue").content.decode()
    assert page.count("Move One up") == 1
    assert page.count(" disabled>") == 2
    assert "Move One: arrow up and down" in page


def test_a_report_has_facts_tasks_chart_and_what_happened(person: Client, session: Session) -> None:
    start_next(session.pk, by=USER)
    page = person.get(f"/sessions/{session.pk}/report/").content.decode()
    for words in ("Lasted", "What happened", 'svg class="plot"', "Two", "data-print"):
        assert words in page


def test_a_long_queue_is_shown_about_where_it_is_and_the_rest_by_links(person: Client) -> None:
    session, tasks = make_queue(*(f"Task {number}" for number in range(150)))
    for _ in range(30):
        start_next(session.pk, by=USER)
        end_item(session.pk, ItemStatus.COMPLETED, by=USER)
    page = person.get(f"/sessions/{session.pk}/?view=queue").content.decode()
    shown = [number for number, task in enumerate(tasks) if f'id="item-{task.pk}"' in page]
    assert shown == list(range(20, 120))
    assert ("Show 20 earlier" in page, "Show 30 later" in page) == (True, True)
    assert f'data-behind="{tasks[120].pk}"' in page
    later = person.get(f"/sessions/{session.pk}/?view=queue&since={tasks[120].pk}")
    assert f'id="item-{tasks[149].pk}"' in later.content.decode()


def test_a_task_that_came_twice_has_a_row_each(person: Client) -> None:
    session, (task, _) = make_queue("One", "Two")
    start_next(session.pk, by=USER)
    end_item(session.pk, ItemStatus.COMPLETED, by=USER)
    push_item(session.pk, task.pk, by=USER)
    page = person.get(f"/sessions/{session.pk}/?view=queue").content.decode()
    assert (f'id="item-{task.pk}"' in page, f'id="item-{task.pk}-2"' in page) == (True, True)
