"""A server that asks for logins, seen from outside: people, programs, agents, secrets."""

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.server import RunningServer, wait_until

PASSWORD = "four words of nonsense"
ADMIN_LINK = re.compile(r"/welcome/[\w-]+/")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Reachable by others, as far as the machine is; the tests go on from each other's state."""
    folder = tmp_path_factory.mktemp("guarded")
    running = RunningServer(folder / "data", MAESTRO_AUTH="required", MAESTRO_HOST="0.0.0.0")
    running.start()
    yield running
    running.stop()


class Visitor:
    """A browser as far as it matters here: cookies, forms, redirects."""

    def __init__(self, server: RunningServer) -> None:
        self._url = server.url
        self.jar = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def get(self, path: str) -> tuple[str, str]:
        """The path where it ended, and the page."""
        return self._open(path, None)

    def send(self, path: str, **values: str) -> tuple[str, str]:
        _, page = self.get(path)
        (token,) = set(re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page))
        fields = urllib.parse.urlencode({**values, "csrfmiddlewaretoken": token})
        return self._open(path, fields.encode())

    def _open(self, path: str, body: bytes | None) -> tuple[str, str]:
        request = urllib.request.Request(self._url + path, body, {"Accept": "text/html"})
        try:
            with self._opener.open(request, timeout=30) as answer:
                return urllib.parse.urlsplit(answer.url).path, answer.read().decode()
        except urllib.error.HTTPError as error:
            return str(error.code), error.read().decode()

    @property
    def cookie(self) -> str:
        return "; ".join(f"{one.name}={one.value}" for one in self.jar)


@pytest.fixture(scope="module")
def admin(guarded: RunningServer) -> Visitor:
    """Made by the link that the server printed."""
    visitor = Visitor(guarded)
    (link,) = ADMIN_LINK.findall(guarded.log())
    at, page = visitor.send(link, username="ada", password1=PASSWORD, password2=PASSWORD)
    assert (at, "Log out ada" in page) == ("/", True)
    return visitor


@pytest.fixture(scope="module")
def token(guarded: RunningServer, admin: Visitor) -> str:
    said = guarded.manage("tokens", "create", "tests", "--level", "admin")
    assert said.returncode == 0, said.stderr
    return said.stdout.strip()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def status_of_socket(server: RunningServer, path: str, **headers: str) -> int:
    try:
        with connect(f"ws://127.0.0.1:{server.port}{path}", additional_headers=headers):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


def test_nobody_gets_in_without_logging_in(guarded: RunningServer, admin: Visitor) -> None:
    assert guarded.get("/api/projects").body["code"] == "unauthenticated"
    assert set(guarded.get("/health").body) == {
        "status", "timestamp", "uptime", "version", "storage", "database",
    }  # fmt: skip
    assert str(guarded.data_dir) not in str(guarded.get("/health").body)
    event = guarded.post("/api/sessions/ses_1/timeline", {"message": "x"})
    assert (event.status, event.body["code"]) == (401, "unauthenticated")
    assert Visitor(guarded).get("/projects/")[0] == "/login/"
    for path in ("/ws", "/", "/ws/terminal/ses_1"):
        assert status_of_socket(guarded, path) == 403


def test_the_link_is_gone_and_the_door_is_open(guarded: RunningServer, admin: Visitor) -> None:
    visitor = Visitor(guarded)
    assert visitor.get(ADMIN_LINK.findall(guarded.log())[0])[0] == "404"
    at, page = visitor.send("/login/", username="ada", password=PASSWORD, next="/projects/")
    assert (at, "Log out ada" in page) == ("/projects/", True)
    assert status_of_socket(guarded, "/ws/ui", Cookie=visitor.cookie) == 101
    assert "Site administration" in visitor.get("/admin/")[1]


def test_a_page_that_is_logged_out_is_told_by_its_socket(guarded: RunningServer) -> None:
    address = f"ws://127.0.0.1:{guarded.port}/ws/ui"
    with connect(address) as socket, pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


def test_agents_work_and_see_their_project_only(
    guarded: RunningServer, token: str, tmp_path: Path
) -> None:
    kept = tmp_path / "token"
    script = (
        f'printf %s "$MAESTRO_TOKEN" > {kept}; while [ ! -f {tmp_path}/go ]; do sleep 0.1; done'
    )
    work = {"name": "Ours", "workingDir": str(tmp_path)}
    project = guarded.post("/api/projects", work, **bearer(token)).body["id"]
    other = guarded.post("/api/projects", {**work, "name": "Theirs"}, **bearer(token)).body["id"]
    task = {"projectId": project, "title": "Work", "initialPrompt": script}
    task_id = guarded.post("/api/tasks", task, **bearer(token)).body["id"]
    spawn = {"projectId": project, "taskIds": [task_id], "agent": "shell", "strategy": "queue"}
    session = guarded.post("/api/sessions/spawn", spawn, **bearer(token)).body["sessionId"]
    wait_until(lambda: kept.exists() and bool(kept.read_text()), 60, guarded.log)
    own = bearer(kept.read_text())

    with connect(f"ws://127.0.0.1:{guarded.port}/ws", additional_headers=own) as socket:
        title = {"projectId": other, "title": "Not yours"}
        assert guarded.post("/api/tasks", title, **bearer(token)).status == 201
        said = guarded.post(f"/api/sessions/{session}/timeline", {"message": "mine"}, **own)
        assert said.status == 201
        received = json.loads(socket.recv(timeout=10))
    assert received["data"]["id"] == session
    assert guarded.get(f"/api/projects/{other}", **own).status == 403
    assert status_of_socket(guarded, "/ws/ui", **own) == 403

    (tmp_path / "go").touch()
    path = f"/api/sessions/{session}"
    wait_until(lambda: guarded.get(path, **own).body["status"] == "completed", 60, guarded.log)


