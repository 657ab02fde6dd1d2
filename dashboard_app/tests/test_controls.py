"""What is done to all sessions at once, and retrying what failed."""

import re

import pytest
from django.test import Client

from access_app.actors import USER
from agents_app.line import is_paused
from agents_app.rules import SpawnSource
from agents_app.services import Spawn, spawn_session
from dashboard_app.overview import overview
from events_app.models import LogEntry
from sessions_app.appending import append_events
from sessions_app.models import Session
from sessions_app.rules import EventType, Status, Strategy
from sessions_app.services import SessionPatch, patch_session
from sessions_app.timeline import Draft
from tests.records import make_project, make_session, make_tasks, status_of

pytestmark = pytest.mark.usefixtures("records")


@pytest.fixture
def person() -> Client:
    return Client(headers={"host": "127.0.0.1:8000"})


def text_of(person: Client, path: str) -> str:
    return str(person.get(path).content.decode())


def spawn(name: str, **env: str) -> Session:
    project = make_project()
    (task,) = make_tasks(f"Task of {name}", project=project)
    wanted = Spawn(
        project_id=project.pk,
        task_ids=[task.pk],
        strategy=Strategy.QUEUE,
        source=SpawnSource.UI,
        name=name,
        agent="shell",
        env=env,
    )
    return spawn_session(wanted, by=USER).session


def failed(name: str, **env: str) -> Session:
    session = spawn(name, **env)
    patch_session(session.pk, SessionPatch(status="failed"), by=USER)
    return session


def successor_of(session: Session) -> Session:
    return Session.objects.get(metadata__resumedFrom=session.pk)


def test_stop_all_counts_every_live_session_on_every_page_and_stops_them(person: Client) -> None:
    parent = make_session(name="Parent")
    child = make_session(name="Child", parent_id=parent.pk)
    ended = make_session()
    patch_session(ended.pk, SessionPatch(status="completed"), by=USER)
    for path in ("/", "/projects/", f"/sessions/{ended.pk}/"):
        assert "Stop 2 sessions" in text_of(person, path)
    answer = person.post("/stop-all", headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert (status_of(parent.pk), status_of(child.pk)) == (Status.STOPPED, Status.STOPPED)
    assert status_of(ended.pk) == Status.COMPLETED
    assert "Stop all…" not in text_of(person, "/")


def test_without_script_the_controls_lead_to_now(person: Client) -> None:
    answer = person.post("/stop-all")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert "<dialog" in text_of(person, "/?dialog=stop-all")


@pytest.mark.parametrize("path", ["/stop-all", "/launcher"])
def test_looking_does_nothing(person: Client, path: str) -> None:
    assert person.get(path).status_code == 405


@pytest.mark.parametrize("path", ["/stop-all", "/launcher", "/sessions/ses_1/resume"])
def test_another_sites_form_is_refused(path: str) -> None:
    stranger = Client(headers={"host": "127.0.0.1:8000"}, enforce_csrf_checks=True)
    assert stranger.post(path).status_code == 403


def test_pausing_is_shown_with_who_waits_and_in_the_log(person: Client) -> None:
    spawn("One"), spawn("Two")
    person.post("/launcher", {"paused": "1"})
    assert is_paused()
    page = text_of(person, "/")
    assert "Paused: 2 sessions wait" in page
    assert "Resume spawning" in page
    assert LogEntry.objects.filter(type="launcher:updated").count() == 1
    person.post("/launcher", {"paused": "0"})
    assert not is_paused()
    assert "Pause spawning" in text_of(person, "/")


def test_each_waiting_session_is_told_its_place(person: Client) -> None:
    for name in ("One", "Two", "Three"):
        spawn(name)
    page = text_of(person, "/")
    assert re.findall(r"(\w+) in line</span>", page.partition('id="line"')[2])[-3:] == [
        "1st",
        "2nd",
        "3rd",
    ]


def test_a_retried_failure_leaves_the_inbox(person: Client) -> None:
    session = failed("Broken")
    assert f'action="/sessions/{session.pk}/resume"' in text_of(person, "/")
    answer = person.post(f"/sessions/{session.pk}/resume", {"next": "/"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert successor_of(session).status == Status.SPAWNING
    assert overview().cues == ()


def test_a_session_page_resumes_and_opens_the_successor(person: Client) -> None:
    session = failed("Broken")
    assert 'id="resume"' in text_of(person, f"/sessions/{session.pk}/")
    answer = person.post(f"/sessions/{session.pk}/resume")
    assert answer.headers["Location"] == f"/sessions/{successor_of(session).pk}/"


def test_secrets_are_asked_for_again(person: Client) -> None:
    session = failed("Secretive", API_TOKEN="abc")
    asked = person.post(f"/sessions/{session.pk}/resume", {"next": "/"})
    page = str(asked.content.decode())
    assert asked.status_code == 409
    assert re.findall(r'name="(secret-\w+)"', page) == ["secret-API_TOKEN"]
    assert "abc" not in page
    answer = person.post(f"/sessions/{session.pk}/resume", {"secret-API_TOKEN": "abc", "next": "/"})
    assert answer.headers["Location"] == "/"
    assert successor_of(session).metadata["secretNames"] == ["API_TOKEN"]


def test_what_cannot_be_resumed_is_said_in_the_rules_words(person: Client) -> None:
    session = make_session(name="Empty")
    patch_session(session.pk, SessionPatch(status="stopped"), by=USER)
    assert 'id="resume"' not in text_of(person, f"/sessions/{session.pk}/")
    refused = person.post(f"/sessions/{session.pk}/resume")
    assert refused.status_code == 409
    assert "Every task of Empty is completed." in str(refused.content.decode())


def test_a_failed_tasks_row_says_why_and_keeps_the_output_behind_it(person: Client) -> None:
    (task,) = make_tasks("Break")
    session = make_session([task])
    why = {"error": "exit code 3: no such file", "output": "before\nno such file"}
    started = Draft(EventType.TASK_STARTED, "Started", task.pk)
    ended = Draft(EventType.TASK_FAILED, "Failed task: Break", task.pk, metadata=why)
    append_events(session.pk, [started, ended], by=USER)
    row = text_of(person, f"/sessions/{session.pk}/").partition('data-type="task_failed"')[2]
    row, _, rest = row.partition("<details")
    assert "exit code 3: no such file" in row
    assert "before\nno such file" in rest
