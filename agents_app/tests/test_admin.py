"""Launches in the Django admin."""

from access_app.actors import USER
from agents_app.services import Spawn, spawn_session
from projects_app.services import create_project
from tasks_app.services import create_task
from tests.admin_pages import AdminPages


def test_a_launch_is_shown_with_its_session(admin_pages: AdminPages) -> None:
    project = create_project(name="Bridge", working_dir="/srv")
    task = create_task(project_id=project.pk, title="Dig")
    spawned = spawn_session(Spawn(project.pk, [task.pk], agent="shell"), by=USER)
    page = admin_pages.get("agents_app/launch/")
    assert spawned.session.pk in page.content.decode()
    assert "waiting" in page.content.decode()
    assert admin_pages.get("agents_app/launch/add/").status_code == 403
