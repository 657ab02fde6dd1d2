"""Idempotency-Key: a repeated request changes nothing and gets the first answer again."""

import threading
from typing import Any

import pytest
from django.db import connection

from access_app.idempotency import KEPT_MS
from access_app.models import IdempotentAnswer
from access_app.tokens import session_token
from agents_app.models import Launch
from conftest import Answer, Api, Clock
from projects_app.models import Project
from sessions_app.models import Session
from sessions_app.rules import Status
from tasks_app.models import Task
from tests.records import log_types, make_project, make_session, make_tasks

PROJECT = {"name": "One", "workingDir": "/srv"}
KEY = {"idempotency-key": "5f0c"}


def repeated(api: Api, path: str, body: Any, times: int = 2) -> list[Answer]:
    return [api.post(path, body, headers=KEY) for _ in range(times)]


def test_a_repeated_create_makes_one_and_answers_the_same(api: Api) -> None:
    first, again = repeated(api, "/projects", PROJECT)
    assert (first.status, again.status) == (201, 201)
    assert first.body == again.body
    assert log_types() == ["project:created"]


@pytest.mark.parametrize("path", ["/tasks", "/sessions", "/sessions/spawn"])
def test_every_route_that_makes_something_takes_a_key(api: Api, path: str) -> None:
    (task,) = make_tasks("One")
    body = {"projectId": task.project_id, "title": "Two", "taskIds": [task.pk]}
    before = Task.objects.count() + Session.objects.count()
    first, again = repeated(api, path, body)
    assert (first.status, again.status, first.body) == (201, 201, again.body)
    assert Task.objects.count() + Session.objects.count() == before + 1


def test_a_session_is_resumed_once(api: Api) -> None:
    session = make_session(make_tasks("One"))
    api.post(f"/sessions/{session.pk}/stop", {})
    first, again = repeated(api, f"/sessions/{session.pk}/resume", {})
    assert (first.status, first.body) == (201, again.body)
    assert Session.objects.count() == 2


def test_the_order_of_keys_makes_no_other_request_and_another_value_does(api: Api) -> None:
    api.post("/projects", PROJECT, headers=KEY)
    turned = dict(reversed(PROJECT.items()))
    assert api.post("/projects", turned, headers=KEY).status == 201
    answer = api.post("/projects", {**PROJECT, "name": "Two"}, headers=KEY)
    assert (answer.status, answer.code) == (409, "idempotency_conflict")
    assert Project.objects.count() == 1


def test_a_key_belongs_to_its_route_and_to_whom_it_came_from(api: Api) -> None:
    session = make_session(make_tasks("One"))
    body = {"projectId": session.project_id, "title": "Two", "name": "Two", "workingDir": "/srv"}
    token = {"authorization": f"Bearer {session_token(session.pk)}"}
    made = [
        api.post("/projects", body, headers=KEY),
        api.post("/tasks", body, headers=KEY),
        api.post("/tasks", body, headers={**KEY, **token}),
    ]
    assert [answer.status for answer in made] == [201] * 3
    assert len({answer.body["id"] for answer in made}) == 3


def test_a_refusal_is_not_remembered(api: Api) -> None:
    body = {"projectId": "prj_mine", "title": "One"}
    assert api.post("/tasks", body, headers=KEY).code == "project_not_found"
    Project.objects.create(id="prj_mine", name="One", created_at=1, updated_at=1)
    assert api.post("/tasks", body, headers=KEY).status == 201
    Task.objects.all().delete()
    Project.objects.all().delete()


def test_an_answer_is_kept_for_a_day(api: Api, clock: Clock) -> None:
    first = api.post("/projects", PROJECT, headers=KEY)
    clock.forward(s=KEPT_MS / 1000 - 1)
    assert api.post("/projects", PROJECT, headers=KEY).body == first.body
    clock.forward(s=2)
    assert api.post("/projects", PROJECT, headers=KEY).body["id"] != first.body["id"]
    assert IdempotentAnswer.objects.count() == 1


@pytest.mark.parametrize("key", ["", " ", "x" * 201])
def test_a_key_that_is_none_is_refused(api: Api, key: str) -> None:
    answer = api.post("/projects", PROJECT, headers={"idempotency-key": key})
    assert (answer.status, answer.code) == (400, "validation_error")
    assert "Idempotency-Key" in answer.body["details"]


def test_no_secret_is_in_what_is_kept(api: Api) -> None:
    (task,) = make_tasks("One")
    body = {"projectId": task.project_id, "taskIds": [task.pk], "env": {"A_TOKEN": "hush-hush"}}
    assert api.post("/sessions/spawn", body, headers=KEY).status == 201
    kept = str(list(IdempotentAnswer.objects.values()))
    assert "A_TOKEN" in kept
    assert "hush-hush" not in kept
    changed = {**body, "env": {"A_TOKEN": "other"}}
    assert api.post("/sessions/spawn", changed, headers=KEY).code == "idempotency_conflict"


def test_racing_repeats_spawn_one_session(api: Api) -> None:
    (task,) = make_tasks("One")
    body = {"projectId": task.project_id, "taskIds": [task.pk]}
    answers: list[Answer] = []

    def spawn() -> None:
        answers.append(Api().post("/sessions/spawn", body, headers=KEY))
        connection.close()

    threads = [threading.Thread(target=spawn) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({answer.body["sessionId"] for answer in answers}) == 1
    assert Session.objects.count() == Launch.objects.count() == 1


def test_a_refused_spawn_leaves_no_file(api: Api, data_dir: Any) -> None:
    project = make_project()
    body = {"projectId": project.pk, "taskIds": ["tsk_none"]}
    assert api.post("/sessions/spawn", body, headers=KEY).code == "task_not_found"
    assert not list(data_dir.rglob("manifest*"))
    assert not Session.objects.filter(status=Status.SPAWNING).exists()
