"""Queues in the Django admin."""

from access_app.actors import USER
from projects_app.services import create_project
from queues_app.services import claim_next, create_with_queue
from sessions_app.rules import Strategy
from sessions_app.services import NewSession
from tasks_app.services import create_task
from tests.admin_pages import AdminPages


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
