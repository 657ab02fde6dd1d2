"""The pages a person uses: what they show, what they refuse, and where they lead."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from access_app.actors import USER
from dashboard_app.overview import overview
from projects_app.models import Project
from sessions_app import services
from sessions_app.appending import append_events
from sessions_app.models import Session
from sessions_app.rules import EventType, Status, Strategy
from sessions_app.timeline import Draft
from tasks_app.models import Task
from tests.records import (
    make_project,
    make_session,
    make_tasks,
    status_of,
    statuses_on_tasks,
    timeline_of,
)

pytestmark = pytest.mark.usefixtures("records")
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def person() -> Client:
    return Client(headers={"host": "127.0.0.1:8000"})


def text_of(response: Any) -> str:
    return str(response.content.decode())


def say(session: Session, event_type: EventType, message: str, **more: object) -> None:
    task_id = more.pop("task_id", None)
    assert task_id is None or isinstance(task_id, str)
    draft = Draft(event_type, message, task_id, metadata=more)
    append_events(session.pk, [draft], by=USER)


def title_of(response: Any) -> str:
    return str(re.findall(r"<title>(.*?)</title>", text_of(response))[0])


def test_the_first_run_offers_a_project(person: Client) -> None:
    page = person.get("/")
    assert page.status_code == 200
    assert "Nothing is running yet." in text_of(page)
    assert "Create a project" in text_of(page)


def test_nothing_a_record_holds_becomes_markup(person: Client) -> None:
    tasks = make_tasks(HOSTILE, project=make_project(HOSTILE), initial_prompt=HOSTILE)
    session = make_session(tasks, name=HOSTILE, strategy=Strategy.QUEUE)
    say(session, EventType.PROGRESS, HOSTILE, task_id=tasks[0].pk)
    say(session, EventType.NEEDS_INPUT, HOSTILE, options=[HOSTILE])
    here = f"/sessions/{session.pk}/"
    project = f"/projects/{session.project_id}/"
    paths = (
        "/",
        "/projects/",
        project,
        f"{project}?edit={tasks[0].pk}",
        here,
        f"{here}?view=chart",
        f"{here}?view=queue",
        f"{here}?panel=raw",
        f"{project}spawn?task={tasks[0].pk}",
    )
    for path in paths:
        page = person.get(path)
        assert page.status_code == 200, path
        assert HOSTILE not in text_of(page), path
        assert "&lt;script&gt;" in text_of(page), path


def test_the_title_counts_what_waits_for_a_person(person: Client) -> None:
    session = make_session()
    assert title_of(person.get("/")) == "Now · Maestro"
    say(session, EventType.NEEDS_INPUT, "Which?", options=["A", "B"])
    page = person.get("/")
    assert title_of(page) == "(1) Now · Maestro"
    assert 'value="B"' in text_of(page)


def test_the_inbox_shows_questions_before_failures(person: Client) -> None:
    failed, asking = make_session(), make_session()
    services.patch_session(failed.pk, services.SessionPatch(status="failed"), by=USER)
    say(asking, EventType.NEEDS_INPUT, "Which?")
    kinds = re.findall(r'data-cue="(\w+)"', text_of(person.get("/")))
    assert kinds == ["waiting", "failed"]


def test_a_dismissed_failure_leaves_the_inbox(person: Client) -> None:
    failed = make_session()
    services.patch_session(failed.pk, services.SessionPatch(status="failed"), by=USER)
    answer = person.post(f"/sessions/{failed.pk}/dismiss", {"next": "/"})
    assert answer.headers["Location"] == "/"
    assert overview().cues == ()


def test_an_answer_is_given_in_place(person: Client) -> None:
    session = make_session()
    say(session, EventType.NEEDS_INPUT, "Which?", options=["A", "B"])
    asked = timeline_of(session.pk)[-1]["id"]
    answer = person.post(
        f"/sessions/{session.pk}/answer", {"option": "B", "event": asked, "next": "/"}
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert timeline_of(session.pk)[-1]["metadata"]["answer"] == "B"
    assert overview().cues == ()


def test_nobody_is_sent_to_another_site(person: Client) -> None:
    session = make_session()
    answer = person.post(f"/sessions/{session.pk}/stop", {"next": "https://example.org/"})
    assert answer.headers["Location"] == f"/sessions/{session.pk}/"


def test_stop_stops_and_counts_what_stops_with_it(person: Client) -> None:
    parent = make_session()
    child = make_session(parent_id=parent.pk)
    page = person.get(f"/sessions/{parent.pk}/?dialog=stop")
    assert "Stop 2 sessions" in text_of(page)
    person.post(f"/sessions/{parent.pk}/stop", {"cascade": "1"})
    assert (status_of(parent.pk), status_of(child.pk)) == (Status.STOPPED, Status.STOPPED)


def test_a_project_in_a_folder_that_is_not_there_is_refused(person: Client) -> None:
    page = person.post("/projects/", {"name": "Shop", "workingDir": "/nowhere/at/all"})
    assert page.status_code == 422
    assert "This folder does not exist." in text_of(page)
    assert 'value="Shop"' in text_of(page)
    assert not Project.objects.exists()


def test_a_created_project_is_opened(person: Client, tmp_path: Path) -> None:
    answer = person.post("/projects/", {"name": "Shop", "workingDir": str(tmp_path)})
    project = Project.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/projects/{project.pk}/")


def test_a_task_keeps_its_prompt_as_a_shell_reads_it(person: Client) -> None:
    project = make_project()
    body = {"title": "Build", "initialPrompt": "make\r\nmake check", "priority": "high"}
    person.post(f"/projects/{project.pk}/tasks", body)
    task = Task.objects.get()
    assert (task.initial_prompt, task.priority) == ("make\nmake check", "high")


def test_a_circle_is_refused_in_the_rules_words(person: Client) -> None:
    first, second = make_tasks("First", "Second")
    Task.objects.filter(pk=second.pk).update(dependencies=[first.pk])
    body = {"title": "First", "priority": "medium", "status": "todo", "dependencies": second.pk}
    page = person.post(f"/tasks/{first.pk}", body)
    assert page.status_code == 422
    assert "That would make a circle" in text_of(page)


def test_the_spawn_dialog_keeps_the_order_of_picking(person: Client) -> None:
    one, two = make_tasks("One", "Two", project=make_project())
    query = {"task": [one.pk, two.pk], "order": f"{two.pk} {one.pk}"}
    page = person.get(f"/projects/{one.project_id}/spawn", query)
    assert re.findall(r'name="task" value="(\w+)"', text_of(page).partition('id="spawn"')[2]) == [
        two.pk,
        one.pk,
    ]


def test_spawning_makes_a_queue_in_that_order_and_opens_the_session(person: Client) -> None:
    one, two = make_tasks("One", "Two", project=make_project())
    body = {"task": [two.pk, one.pk], "role": "worker", "strategy": "queue", "agent": "shell"}
    answer = person.post(f"/projects/{one.project_id}/spawn", body)
    session = Session.objects.get()
    assert answer.headers["Location"] == f"/sessions/{session.pk}/"
    assert [item.task_id for item in session.queue.items.all()] == [two.pk, one.pk]
    assert statuses_on_tasks(session.pk) == ["queued", "queued"]


def test_spawning_over_nothing_says_so_and_makes_nothing(person: Client) -> None:
    project = make_project()
    page = person.post(f"/projects/{project.pk}/spawn", {"agent": "shell"})
    assert page.status_code == 422
    assert "Choose at least one task" in text_of(page)
    assert not Session.objects.exists()


@pytest.mark.parametrize("path", ["/sessions/ses_none/", "/projects/prj_none/", "/nowhere"])
def test_what_is_not_there_is_said_on_a_page(person: Client, path: str) -> None:
    page = person.get(path, headers={"accept": "text/html,*/*;q=0.8"})
    assert page.status_code == 404
    assert "Not here" in text_of(page)


def test_a_long_timeline_shows_its_newest_rows_and_a_way_to_the_earlier(person: Client) -> None:
    session = make_session()
    for number in range(250):
        say(session, EventType.MILESTONE, f"Step {number}")
    page = text_of(person.get(f"/sessions/{session.pk}/"))
    assert page.count('class="ev"') <= 201
    assert "Step 249" in page
    assert "Step 10<" not in page
    (earlier,) = re.findall(r'href="(\?since=\w+)" id="show-earlier"', page)
    assert "Step 10<" in text_of(person.get(f"/sessions/{session.pk}/{earlier}"))


def test_a_permalink_shows_its_event_however_old_it_is(person: Client) -> None:
    session = make_session()
    for number in range(250):
        say(session, EventType.MILESTONE, f"Step {number}")
    event_id = timeline_of(session.pk)[3]["id"]
    page = text_of(person.get(f"/sessions/{session.pk}/?event={event_id}"))
    assert re.search(rf'class="ev is-selected" id="{event_id}"', page)


def test_pages_are_told_what_they_show_and_where_in_the_log_they_stand(person: Client) -> None:
    session = make_session()
    page = text_of(person.get(f"/sessions/{session.pk}/?view=chart"))
    assert f'data-show="shell session:{session.pk}?view=chart"' in page
    assert int(re.findall(r'data-seq="(\d+)"', page)[0]) > 0
