"""/api/tasks"""

from typing import Any

import pytest

from conftest import START_MS, Api, Clock
from tasks_app.models import Task
from tests.records import make_project, make_session, make_tasks, types_of


def test_a_task_has_the_contracts_keys(api: Api, clock: Clock) -> None:
    project = make_project()
    answer = api.post("/tasks", {"projectId": project.pk, "title": "One", "initialPrompt": "ls"})
    assert answer.status == 201
    assert answer.body.pop("id").startswith("tsk_")
    assert answer.body == {
        "projectId": project.pk,
        "parentId": None,
        "title": "One",
        "description": "",
        "status": "todo",
        "priority": "medium",
        "initialPrompt": "ls",
        "dependencies": [],
        "sessionIds": [],
        "taskSessionStatuses": {},
        "sessionStatus": None,
        "skillIds": [],
        "agentIds": [],
        "createdAt": START_MS,
        "updatedAt": START_MS,
        "startedAt": None,
        "completedAt": None,
    }


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"projectId": "prj_none"}, 404, "project_not_found"),
        ({"parentId": "tsk_none"}, 404, "task_not_found"),
        ({"dependencies": ["tsk_none"]}, 404, "task_not_found"),
        ({"priority": "urgent"}, 400, "validation_error"),
        ({"status": "done"}, 400, "validation_error"),
        ({"title": ""}, 400, "validation_error"),
        ({"title": "half \ud83d"}, 201, ""),
    ],
)
def test_a_task_that_cannot_be_is_refused(
    api: Api, change: dict[str, Any], status: int, code: str
) -> None:
    body = {"projectId": make_project().pk, "title": "One", **change}
    answer = api.post("/tasks", body)
    assert answer.status == status
    assert not code or answer.code == code


def test_parents_that_form_a_circle_in_files_are_shown_once_and_can_be_deleted(api: Api) -> None:
    one, two, own = make_tasks("One", "Two", "Own")
    for task, parent in ((one, two), (two, one), (own, own)):
        Task.objects.filter(pk=task.pk).update(project_id=one.project_id, parent_id=parent.pk)
    tree = api.get(f"/tasks/{one.pk}/tree").body
    assert [child["id"] for child in tree["children"]] == [two.pk]
    assert tree["children"][0]["children"] == []
    assert api.get(f"/tasks/{own.pk}/tree").body["children"] == []
    assert api.delete(f"/tasks/{one.pk}?cascade=true").status == 200
    assert api.get(f"/tasks/{two.pk}").status == 404


def test_lists_are_filtered(api: Api) -> None:
    (root,) = make_tasks("Root")
    project_id = root.project_id
    others: dict[str, dict[str, Any]] = {
        "Child": {"parentId": root.pk},
        "Waits": {"dependencies": [root.pk]},
        "Done": {"status": "completed"},
    }
    made = {
        title: api.post("/tasks", {"projectId": project_id, "title": title, **more}).body["id"]
        for title, more in others.items()
    }
    make_tasks("Elsewhere")

    def titles(query: str) -> list[str]:
        return [task["title"] for task in api.get(f"/tasks?projectId={project_id}&{query}").body]

    assert titles("") == ["Root", "Child", "Waits", "Done"]
    assert titles("parentId=null") == ["Root", "Waits", "Done"]
    assert titles(f"parentId={root.pk}") == ["Child"]
    assert titles("status=completed") == ["Done"]
    assert titles("ready=true") == ["Root", "Child", "Done"]
    assert titles("ready=false") == ["Waits"]
    assert titles("q=WAIT") == ["Waits"]
    assert [task["id"] for task in api.get(f"/tasks/{root.pk}/children").body] == [made["Child"]]
    tree = api.get(f"/tasks/{root.pk}/tree").body
    assert [child["id"] for child in tree["children"]] == [made["Child"]]


def test_a_circle_and_children_are_409(api: Api) -> None:
    one, two = make_tasks("One", "Two")
    api.patch(f"/tasks/{two.pk}", {"parentId": one.pk})
    assert api.patch(f"/tasks/{one.pk}", {"parentId": two.pk}).code == "cycle"
    assert api.delete(f"/tasks/{one.pk}").code == "has_children"
    assert api.delete(f"/tasks/{one.pk}?cascade=true").body == {"success": True, "id": one.pk}


def test_a_worker_says_its_own_status_and_nothing_else(api: Api) -> None:
    (task,) = make_tasks("One")
    session, other = make_session([task]), make_session()
    own = {"updateSource": "session", "sessionId": session.pk}
    answer = api.patch(f"/tasks/{task.pk}", {**own, "sessionStatus": "working"})
    assert answer.body["taskSessionStatuses"] == {session.pk: "working"}
    assert answer.body["status"] == "in_progress"
    refused = api.patch(f"/tasks/{task.pk}", {**own, "sessionStatus": "completed", "title": "Mine"})
    assert (refused.status, refused.code) == (403, "forbidden_field")
    assert refused.body["details"] == {"fields": ["title"]}
    foreign = {**own, "sessionId": other.pk, "sessionStatus": "completed"}
    assert api.patch(f"/tasks/{task.pk}", foreign).code == "forbidden"
    assert api.get(f"/tasks/{task.pk}").body["sessionStatus"] == "working"


def test_a_patch_is_all_or_nothing(api: Api) -> None:
    (task,) = make_tasks("One")
    session = make_session([task])
    body = {"sessionId": session.pk, "sessionStatus": "working", "parentId": task.pk}
    assert api.patch(f"/tasks/{task.pk}", body).code == "cycle"
    assert types_of(session.pk) == ["session_started"]
    assert api.get(f"/tasks/{task.pk}").body["sessionStatus"] == "queued"


def test_the_seeds_short_way_writes_to_the_sessions_timeline(api: Api) -> None:
    (task,) = make_tasks("One")
    session = make_session([task])
    answer = api.post(f"/tasks/{task.pk}/timeline", {"message": "Half", "sessionId": session.pk})
    assert answer.status == 200
    assert set(answer.body) == {"success", "taskId", "sessionId", "message", "type", "event"}
    assert answer.body["type"] == "progress"
    assert answer.body["event"]["taskId"] == task.pk
