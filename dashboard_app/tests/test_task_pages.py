"""A project's tasks as tree, board and drawing, and the page of one task."""

import re
from typing import Any

import pytest
from django.test import Client

from access_app.actors import USER
from dashboard_app.pictures import project_picture, task_picture
from projects_app.models import Project
from queues_app.services import claim_next
from sessions_app.appending import append_events
from sessions_app.models import Session
from sessions_app.rules import EventType, Status, Strategy
from sessions_app.timeline import Draft
from storage_app.changes import change
from tasks_app.models import Task
from tasks_app.services import update_task
from tests.records import make_project, make_session, make_tasks, timeline_of

pytestmark = pytest.mark.usefixtures("records")
HOSTILE = "<script>alert(1)</script>"
VIEWS = ("tree", "board", "graph", "sessions")


@pytest.fixture
def person() -> Client:
    return Client(headers={"host": "127.0.0.1:8000"})


def text_of(response: Any) -> str:
    return str(response.content.decode())


def say(session: Session, event_type: EventType, message: str, task: Task, **more: object) -> None:
    append_events(session.pk, [Draft(event_type, message, task.pk, metadata=more)], by=USER)


def shown(page: str) -> list[str]:
    """The titles of the tasks in the tree."""
    return re.findall(r'class="truncate" href="/tasks/\w+/" title="([^"]*)"', page)


def column(page: str, key: str) -> str:
    return page.partition(f'id="column-{key}"')[2].partition("</section>")[0]


def family() -> tuple[Project, Task, Task, Task]:
    """A parent with a child, and a task that waits for the child."""
    project = make_project()
    (parent,) = make_tasks("Parent", project=project, priority="high")
    (child,) = make_tasks("Child", project=project, parent_id=parent.pk)
    (after,) = make_tasks("After", project=project, dependencies=[child.pk])
    return project, parent, child, after


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["Parent", "Child", "After"]),
        ("?q=chi", ["Parent", "Child"]),
        ("?priority=high", ["Parent"]),
        ("?ready=1", ["Parent", "Child"]),
        ("?status=done", []),
    ],
)
def test_the_tree_shows_what_the_address_asks_for_under_its_parents(
    person: Client, query: str, titles: list[str]
) -> None:
    project, *_ = family()
    assert shown(text_of(person.get(f"/projects/{project.pk}/{query}"))) == titles


def test_a_folded_parent_hides_what_is_below_it(person: Client) -> None:
    project, parent, *_ = family()
    page = text_of(person.get(f"/projects/{project.pk}/?folded={parent.pk}"))
    assert shown(page) == ["Parent", "After"]
    assert "0 of 1" in page


def test_a_parent_that_only_leads_to_what_was_asked_for_cannot_be_selected(person: Client) -> None:
    project, parent, child, _ = family()
    page = text_of(person.get(f"/projects/{project.pk}/?q=child"))
    assert re.findall(r'id="sel-(\w+)"', page) == [child.pk]
    assert f'id="row-{parent.pk}"' in page


def test_parents_in_a_circle_are_shown_all_the_same(person: Client) -> None:
    one, two = make_tasks("One", "Two", project=make_project())
    Task.objects.filter(pk=one.pk).update(parent=two)
    Task.objects.filter(pk=two.pk).update(parent=one)
    page = text_of(person.get(f"/projects/{one.project_id}/"))
    assert sorted(shown(page)) == ["One", "Two"]


def test_a_finished_task_waits_in_review_until_a_person_completes_it(person: Client) -> None:
    (task,) = make_tasks("Build", project=make_project())
    session = make_session([task])
    say(session, EventType.TASK_STARTED, "", task)
    say(session, EventType.TASK_COMPLETED, "", task)
    board = f"/projects/{task.project_id}/?view=board"
    assert "Build" in column(text_of(person.get(board)), "review")
    answer = person.post(f"/tasks/{task.pk}/move?view=board", {"column": "done"})
    assert (answer.status_code, answer.headers["Location"]) == (303, board)
    assert "Build" in column(text_of(person.get(board)), "done")


def test_a_drop_that_the_rules_refuse_is_said_and_changes_nothing(person: Client) -> None:
    (task,) = make_tasks("Build", project=make_project())
    page = person.post(f"/tasks/{task.pk}/move?view=board", {"column": "review"})
    assert page.status_code == 422
    assert "The task was not moved." in text_of(page)
    assert "Build" in column(text_of(page), "todo")
    assert Task.objects.get().status == "todo"


