"""Sessions in the Django admin."""

import json
import re
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

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
from sessions_app.services import NewSession, create_session
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


def test_a_stopped_session_goes_on_as_a_successor(
    admin_pages: AdminPages, session: Session
) -> None:
    admin_pages.act("sessions_app/session/", "stop_selected", session.pk)
    page = admin_pages.act("sessions_app/session/", "resume_selected", session.pk)
    successor = Session.objects.exclude(pk=session.pk).get()
    assert successor.metadata["resumedFrom"] == session.pk
    assert successor.pk.removeprefix("ses_") in said(page)[0]


def test_a_live_session_is_not_resumed_and_the_rule_says_why(
    admin_pages: AdminPages, session: Session
) -> None:
    page = admin_pages.act("sessions_app/session/", "resume_selected", session.pk)
    assert said(page) == ["Digging is spawning; it goes on by itself."]
    assert Session.objects.count() == 1


def test_one_session_is_exported_as_a_file(admin_pages: AdminPages, session: Session) -> None:
    answer = admin_pages.act("sessions_app/session/", "export_json", session.pk)
    assert f'filename="{session.pk}.json"' in answer.headers["Content-Disposition"]
    assert json.loads(answer.content)["id"] == session.pk
    chart = admin_pages.act("sessions_app/session/", "export_mermaid", session.pk)
    assert chart.content.startswith(b"gantt\n")


def test_several_sessions_are_exported_as_an_archive(
    admin_pages: AdminPages, session: Session
) -> None:
    other = create_session(NewSession(session.project_id), by=USER)
    answer = admin_pages.act("sessions_app/session/", "export_json", session.pk, other.pk)
    with ZipFile(BytesIO(answer.content)) as archive:
        assert set(archive.namelist()) == {f"{session.pk}.json", f"{other.pk}.json"}
        assert json.loads(archive.read(f"{other.pk}.json"))["id"] == other.pk


def test_a_long_timeline_is_shown_in_pages_that_miss_nothing(
    admin_pages: AdminPages, session: Session
) -> None:
    drafts = [Draft(EventType.PROGRESS, f"step {number}") for number in range(150)]
    append_events(session.pk, drafts, by=USER)
    path = f"sessions_app/session/{session.pk}/change/"
    newest = admin_pages.get(path)
    older = admin_pages.get(f"{path}?events_before={newest.context['older']}")
    texts = [page.content.decode() for page in (older, newest)]
    shown = [found for text in texts for found in re.findall(r">(step \d+)<", text)]
    assert shown == [f"step {number}" for number in range(150)]
    assert (newest.context["is_newest"], older.context["is_newest"]) == (True, False)
    assert older.context["older"] is None
    assert "151 events" in texts[0]


def test_a_status_is_shape_and_word(admin_pages: AdminPages, session: Session) -> None:
    text = admin_pages.get("sessions_app/session/").content.decode()
    assert '<use href="#st-spawning"/></svg>spawning</span>' in text
    assert 'id="st-spawning"' in text
