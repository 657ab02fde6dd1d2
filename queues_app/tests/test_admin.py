"""Queues in the Django admin."""

from access_app.actors import USER
from events_app.models import LogEntry
from projects_app.services import create_project
from queues_app.models import QueueItem
from queues_app.rules import ItemStatus
from queues_app.services import claim_next, create_with_queue, end_item
from sessions_app.rules import Strategy
from sessions_app.services import NewSession
from tasks_app.services import create_task
from tests.admin_pages import AdminPages, said
from tests.records import make_queue


def test_a_queue_is_shown_with_its_items_and_cannot_be_changed(admin_pages: AdminPages) -> None:
    project = create_project(name="Bridge", working_dir="/srv")
    tasks = [create_task(project_id=project.pk, title=title).pk for title in ("Dig", "Pave")]
    session = create_with_queue(NewSession(project.pk, tasks, strategy=Strategy.QUEUE), by=USER)
    claim_next(session.pk, by=USER)
    page = admin_pages.get(f"queues_app/queue/que_{session.pk}/change/")
    text = page.content.decode()
    assert all(task_id in text for task_id in tasks)
    assert "2: 1 queued, 1 processing" in text
    assert page.context["has_change_permission"] is False
    assert "1 processing" in admin_pages.get("queues_app/queue/").content.decode()


def test_a_failed_item_is_tried_again(admin_pages: AdminPages) -> None:
    session, tasks = make_queue("Dig", "Pave")
    claim_next(session.pk, by=USER)
    item = end_item(session.pk, ItemStatus.FAILED, by=USER, reason="It broke").item
    page = admin_pages.act("queues_app/queueitem/", "requeue_selected", str(item.pk))
    assert said(page) == ["Requeued 1 items."]
    item.refresh_from_db()
    assert (item.status, item.task_id) == (ItemStatus.QUEUED, tasks[0].pk)
    assert LogEntry.objects.order_by("-seq")[0].type == "queue:updated"


def test_when_one_item_cannot_be_requeued_none_is(admin_pages: AdminPages) -> None:
    session, tasks = make_queue("Dig", "Pave")
    claim_next(session.pk, by=USER)
    failed = end_item(session.pk, ItemStatus.FAILED, by=USER).item
    waiting = QueueItem.objects.get(task_id=tasks[1].pk)
    page = admin_pages.act(
        "queues_app/queueitem/", "requeue_selected", str(failed.pk), str(waiting.pk)
    )
    assert said(page) == [f"{tasks[1].pk} is queued, not ended."]
    failed.refresh_from_db()
    assert failed.status == ItemStatus.FAILED


def test_what_ended_badly_in_a_queue_is_requeued_at_once(admin_pages: AdminPages) -> None:
    session, tasks = make_queue("Dig", "Pave", "Paint")
    for ending in (ItemStatus.FAILED, ItemStatus.SKIPPED):
        claim_next(session.pk, by=USER)
        end_item(session.pk, ending, by=USER)
    page = admin_pages.act("queues_app/queue/", "requeue_ended", f"que_{session.pk}")
    assert said(page) == ["Requeued 2 items."]
    items = QueueItem.objects.order_by("position").values_list("task_id", "status")
    assert list(items) == [(tasks[n].pk, ItemStatus.QUEUED) for n in (2, 0, 1)]