def test_a_status_is_set_for_all_that_are_selected_or_for_none(person: Client) -> None:
    one, two = make_tasks("One", "Two", project=make_project())
    path = f"/projects/{one.project_id}/status"
    page = person.post(path, {"task": [one.pk, "tsk_gone"], "column": "blocked"})
    assert page.status_code == 422
    assert set(Task.objects.values_list("status", flat=True)) == {"todo"}
    person.post(path, {"task": [one.pk, two.pk], "column": "blocked"})
    assert set(Task.objects.values_list("status", flat=True)) == {"blocked"}


def test_a_task_is_added_to_a_column_by_its_title(person: Client) -> None:
    project = make_project()
    path = f"/projects/{project.pk}/tasks?view=board"
    answer = person.post(path, {"add": "blocked", "title": "Later"})
    assert answer.headers["Location"] == f"/projects/{project.pk}/?view=board&add=blocked"
    assert Task.objects.get().status == "blocked"
    page = person.post(path, {"add": "blocked", "title": " "})
    assert page.status_code == 422
    assert 'id="add-error"' in text_of(page)


def test_a_task_is_edited_with_its_parent_its_dependencies_and_its_model(person: Client) -> None:
    one, two, three = make_tasks("One", "Two", "Three", project=make_project())
    form = text_of(person.get(f"/projects/{one.project_id}/?view=board&edit={one.pk}"))
    assert f'action="/tasks/{one.pk}?view=board"' in form
    body = {"title": "First", "priority": "low", "parentId": two.pk, "model": "opus"}
    body |= {"dependencies": three.pk, "status": "blocked"}
    person.post(f"/tasks/{one.pk}?view=board", body)
    edited = Task.objects.get(pk=one.pk)
    assert (edited.title, edited.parent_id, edited.model) == ("First", two.pk, "opus")
    assert (edited.dependencies, edited.status) == ([three.pk], "blocked")


def test_a_refused_edit_keeps_what_was_typed_beside_the_reason(person: Client) -> None:
    (task,) = make_tasks("Build", project=make_project())
    for path in (f"/tasks/{task.pk}", f"/tasks/{task.pk}?on=task"):
        body = {"title": "", "description": "kept", "priority": "low"}
        page = person.post(path, body)
        assert page.status_code == 422
        assert 'id="edit-title-error"' in text_of(page)
        assert ">kept</textarea>" in text_of(page)


def test_deleting_says_what_goes_with_it_and_needs_a_second_word(person: Client) -> None:
    project, parent, _, after = family()
    page = text_of(person.get(f"/projects/{project.pk}/?delete={parent.pk}"))
    assert "Delete 2 tasks" in page
    person.post(f"/tasks/{parent.pk}/delete", {"cascade": "1"})
    assert list(Task.objects.values_list("pk", flat=True)) == [after.pk]


def test_a_task_that_is_worked_on_is_not_deleted_and_the_dialog_says_why(person: Client) -> None:
    (task,) = make_tasks("Build", project=make_project())
    session = make_session([task], strategy=Strategy.QUEUE)
    claim_next(session.pk, by=USER)
    page = person.post(f"/tasks/{task.pk}/delete")
    assert page.status_code == 422
    assert "The task was not deleted." in text_of(page)
    assert Task.objects.filter(pk=task.pk).exists()


def test_one_session_is_spawned_for_each_task_under_a_parent_that_can_have_them(
    person: Client,
) -> None:
    one, two = make_tasks("One", "Two", project=make_project())
    parent = make_session([one], status=Status.WORKING)
    body = {"task": [one.pk, two.pk], "sessions": "each", "agent": "shell", "strategy": "queue"}
    body |= {"role": "worker", "sessionId": parent.pk}
    answer = person.post(f"/projects/{one.project_id}/spawn", body)
    assert answer.headers["Location"] == f"/projects/{one.project_id}/?view=sessions"
    spawned = Session.objects.exclude(pk=parent.pk)
    assert [session.parent_id for session in spawned] == [parent.pk, parent.pk]
    names = re.findall(
        r'href="/sessions/\w+/">([^<]+)</a>', text_of(person.get(answer.headers["Location"]))
    )
    assert len(names) >= 3


def test_spawning_for_each_makes_none_where_one_is_refused(person: Client) -> None:
    one, two = make_tasks("One", "Two", project=make_project())
    body = {"task": [one.pk, two.pk], "sessions": "each", "agent": "nobody"}
    body |= {"role": "worker", "strategy": "queue"}
    page = person.post(f"/projects/{one.project_id}/spawn", body)
    assert page.status_code == 422
    assert not Session.objects.exists()


def test_an_orchestrator_is_told_how_to_hand_out_work(person: Client) -> None:
    (task,) = make_tasks("One", project=make_project())
    body = {"task": task.pk, "agent": "shell", "strategy": "simple", "role": "orchestrator"}
    person.post(f"/projects/{task.project_id}/spawn", {**body, "orchestratorStrategy": "dag"})
    assert Session.objects.get().metadata["orchestratorStrategy"] == "dag"


