"""One shape for everything that goes wrong, whichever layer it goes wrong in."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from conftest import HOST, Api
from sessions_app.models import Session
from tests.conformance.conftest import World
from tests.conformance.test_contract import ONE_OF_EACH, filled
from tests.docs.test_openapi import METHODS, described_routes

BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"
pytestmark = pytest.mark.usefixtures("records")


@pytest.fixture
def client() -> Client:
    return Client(headers={"host": HOST}, raise_request_exception=False, enforce_csrf_checks=True)


def code_of(response: Any) -> str:
    body = json.loads(response.content)
    assert set(body) == {"error", "code", "message", "details"}
    assert body["error"] is True
    assert body["message"]
    return str(body["code"])


def test_every_route_refuses_the_methods_it_has_not_and_names_those_it_has(
    api: Api, world: World
) -> None:
    methods: dict[str, set[str]] = {}
    for (method, template), _ in described_routes():
        methods.setdefault(template, set()).add(method.upper())
    for template, allowed in methods.items():
        (method, *_) = sorted(allowed)
        path = filled(ONE_OF_EACH[method, template].path, world)
        for other in {*map(str.upper, METHODS), "TRACE"} - allowed:
            for content_type in ("application/json", "text/plain"):
                answer = api.send(other, path, raw=b"x", content_type=content_type)
                assert (answer.status, answer.code) == (405, "method_not_allowed"), (other, path)
                found = set(answer.headers["Allow"].split(", "))
                assert found - {"HEAD", "OPTIONS"} == allowed
                assert "/" in answer.body["message"]


@pytest.mark.parametrize(
    "path", ["/health", "/ws-status", "/metrics", "/api/schema/", "/api/docs/"]
)
def test_what_is_only_read_refuses_everything_else(client: Client, path: str) -> None:
    for method in ("GET", "HEAD"):
        assert client.generic(method, path).status_code == 200
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
        answer = client.generic(method, path)
        assert (answer.status_code, code_of(answer)) == (405, "method_not_allowed"), method
        assert answer.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/", "/projects/"])
def test_a_page_answers_head(client: Client, path: str) -> None:
    answer = client.head(path)
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("headers", [{"accept": "text/html"}, {"accept": "image/png"}, {}])
def test_the_api_answers_in_json_whatever_is_asked_for(client: Client, headers: Any) -> None:
    for path in ("/api/projects", "/api/projects?format=xml"):
        answer = client.get(path, headers=headers)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize("accept", ["*/*", "application/json", ""])
@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/sessions/ses_none/", 404, "not_found"),
        ("GET", "/static/none.js", 404, "not_found"),
        ("POST", "/nowhere", 404, "not_found"),
        ("GET", "/stop-all", 405, "method_not_allowed"),
        ("POST", "/stop-all", 403, "forbidden"),
    ],
)
def test_outside_the_api_a_program_gets_json_too(
    client: Client, accept: str, method: str, path: str, status: int, code: str
) -> None:
    answer = client.generic(method, path, headers={"accept": accept} if accept else {})
    assert (answer.status_code, code_of(answer)) == (status, code)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("GET", "/stop-all", 405), ("POST", "/stop-all", 403)],
)
@pytest.mark.parametrize("headers", [{"accept": BROWSER}, {"hx-request": "true", "accept": "*/*"}])
def test_a_browser_gets_a_page(
    client: Client, headers: Any, method: str, path: str, status: int
) -> None:
    answer = client.generic(method, path, headers=headers)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert b'role="alert"' in answer.content


def test_a_method_that_a_page_has_not_names_those_it_has(client: Client) -> None:
    assert client.get("/stop-all").headers["Allow"] == "POST"


@pytest.mark.parametrize("accept", ["application/json", BROWSER])
def test_a_bug_behind_a_page_has_an_id_that_is_in_the_log(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, accept: str
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("projects_app.pages.project_rows", broken)
    answer = client.get("/projects/", headers={"accept": accept})
    assert answer.status_code == 500
    said = answer.content.decode()
    assert "err_" in said
    error_id = "err_" + said.partition("err_")[2][:26]
    assert error_id in caplog.text
    assert "secret detail" not in said


def test_a_mistake_deep_in_a_list_is_named_by_its_place(api: Api, world: World) -> None:
    body = {"projectId": world["project"], "title": "One", "skillIds": ["fine", {}, 5]}
    answer = api.post("/tasks", body)
    assert (answer.status, answer.code) == (400, "validation_error")
    assert set(answer.body["details"]["skillIds"]) == {"1", "2"}


@contextmanager
def somebody_else_writes() -> Iterator[None]:
    """Another process holds the database for longer than anybody waits for it."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout=1")
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")
            connection.close()


def test_a_database_that_is_busy_says_when_to_try_again(api: Api, client: Client) -> None:
    project = api.post("/projects", {"name": "One", "workingDir": "/srv"}).body["id"]
    client.get("/projects/")  # the log's epoch is written when it is first asked for
    with somebody_else_writes():
        answer = api.post("/sessions", {"projectId": project})
        page = client.get("/projects/")
    assert (answer.status, answer.code) == (503, "database_busy")
    assert answer.headers["Retry-After"] == "1"
    assert page.status_code == 200  # readers wait for nobody
    assert not Session.objects.exists()


@pytest.mark.parametrize("path", ["/api/projects", "/projects/", "/nowhere", "/health"])
def test_a_body_that_is_too_large_is_refused_wherever_it_goes(client: Client, path: str) -> None:
    answer = client.generic("POST", path, b" " * (1024 * 1024 + 1))
    assert (answer.status_code, code_of(answer)) == (413, "payload_too_large")
