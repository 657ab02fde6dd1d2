"""Every route and every socket, asked by everybody who could: only what is allowed gets through.

The routes are those of the URL conf: one without a row in access.py fails.
"""

import asyncio
import re
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session as Login
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import Settings

from access_app import services
from access_app.rules import Level
from access_app.tokens import session_token
from conftest import HOST, Api, Clock
from core import json
from maestro_site import asgi
from tests.conformance.access import API, PAGES, Agents, Row
from tests.conformance.conftest import World
from tests.conformance.test_contract import filled

ALLOWED = "http://ui.example"
LEVELS = ("viewer", "operator", "admin")
Expected = tuple[int, str] | None  # None: it is let through
THROUGH: Expected = None
UNAUTHENTICATED = (401, "unauthenticated")
FORBIDDEN = (403, "forbidden")
LOGIN = (302, "login")
ADMINS = [
    Row("GET", f"/admin/{path}", Level.ADMIN)
    for path in (
        "",
        "password_change/",
        *(f"{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry),
    )
]
NO_ROUTE = Row("GET", "/api/nothing", Level.VIEWER, Agents.ALL)
ROWS = (*API, *PAGES, *ADMINS, NO_ROUTE)


@dataclass
class Asker:
    """Somebody who asks: headers, and a login's cookie."""

    headers: dict[str, str] = field(default_factory=dict)
    address: str = "127.0.0.1"
    login: User | None = None

    def __post_init__(self) -> None:
        self._client = Client(raise_request_exception=False)
        if self.login is not None:
            self._client.force_login(self.login)

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={one.value}" for name, one in self._client.cookies.items())

    def ask(self, row: Row, world: World) -> tuple[int, str]:
        """Status and code; of a redirect to the login page, LOGIN."""
        body = json.to_wire(filled(row.body or {}, world)) if row.method != "GET" else b""
        sent = {"host": HOST, "accept": "text/html" if row.is_page else "*/*", **self.headers}
        answer = self._client.generic(
            row.method,
            filled(row.path, world),
            body if not row.is_page else b"",
            "application/x-www-form-urlencoded" if row.is_page else "application/json",
            headers=sent,
            REMOTE_ADDR=self.address,
        )
        return seen(answer)


def seen(answer: Any) -> tuple[int, str]:
    if re.match(r"(/admin)?/login/\?next=", answer.headers.get("Location", "")):
        return LOGIN
    if answer.headers.get("Content-Type", "").startswith("application/json"):
        found = json.parse(answer.content)
        return answer.status_code, found.get("code", "") if isinstance(found, dict) else ""
    return answer.status_code, "forbidden" if answer.status_code == 403 else ""


def wrong(asker: Asker, rows: Any, world: World, expected: Any) -> list[str]:
    """The rows that answer otherwise than they should."""
    found = []
    for row in rows:
        wanted, got = expected(row), asker.ask(row, world)
        passed = got[0] not in (401, 403, 500) and got != LOGIN
        if not (passed if wanted is THROUGH else got == wanted):
            found.append(f"{row}: {got}, not {wanted or 'let through'}")
    return found


@pytest.fixture
def people(records: None) -> Iterator[dict[str, User]]:
    """One of each level, and one of none."""
    made = {name: User.objects.create_user(name) for name in (*LEVELS, "nobody")}
    for name in LEVELS:
        made[name].groups.add(Group.objects.get(name=name))
    yield made
    Login.objects.all().delete()
    User.objects.filter(pk__in=[user.pk for user in made.values()]).delete()


@pytest.fixture
def peopled(clock: Clock, api: Api, world: World) -> World:
    """With a session of another project, and one that ended more than a day ago."""

    def session(project: str) -> str:
        body = {"projectId": world[project], "name": project, "status": "idle"}
        return str(api.post("/sessions", body).body["id"])

    late, stranger = session("project"), session("full")
    api.post(f"/sessions/{late}/stop", {})
    clock.forward(s=25 * 3600)
    return {**world, "late": late, "stranger": stranger}


@pytest.fixture(params=["none", "required"])
def auth(request: pytest.FixtureRequest, settings: Settings) -> str:
    settings.MAESTRO_AUTH = request.param
    return str(request.param)


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


# People, and the pages that they look at


def test_a_person_at_this_machine_does_everything_and_logs_in_for_the_admin(
    peopled: World,
) -> None:
    assert wrong(Asker(), ROWS, peopled, lambda row: LOGIN if row in ADMINS else THROUGH) == []


def test_a_page_of_another_site_does_nothing(peopled: World, auth: str) -> None:
    refused = (403, "forbidden_origin")
    asker = Asker({"origin": "http://evil.example"})
    assert wrong(asker, ROWS, peopled, lambda _: refused) == []


def test_a_rebound_host_does_nothing(peopled: World, auth: str) -> None:
    refused = (403, "forbidden_host")
    assert wrong(Asker({"host": "evil.example"}), ROWS, peopled, lambda _: refused) == []


def test_an_allowed_origin_does_what_a_person_does(peopled: World, settings: Settings) -> None:
    settings.MAESTRO_ALLOWED_ORIGINS = [ALLOWED]
    asker = Asker({"origin": ALLOWED})
    assert wrong(asker, ROWS, peopled, lambda row: LOGIN if row in ADMINS else THROUGH) == []


def test_without_logins_another_machine_does_nothing(peopled: World) -> None:
    assert wrong(Asker(address="192.168.1.7"), ROWS, peopled, lambda _: FORBIDDEN) == []


def test_whoever_has_not_logged_in_sees_the_door_and_nothing_else(
    peopled: World, settings: Settings
) -> None:
    settings.MAESTRO_AUTH = "required"

    def expected(row: Row) -> Expected:
        if row.level is Level.NOBODY:
            return THROUGH
        return LOGIN if row.is_page else UNAUTHENTICATED

    for asker in (Asker(address="192.168.1.7"), Asker({"authorization": "Basic YTpi"})):
        assert wrong(asker, ROWS, peopled, expected) == []


@pytest.mark.parametrize("name", ["nobody", *LEVELS])
def test_each_level_does_what_it_may(
    peopled: World, people: dict[str, User], settings: Settings, name: str
) -> None:
    settings.MAESTRO_AUTH = "required"
    level = Level[name.upper()]
    rows = [row for row in ROWS if row.path != "/logout"]

    def expected(row: Row) -> Expected:
        return THROUGH if level >= row.level else FORBIDDEN

    assert wrong(Asker(login=people[name]), rows, peopled, expected) == []


# Programs


@pytest.mark.parametrize("name", LEVELS)
def test_a_token_does_what_its_level_may_and_opens_no_page(
    peopled: World, auth: str, people: dict[str, User], name: str
) -> None:
    level = Level[name.upper()]
    made = services.create_token(name="ci", level=level)

    def expected(row: Row) -> Expected:
        return THROUGH if level >= row.level and not row.is_page else FORBIDDEN

    # It has its own rights, whoever is logged in beside it.
    asker = Asker(bearer(made.secret), login=people["admin"] if auth == "required" else None)
    assert wrong(asker, ROWS, peopled, expected) == []


def test_a_token_for_one_project_reaches_no_other(peopled: World, auth: str, api: Api) -> None:
    made = services.create_token(name="ci", level=Level.ADMIN, project_id=peopled["empty"])
    for row in (row for row in API if "{" in str((row.path, row.body)) or row.method != "GET"):
        assert Asker(bearer(made.secret)).ask(row, peopled) == FORBIDDEN, row
    for path in ("/projects", "/tasks", "/sessions"):
        found = api.get(path, headers=bearer(made.secret)).body
        assert [one["id"] for one in found] == ([peopled["empty"]] if path == "/projects" else [])


def test_a_token_that_counts_no_more_does_nothing(peopled: World, auth: str, clock: Clock) -> None:
    expired = services.create_token(name="old", level=Level.ADMIN, days=1)
    clock.forward(s=24 * 3600)
    revoked = services.create_token(name="lost", level=Level.ADMIN)
    services.revoke_token(revoked.token.pk)
    forged = f"{services.create_token(name='x').secret[:-1]}!"
    for secret in (expired.secret, revoked.secret, forged):
        asker = Asker({**bearer(secret), "accept": "*/*"})
        assert wrong(asker, ROWS, peopled, lambda _: UNAUTHENTICATED) == []


# Agents


def test_a_sessions_own_token_does_what_is_its_own(peopled: World, auth: str) -> None:
    for row in ROWS:
        asker = Asker(bearer(session_token(peopled[row.session])))
        expected = THROUGH if row.agents is not Agents.NONE else FORBIDDEN
        assert wrong(asker, [row], peopled, lambda _, wanted=expected: wanted) == []


def test_another_sessions_token_of_the_project_only_reads(peopled: World, auth: str) -> None:
    asker = Asker(bearer(session_token(peopled["parent"])))

    def expected(row: Row) -> Expected:
        return THROUGH if row.agents in (Agents.ALL, Agents.PROJECT) else FORBIDDEN

    # An orchestrator edits the tasks of its project.
    rows = [row for row in ROWS if row.path not in ("/api/tasks/{first}", "/api/tasks/{free}")]
    assert wrong(asker, rows, peopled, expected) == []


def test_the_token_of_another_projects_session_does_nothing_here(peopled: World, auth: str) -> None:
    asker = Asker(bearer(session_token(peopled["stranger"])))

    def expected(row: Row) -> Expected:
        return THROUGH if row.agents is Agents.ALL else FORBIDDEN

    assert wrong(asker, ROWS, peopled, expected) == []


@pytest.mark.parametrize("name", ["late", "deleted"])
def test_a_day_after_its_session_a_token_does_nothing(peopled: World, auth: str, name: str) -> None:
    asker = Asker(bearer(session_token(peopled.get(name, "ses_none"))))
    assert wrong(asker, ROWS, peopled, lambda _: FORBIDDEN) == []


# Sockets


SOCKETS = ("/", "/ws", "/ws/ui", "/ws/terminal/{session}")
ACCEPTED = 101


async def opened(path: str, asker: Asker, cookie: str) -> int:
    """ACCEPTED, or the code that the connection was closed with."""
    headers = {"host": HOST, "cookie": cookie, **asker.headers}
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(dict(message))

    scope = {
        "type": "websocket",
        "path": path,
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": (asker.address, 5000),
        "query_string": b"",
    }
    await asgi._socket(scope, receive, send)
    closed = [message["code"] for message in sent if message["type"] == "websocket.close"]
    return closed[0] if closed else ACCEPTED


async def _accepts(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "websocket.accept"})


