"""Projects in the Django admin."""

import json
from pathlib import Path

from access_app.actors import USER
from events_app.models import LogEntry
from projects_app.models import Project
from projects_app.services import create_project
from sessions_app.services import NewSession, create_session
from storage_app.writer import write_dirty
from tests.admin_pages import AdminPages, said


def test_a_project_added_in_the_admin_gets_a_file(admin_pages: AdminPages, data_dir: Path) -> None:
    admin_pages.change(
        "projects_app/project/add/", name="Bridge", working_dir="/srv", description="", agent=""
    )
    project = Project.objects.get()
    write_dirty()
    document = json.loads((data_dir / f"projects/{project.pk}.json").read_text())
    assert (document["name"], document["workingDir"]) == ("Bridge", "/srv")
    assert [entry.type for entry in LogEntry.objects.all()] == ["project:created"]


def test_only_what_was_changed_is_changed(admin_pages: AdminPages) -> None:
    project = create_project(name="Bridge", working_dir="/srv", description="as it was")
    admin_pages.change(f"projects_app/project/{project.pk}/change/", name="Tunnel")
    project.refresh_from_db()
    assert (project.name, project.description) == ("Tunnel", "as it was")


def test_a_form_saved_without_a_change_records_nothing(admin_pages: AdminPages) -> None:
    project = create_project(name="Bridge", working_dir="/srv")
    before = LogEntry.objects.count()
    admin_pages.change(f"projects_app/project/{project.pk}/change/")
    assert LogEntry.objects.count() == before


def test_a_project_with_a_live_session_is_not_deleted(admin_pages: AdminPages) -> None:
    project = create_project(name="Bridge", working_dir="/srv")
    create_session(NewSession(project.pk, name="busy"), by=USER)
    page = admin_pages.delete(f"projects_app/project/{project.pk}/")
    assert "Stop them first" in said(page)[0]
    assert Project.objects.filter(pk=project.pk).exists()