def test_a_page_of_many_tasks_shows_the_first_and_leads_to_more(person: Client) -> None:
    project = make_project()
    with change():
        make_tasks(*(f"Task {n}" for n in range(230)), project=project)
    page = text_of(person.get(f"/projects/{project.pk}/"))
    assert len(shown(page)) == 200
    assert "30 not shown" in page
    (more,) = re.findall(r'id="more-tasks" href="([^"]+)"', page)
    assert len(shown(text_of(person.get(f"/projects/{project.pk}/{more}")))) == 230
    board = text_of(person.get(f"/projects/{project.pk}/?view=board"))
    assert board.count("data-card=") == 50


def test_a_task_has_its_attempts_of_all_sessions_and_what_was_changed(person: Client) -> None:
    project, _, child, after = family()
    first, second = (make_session([child], name=name) for name in ("First run", "Second run"))
    say(first, EventType.TASK_STARTED, "", child)
    say(first, EventType.TASK_FAILED, "Tests are red", child, error="exit 1")
    say(first, EventType.TASK_STARTED, "", child)
    say(second, EventType.MILESTONE, "Half way", child)
    say(second, EventType.PROGRESS, "Of something else", after)
    update_task(child.pk, priority="low")
    page = text_of(person.get(f"/tasks/{child.pk}/"))
    history = page.partition('id="task-runs"')[2]
    assert history.index("Second run") < history.index("First run")
    assert "Attempt 1: failed" in page
    assert "Attempt 2: running" in page
    assert "Half way" in page
    assert "Of something else" not in page
    assert re.search(r"Priority: Medium → <b>Low</b>", page)
    assert re.search(r"Status: To do → <b>In progress</b>, as\s+<a [^>]+>First run</a>", page)
    for tied in ("Parent", "After", project.name):
        assert tied in page


def test_an_event_of_a_task_is_found_by_its_address_however_old_it_is(person: Client) -> None:
    (task,) = make_tasks("Build", project=make_project())
    sessions = [make_session([task]) for _ in range(12)]
    for number in range(80):
        say(sessions[0], EventType.MILESTONE, f"Step {number}.", task)
    event_id = timeline_of(sessions[0].pk)[2]["id"]
    page = text_of(person.get(f"/tasks/{task.pk}/"))
    assert event_id not in page
    page = text_of(person.get(f"/tasks/{task.pk}/?event={event_id}"))
    assert re.search(rf'class="ev is-selected" id="{event_id}"', page)


def test_nothing_a_task_holds_becomes_markup(person: Client) -> None:
    (task,) = make_tasks(HOSTILE, project=make_project(HOSTILE), initial_prompt=HOSTILE)
    (after,) = make_tasks("After", project=task.project, dependencies=[task.pk])
    session = make_session([task], name=HOSTILE)
    say(session, EventType.PROGRESS, HOSTILE, task)
    update_task(task.pk, description=HOSTILE, model=HOSTILE)
    here = f"/projects/{task.project_id}/"
    paths = [f"{here}?view={view}&q=" for view in VIEWS]
    paths += [f"{here}?view=board&edit={after.pk}", f"{here}?delete={task.pk}"]
    paths += [f"{here}?q=%3Cscript%3Ealert(1)%3C/script%3E"]
    paths += [f"/tasks/{task.pk}/", f"/tasks/{task.pk}/?edit", f"/tasks/{after.pk}/"]
    for path in paths:
        page = person.get(path)
        assert page.status_code == 200, path
        assert HOSTILE not in text_of(page), path


@pytest.mark.parametrize("view", VIEWS)
def test_the_live_pieces_of_a_view_are_elements_of_its_page(person: Client, view: str) -> None:
    project, parent, child, _ = family()
    make_session([parent, child])
    page = text_of(person.get(f"/projects/{project.pk}/?view={view}"))
    for piece in project_picture(project.pk, {"view": view}).pieces:
        assert f'id="{piece.id}"' in page, piece.id
        assert f'id="{piece.id}"' in piece.html.partition(">")[0] + ">", piece.id


def test_the_live_pieces_of_a_task_are_elements_of_its_page(person: Client) -> None:
    _, _, child, _ = family()
    session = make_session([child])
    say(session, EventType.TASK_STARTED, "", child)
    page = text_of(person.get(f"/tasks/{child.pk}/"))
    picture = task_picture(child.pk, {})
    assert picture.sessions == {session.pk}
    for piece in picture.pieces:
        assert f'id="{piece.id}"' in page, piece.id
