"""docs/openapi.yaml against the server: every route is called, every answer is as described."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml
from django.test import Client

from conftest import HOST, Answer, Api
from tests.records import record_terminal

FILE = Path(__file__).parents[2] / "docs/openapi.yaml"
METHODS = ("get", "post", "put", "patch", "delete")


@cache
def content() -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(FILE.read_text(), Loader=yaml.CSafeLoader)
    return found


def template_of(path: str) -> str:
    """The described path that a real one is of; its query does not count."""
    asked = path.partition("?")[0]
    fitting = [
        template
        for template in content()["paths"]
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), asked)
    ]
    return min(fitting, key=lambda template: template.count("{"))


def described_routes() -> list[tuple[tuple[str, str], set[str]]]:
    """Every method and path with the codes it may be refused with (`ETag`: a 304)."""
    return [
        ((method.upper(), path), _codes(operations[method]["responses"]))
        for path, operations in content()["paths"].items()
        for method in METHODS
        if method in operations
    ]


def _codes(responses: Mapping[str, Any]) -> set[str]:
    said = [found["description"] for status, found in responses.items() if status >= "300"]
    return {code for words in said for code in re.findall(r"`(\w+)`", words)}


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return content()


class CheckedApi:
    """Calls routes as a program does, and compares each answer with the description."""

    def __init__(self, api: Api, described: Mapping[str, Any]) -> None:
        self._api = api
        self._described = described
        self.called: set[tuple[str, str]] = set()

    def __call__(
        self, method: str, route: str, body: Any = None, *, query: str = "", **ids: str
    ) -> Any:
        path = route.format(**ids)
        answer = self._api.send(method.upper(), path + query, body)
        template = template_of(f"/api{path}")
        operation = self._described["paths"][template][method]
        self.called.add((method, template))
        self._check(answer, operation)
        return answer.body

    def _check(self, answer: Answer, operation: Mapping[str, Any]) -> None:
        response = operation["responses"].get(str(answer.status))
        assert response, f"{operation['operationId']} answered {answer.status}: {answer.body}"
        media_type = answer.headers["Content-Type"].partition(";")[0]
        schema = response["content"][media_type]["schema"]
        if media_type != "application/json":
            return
        whole = {**schema, "components": self._described["components"]}
        jsonschema.Draft202012Validator(whole).validate(answer.body)
        if answer.status >= 400:
            assert f"`{answer.code}`" in response["description"], operation["operationId"]


@pytest.fixture
def call(api: Api, described: dict[str, Any]) -> CheckedApi:
    return CheckedApi(api, described)


def test_every_route_answers_as_it_is_described(
    call: CheckedApi, described: dict[str, Any]
) -> None:
    project = _call_project_routes(call)
    tasks = _call_task_routes(call, project)
    _call_session_routes(call, project, tasks)
    _call_queue_routes(call, project, tasks)
    _call_process_routes(call, project, tasks)
    every = {
        (method, path)
        for path, operations in described["paths"].items()
        for method in METHODS
        if method in operations
    }
    assert call.called == every


def _call_project_routes(call: CheckedApi) -> str:
    call("delete", "/projects/{id}", id="prj_none")
    call("post", "/projects", {"name": ""})
    body = {"name": "Bridge", "workingDir": "/srv", "agent": "shell"}
    project: str = call("post", "/projects", body)["id"]
    call("get", "/projects", query="?limit=1")
    call("get", "/projects/{id}", id=project)
    call("put", "/projects/{id}", body, id=project)
    call("patch", "/projects/{id}", {"description": "Over the river"}, id=project)
    return project


def _call_task_routes(call: CheckedApi, project: str) -> list[str]:
    call("post", "/tasks", {"projectId": "prj_none", "title": "Dig"})
    first = call("post", "/tasks", {"projectId": project, "title": "Dig"})["id"]
    below = {"projectId": project, "title": "Pave", "parentId": first, "dependencies": [first]}
    second = call("post", "/tasks", below)["id"]
    third = call("post", "/tasks", {"projectId": project, "title": "Paint"})["id"]
    call("get", "/tasks", query=f"?projectId={project}&ready=true")
    call("get", "/tasks/{id}", id=first)
    call("patch", "/tasks/{id}", {"priority": "high"}, id=first)
    call("patch", "/tasks/{id}", {"dependencies": [second]}, id=first)
    call("get", "/tasks/{id}/children", id=first)
    call("get", "/tasks/{id}/tree", id=first)
    call("delete", "/tasks/{id}", id=first)
    return [first, second, third]


def _call_session_routes(call: CheckedApi, project: str, tasks: list[str]) -> None:
    first, _, third = tasks
    body = {"projectId": project, "taskIds": [first], "status": "idle"}
    session = call("post", "/sessions", body)["id"]
    call("post", "/sessions", {**body, "id": session})
    question = {"type": "needs_input", "message": "Which colour?"}
    call("post", "/sessions/{id}/timeline", question, id=session)
    call("post", "/sessions/{id}/timeline", [{"message": "one"}], id=session)
    call("post", "/sessions/{id}/timeline", {"message": "x"}, id=session, query="?return=session")
    call("post", "/tasks/{id}/timeline", {"sessionId": session, "message": "y"}, id=first)
    call("get", "/sessions/{id}/timeline", id=session, query="?limit=2")
    call("post", "/sessions/{id}/events", {"type": "file_touched", "data": {}}, id=session)
    call("post", "/sessions/{id}/hooks/claude", {"hook_event_name": "PreToolUse"}, id=session)
    call("post", "/sessions/{id}/hooks/vim", {}, id=session)
    call("post", "/sessions/{id}/timeline", question, id=session)
    call("post", "/sessions/{id}/input", {"text": "Blue"}, id=session)
    call("post", "/sessions/{id}/input", {"text": "Green"}, id=session)
    call("post", "/sessions/{id}/tasks/{task}", id=session, task=third)
    call("delete", "/sessions/{id}/tasks/{task}", id=session, task=third)
    call("get", "/sessions", query="?active=true")
    call("get", "/sessions/{id}", id=session)
    call("get", "/sessions/{id}/children", id=session)
    call("get", "/sessions/{id}/hierarchy", id=session)
    call("get", "/sessions/{id}/summary", id=session, query="?tree=true")
    for query in ("?format=json", "?format=json&tree=true", "?format=mermaid", "?format=svg"):
        call("get", "/sessions/{id}/export", id=session, query=query)
    call("get", "/sessions/{id}/terminal", id=session)
    record_terminal(session)
    for path in ("terminal", "terminal/marks", "terminal.cast"):
        call("get", f"/sessions/{{id}}/{path}", id=session)
    call("patch", "/sessions/{id}", {"name": "Digging"}, id=session)
    call("delete", "/projects/{id}", id=project)
    call("post", "/sessions/{id}/stop", {"reason": "enough"}, id=session)
    call("patch", "/sessions/{id}", {"status": "working"}, id=session)
    call("get", "/sessions/{id}/queue", id=session)
    call("delete", "/sessions/{id}", id=session)
    call("get", "/sessions/{id}", id=session)
    call("get", "/events", query="?limit=3")
    call("get", "/events", query="?after=999999999")


def _call_queue_routes(call: CheckedApi, project: str, tasks: list[str]) -> None:
    body = {"projectId": project, "taskIds": tasks[:2], "strategy": "queue", "keepOpen": True}
    queue = f"/sessions/{call('post', '/sessions', body)['id']}/queue"
    call("get", queue)
    call("get", f"{queue}/items")
    call("get", f"{queue}/top")
    call("post", f"{queue}/complete", {})
    call("post", f"{queue}/next")
    call("post", f"{queue}/start")
    call("post", f"{queue}/fail", {"reason": "rock"})
    call("post", f"{queue}/requeue", {"taskId": tasks[0]})
    call("post", f"{queue}/push", {"taskId": tasks[2]})
    call("post", f"{queue}/push", {"taskId": tasks[2]})
    call("post", f"{queue}/reorder", {"taskIds": [tasks[2], tasks[0], tasks[1]]})
    call("post", f"{queue}/remove", {"taskId": tasks[1]})
    call("post", f"{queue}/start")
    call("post", f"{queue}/complete", {})
    call("post", f"{queue}/skip", {"reason": "frost"})
    call("post", f"{queue}/start")
    call("post", f"{queue}/next")


def _call_process_routes(call: CheckedApi, project: str, tasks: list[str]) -> None:
    call("post", "/sessions/spawn", {"taskIds": tasks})
    call("post", "/sessions/spawn", {"projectId": project, "taskIds": ["tsk_none"]})
    body = {"projectId": project, "taskIds": tasks, "agent": "shell", "strategy": "queue"}
    session = call("post", "/sessions/spawn", body)["sessionId"]
    call("get", "/launcher")
    call("patch", "/launcher", {"paused": True})
    call("patch", "/launcher", {"paused": False})
    call("post", "/sessions/{id}/resume", {}, id=session)
    call("post", "/sessions/stop-all", {"reason": "night"})
    call("post", "/sessions/{id}/resume", {}, id=session)


def test_the_description_is_served_as_json_and_as_yaml(records: None) -> None:
    client = Client(headers={"host": HOST})
    as_json = client.get("/api/schema/")
    assert as_json.headers["Content-Type"].startswith("application/json")
    assert as_json.json()["openapi"].startswith("3.1")
    as_yaml = client.get("/api/schema/?format=yaml").content.decode()
    assert yaml.load(as_yaml, Loader=yaml.CSafeLoader) == as_json.json()


def test_the_page_for_people_uses_only_what_the_server_has(records: None) -> None:
    page = Client(headers={"host": HOST}).get("/api/docs/").content.decode()
    addresses = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(addresses) == 5
    assert all(address.startswith("/") for address in addresses)
    assert "<style" not in page
