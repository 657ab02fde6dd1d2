"""POST /api/sessions/spawn: its answer, and the codes of its refusals."""

from typing import Any

import pytest

from conftest import Api
from sessions_app.models import Session
from tests.records import make_session, make_tasks


def test_a_spawn_answers_with_session_and_manifest(api: Api) -> None:
    (task,) = make_tasks("One")
    body = {"projectId": task.project_id, "taskIds": [task.pk], "agent": "shell"}
    answer = api.post("/sessions/spawn", body)
    assert answer.status == 201
    assert set(answer.body) == {"success", "sessionId", "manifestPath", "message", "session"}
    assert answer.body["session"]["status"] == "spawning"
    assert answer.body["manifestPath"].endswith(f"{answer.body['sessionId']}/manifest.json")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"projectId": ""}, 400, "missing_project_id"),
        ({"projectId": "prj_none"}, 404, "project_not_found"),
        ({"projectId": "../x"}, 400, "validation_error"),
        ({"taskIds": []}, 400, "invalid_task_ids"),
        ({"taskIds": "tsk_1"}, 400, "invalid_task_ids"),
        ({"taskIds": ["../x"]}, 400, "invalid_task_ids"),
        ({"taskIds": ["tsk_none"]}, 404, "task_not_found"),
        ({"spawnSource": "cron"}, 400, "invalid_spawn_source"),
        ({"spawnSource": {"a": 1}}, 400, "invalid_spawn_source"),
        ({"spawnSource": "session"}, 400, "missing_session_id"),
        ({"spawnSource": "session", "sessionId": "ses_none"}, 404, "parent_session_not_found"),
        ({"role": "boss"}, 400, "invalid_role"),
        ({"strategy": "tree"}, 400, "invalid_strategy"),
        ({"orchestratorStrategy": "magic"}, 400, "invalid_orchestrator_strategy"),
        ({"agent": "nobody"}, 400, "validation_error"),
    ],
)
def test_a_spawn_that_cannot_be_is_refused_by_code(
    api: Api, change: dict[str, Any], status: int, code: str
) -> None:
    (task,) = make_tasks("One")
    body = {"projectId": task.project_id, "taskIds": [task.pk], **change}
    answer = api.post("/sessions/spawn", body)
    assert (answer.status, answer.code) == (status, code)
    assert Session.objects.count() == 0


def test_a_parent_that_has_ended_is_409(api: Api) -> None:
    (task,) = make_tasks("One")
    parent = make_session([task])
    api.patch(f"/sessions/{parent.pk}", {"status": "completed"})
    body = {"spawnSource": "session", "sessionId": parent.pk}
    answer = api.post(
        "/sessions/spawn", {"projectId": task.project_id, "taskIds": [task.pk], **body}
    )
    assert (answer.status, answer.code) == (409, "parent_session_not_active")
