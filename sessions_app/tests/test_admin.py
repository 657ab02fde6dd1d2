"""Sessions in the Django admin."""

import json
from pathlib import Path

import pytest
from django.contrib.admin.utils import quote
from django.urls import reverse

from access_app.actors import USER
from core.secrecy import MASK
from events_app.models import LogEntry
from projects_app.services import create_project
from queues_app.services import create_with_queue
from sessions_app.appending import append_events
from sessions_app.models import Session
from sessions_app.rules import EventType, Status, Strategy
from sessions_app.services import NewSession
from sessions_app.timeline import Draft
from storage_app.changes import change
from storage_app.writer import write_dirty
from tasks_app.services import create_task
from tests.admin_pages import AdminPages, said


@pytest.fixture
def session(records: None) -> Session:
    project = create_project(name="Bridge", working_dir="/srv")
    task = create_task(project_id=project.pk, title="Dig")
    new = NewSession(project.pk, [task.pk], name="Digging", strategy=Strategy.QUEUE)
    return create_with_queue(new, by=USER)


def test_a_new_name_reaches_the_file_and_the_log(
    admin_pages: AdminPages, session: Session, data_dir: Path
) -> None:
    admin_pages.change(f"sessions_app/session/{session.pk}/change/", name="Digging deep")
    write_dirty()
    document = json.loads((data_dir / f"sessions/{session.pk}.json").read_text())
    assert document["name"] == "Digging deep"
    assert LogEntry.objects.filter(type="session:updated", session_id=session.pk).exists()


def test_a_status_is_not_for_the_form(admin_pages: AdminPages, session: Session) -> None:
    page = f"sessions_app/session/{session.pk}/change/"
    admin_pages.change(page, name="Digging deep", status="completed", role="orchestrator")
    session.refresh_from_db()
    assert (session.status, session.role) == ("spawning", "worker")


def test_the_page_shows_the_timeline_and_hides_secrets(
    admin_pages: AdminPages, session: Session
) -> None:
    append_events(session.pk, [Draft(EventType.PROGRESS, "three metres")], by=USER)
    with change() as changed:
        Session.objects.filter(pk=session.pk).update(env={"API_KEY": "open sesame", "LANG": "C"})
        changed.touch("session", session.pk)
    address = reverse("admin:sessions_app_session_change", args=(quote(session.pk),))
    text = admin_pages.get(address.removeprefix("/admin/")).content.decode()
    assert "three metres" in text
    assert f"API_KEY={MASK}" in text
    assert "LANG=C" in text
    assert "open sesame" not in text


def test_selected_sessions_are_stopped(admin_pages: AdminPages, session: Session) -> None:
    page = admin_pages.act("sessions_app/session/", "stop_selected", session.pk)
    assert said(page) == [f"Stopped {session.pk}."]
    session.refresh_from_db()
    assert session.state is Status.STOPPED


def test_a_live_session_is_stopped_and_then_deleted(
    admin_pages: AdminPages, session: Session, data_dir: Path
) -> None:
    admin_pages.delete(f"sessions_app/session/{session.pk}/")
    write_dirty()
    assert not Session.objects.exists()
    assert not (data_dir / f"sessions/{session.pk}.json").exists()
    assert not (data_dir / f"queues/que_{session.pk}.json").exists()
    types = [entry.type for entry in LogEntry.objects.filter(session_id=session.pk)]
    assert types[-1] == "session:deleted"


def test_sessions_are_not_added_here(admin_pages: AdminPages, session: Session) -> None:
    assert admin_pages.get("sessions_app/session/add/").status_code == 403