def test_the_command_line_takes_a_token(guarded: RunningServer, token: str) -> None:
    assert guarded.maestro("project", "list", "--json").returncode != 0
    said = guarded.maestro("project", "list", "--json", MAESTRO_TOKEN=token)
    assert said.returncode == 0, said.stderr
    assert "Ours" in said.stdout


HEADERS = {
    "content-security-policy": "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


@pytest.mark.parametrize(
    "path",
    ["/login/", "/static/css/base.css", "/static/nothing.css", "/nothing", "/api/x", "/health"],
)
def test_every_answer_protects_the_browser(guarded: RunningServer, path: str) -> None:
    request = urllib.request.Request(guarded.url + path)
    try:
        headers = urllib.request.urlopen(request, timeout=30).headers
    except urllib.error.HTTPError as error:
        headers = error.headers
    for name, words in HEADERS.items():
        assert words in headers.get(name, ""), name


def test_a_server_without_logins_is_for_this_machine_only(tmp_path: Path) -> None:
    beyond: tuple[dict[str, str], ...] = (
        {"MAESTRO_HOST": "0.0.0.0"},
        {"MAESTRO_HOST": "192.168.1.7"},
        {"MAESTRO_PUBLIC_URL": "https://maestro.example"},
        {"MAESTRO_HOST": "::", "MAESTRO_AUTH": "none"},
    )
    for settings in beyond:
        said = RunningServer(tmp_path / "data", **settings).manage("serve")
        assert said.returncode != 0
        assert "MAESTRO_AUTH=required" in said.stderr
    assert not (tmp_path / "data").exists()


def test_what_is_no_word_for_logins_starts_nothing(tmp_path: Path) -> None:
    said = RunningServer(tmp_path / "data", MAESTRO_AUTH="yes").manage("serve")
    assert "MAESTRO_AUTH is none or required, not yes." in said.stderr


def test_secrets_rest_nowhere(tmp_path: Path) -> None:
    """A spawn's own, a session's token, a program's, a password: given, used, and not kept."""
    server = RunningServer(tmp_path / "data", MAESTRO_AUTH="required").start()
    try:
        secrets = _used_secrets(server, tmp_path)
        assert all(len(secret) > 8 for secret in secrets)
        shown = "".join(_shown(server, secrets[0]))
    finally:
        server.stop()
    files = [path for path in tmp_path.rglob("*") if path.is_file() and "seen" not in path.parts]
    for name in (b"index.sqlite3", b"SOME_API_KEY"):  # what may rest is found
        assert any(name in path.name.encode() + path.read_bytes() for path in files)
    for secret in secrets:
        resting = [str(path) for path in files if secret.encode() in path.read_bytes()]
        assert resting == [], secret
        assert secret not in shown


def _used_secrets(server: RunningServer, folder: Path) -> list[str]:
    """A program's token, a session's token, a value of env, and a password."""
    seen = folder / "seen"
    seen.mkdir()
    (link,) = ADMIN_LINK.findall(server.log())
    visitor = Visitor(server)
    visitor.send(link, username="ada", password1=PASSWORD, password2=PASSWORD)
    visitor.send("/login/", username="ada", password=PASSWORD)
    token = server.manage("tokens", "create", "tests", "--level", "admin").stdout.strip()
    headers = bearer(token)
    script = f'printf %s "$MAESTRO_TOKEN" > {seen}/token; printf %s "$SOME_API_KEY" > {seen}/key'
    project = server.post("/api/projects", {"name": "P", "workingDir": str(seen)}, **headers)
    task = {"projectId": project.body["id"], "title": "T", "initialPrompt": script}
    task_id = server.post("/api/tasks", task, **headers).body["id"]
    spawn = {
        "projectId": project.body["id"],
        "taskIds": [task_id],
        "agent": "shell",
        "strategy": "queue",
        "env": {"SOME_API_KEY": "hush-hush-hush"},
    }
    again = {**headers, "Idempotency-Key": "once"}
    session = server.post("/api/sessions/spawn", spawn, **again).body["sessionId"]
    server.post("/api/sessions/spawn", spawn, **again)
    path = f"/api/sessions/{session}"
    wait_until(lambda: server.get(path, **headers).body["status"] == "completed", 60, server.log)
    assert (seen / "key").read_text() == "hush-hush-hush"
    return [token, (seen / "token").read_text(), "hush-hush-hush", PASSWORD]


def _shown(server: RunningServer, token: str) -> Iterator[str]:
    """Whatever the server tells: API, exports, the log of events, pages, the admin."""
    visitor = Visitor(server)
    visitor.send("/login/", username="ada", password=PASSWORD)
    sessions: Any = server.get("/api/sessions", **bearer(token)).body
    for path in ("/api/events", "/api/sessions", "/api/projects", "/api/tasks", "/api/launcher"):
        yield str(server.get(path, **bearer(token)).body)
    for session in sessions:
        yield str(server.get(f"/api/sessions/{session['id']}/export", **bearer(token)).body)
        yield str(server.get(f"/api/sessions/{session['id']}/summary", **bearer(token)).body)
        for view in ("timeline", "chart", "queue"):
            yield visitor.get(f"/sessions/{session['id']}/?view={view}")[1]
        yield visitor.get(f"/admin/sessions_app/session/{session['id']}/change/")[1]
    for path in ("/", "/projects/", "/admin/access_app/token/", "/admin/events_app/logentry/"):
        yield visitor.get(path)[1]