@pytest.fixture
def sockets(peopled: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the real router, with consumers that only accept."""
    assert set(asgi.SOCKETS) == set(SOCKETS[:-1])
    for path in asgi.SOCKETS:
        monkeypatch.setitem(asgi.SOCKETS, path, _accepts)
    monkeypatch.setattr(asgi, "terminal_socket", _accepts)
    return [filled(path, peopled) for path in SOCKETS]


@pytest.fixture
def askers(
    peopled: World, people: dict[str, User], settings: Settings, clock: Clock
) -> dict[str, Asker]:
    settings.MAESTRO_ALLOWED_ORIGINS = [ALLOWED]
    revoked = services.create_token(name="lost", level=Level.ADMIN)
    services.revoke_token(revoked.token.pk)
    viewer = services.create_token(name="ci", level=Level.VIEWER)
    return {
        "person": Asker(),
        "foreign": Asker({"origin": "http://evil.example"}),
        "allowed": Asker({"origin": ALLOWED}),
        "rebound": Asker({"host": "evil.example"}),
        "remote": Asker(address="192.168.1.7"),
        **{name: Asker(login=people[name]) for name in ("nobody", *LEVELS)},
        "token": Asker(bearer(viewer.secret)),
        "revoked": Asker(bearer(revoked.secret)),
        "session": Asker(bearer(session_token(peopled["session"]))),
        "late": Asker(bearer(session_token(peopled["late"]))),
    }


EVERYWHERE = {"foreign": 4403, "rebound": 4403, "revoked": 4401, "late": 4403}
BY_LOGIN = {
    "none": {"remote": 4403},
    "required": {"person": 4401, "allowed": 4401, "remote": 4401, "nobody": 4403},
}


def test_sockets_open_for_whom_routes_do(
    sockets: list[str], askers: dict[str, Asker], auth: str
) -> None:
    for path in sockets:
        for_people = {"token": 4403, "session": 4403} if path == "/ws/ui" else {}
        refused = {**EVERYWHERE, **BY_LOGIN[auth], **for_people}
        for name, asker in askers.items():
            found = asyncio.run(opened(path, asker, asker.cookie))
            assert found == refused.get(name, ACCEPTED), (path, name)


# The table itself


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    routes = list(_routes(get_resolver(), "/"))
    rows = [(row.method, re.sub(r"\{(\w+)\}", r"\1", row.path)) for row in (*API, *PAGES)]
    missing = [
        f"{method} {pattern.pattern}"
        for pattern, methods in routes
        for method in methods
        if not any(method in ("ANY", row[0]) and pattern.fullmatch(row[1]) for row in rows)
    ]
    assert missing == []
    lost = [row for row in rows if not any(pattern.fullmatch(row[1]) for pattern, _ in routes)]
    assert lost == []


METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def _routes(resolver: URLResolver, before: str) -> Iterator[tuple[re.Pattern[str], list[str]]]:
    for entry in resolver.url_patterns:
        path = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _routes(entry, path) if not path.startswith("/admin/") else ()
        elif isinstance(entry, URLPattern) and "^" not in path:
            view = getattr(entry.callback, "cls", None)
            methods = [name for name in METHODS if hasattr(view, name.lower())] or ["ANY"]
            yield re.compile(re.sub(r"<\w+:\w+>", "[^/]+", path)), methods
