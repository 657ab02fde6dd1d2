"""What the dashboard's pages are sent on /ws/ui, and that every way of writing reaches them."""

import json
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.server import RunningServer

Message = dict[str, Any]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    running = RunningServer(tmp_path_factory.mktemp("pages") / "data").start()
    yield running
    running.stop()


@pytest.fixture
def project_id(server: RunningServer, work_dir: Path) -> str:
    body = {"name": "Trial", "workingDir": str(work_dir)}
    return str(server.post("/api/projects", body).body["id"])


@contextmanager
def page(
    server: RunningServer, *topics: str, after: int | None = None
) -> Iterator[tuple[ClientConnection, Message]]:
    """A page that shows these; with it, what it was greeted with."""
    with connect(f"ws://127.0.0.1:{server.port}/ws/ui", max_size=None) as socket:
        hello = next_of(socket)
        socket.send(json.dumps({"show": topics, "after": hello["seq"] if after is None else after}))
        yield socket, hello


def next_of(socket: ClientConnection) -> Message:
    return dict(json.loads(socket.recv(timeout=20)))


def until_shown(socket: ClientConnection, text: str) -> list[Message]:
    found = [next_of(socket)]
    while text not in found[-1].get("html", ""):
        found.append(next_of(socket))
    return found


def newest_seq(server: RunningServer) -> int:
    return int(server.get("/ws-status").body["seq"])


def test_a_page_is_greeted_and_then_sent_what_changed_as_fragments(
    server: RunningServer, project_id: str
) -> None:
    with page(server, "projects") as (socket, hello):
        assert (hello["type"], bool(hello["epoch"])) == ("hello", True)
        server.patch(f"/api/projects/{project_id}", {"name": "Renamed"})
        shown = until_shown(socket, "Renamed")[-1]
    assert (shown["type"], shown["topic"]) == ("html", "projects")
    assert shown["seq"] > hello["seq"]
    assert re.match(r'<\w+ [^>]*\bid="projects"', shown["html"])


def test_a_burst_of_changes_is_a_few_frames_of_which_the_last_is_right(
    server: RunningServer, project_id: str
) -> None:
    with page(server, "projects") as (socket, _):
        for number in range(40):
            server.patch(f"/api/projects/{project_id}", {"name": f"Name {number} end"})
        frames = until_shown(socket, "Name 39 end")
    seqs = [frame["seq"] for frame in frames]
    assert seqs == sorted(set(seqs))
    assert len(frames) <= 20


def test_a_page_that_comes_back_is_shown_what_happened_since_its_last_seq(
    server: RunningServer, project_id: str
) -> None:
    left_at = newest_seq(server)
    server.patch(f"/api/projects/{project_id}", {"name": "While it was away"})
    with page(server, "projects", after=left_at) as (socket, _):
        assert "While it was away" in next_of(socket)["html"]


def test_a_page_that_comes_back_to_another_server_is_shown_what_is_there(tmp_path: Path) -> None:
    server = RunningServer(tmp_path / "data").start()
    try:
        body = {"name": "Before", "workingDir": str(tmp_path)}
        project_id = server.post("/api/projects", body).body["id"]
        with page(server, "projects") as (_, hello):
            server.patch(f"/api/projects/{project_id}", {"name": "After"})
            server.kill()
        server.start()
        with page(server, "projects", after=hello["seq"]) as (socket, again):
            assert again["epoch"] == hello["epoch"]
            assert "After" in next_of(socket)["html"]
    finally:
        server.stop()


def test_beyond_the_logs_reach_a_page_is_told_to_read_its_content_anew(tmp_path: Path) -> None:
    server = RunningServer(tmp_path / "data").start()
    try:
        body = {"name": "Before", "workingDir": str(tmp_path)}
        project_id = server.post("/api/projects", body).body["id"]
        for number in range(5):
            server.patch(f"/api/projects/{project_id}", {"name": f"Name {number}"})
        server.stop()
        with sqlite3.connect(server.data_dir / "index.sqlite3") as database:
            database.execute("DELETE FROM events_app_logentry WHERE seq < 5")
        server.start()
        with page(server, "projects", after=2) as (socket, hello):
            assert next_of(socket) == {"type": "resync", "seq": hello["seq"]}
            server.patch(f"/api/projects/{project_id}", {"name": "And it goes on"})
            until_shown(socket, "And it goes on")
    finally:
        server.stop()


def test_what_is_no_message_of_a_page_is_answered_and_the_connection_stays(
    server: RunningServer, project_id: str
) -> None:
    with page(server, "projects") as (socket, _):
        for text in ("{", "[" * 50_000, '{"show": "projects"}', '{"show": ["nothing"]}'):
            socket.send(text)
            assert next_of(socket)["type"] == "error", text[:50]
        server.patch(f"/api/projects/{project_id}", {"name": "Still there"})
        until_shown(socket, "Still there")


ADMIN = """
from django.test.utils import setup_test_environment
from tests.admin_pages import opened
setup_test_environment()
with opened() as pages:
    pages.change("projects_app/project/{id}/change/", name="By the admin")
"""
COMMAND = """
from projects_app.services import update_project
update_project("{id}", name="By a command")
"""


@pytest.mark.parametrize("writer", ["By the admin", "By a command", "By maestro"])
def test_whatever_writes_reaches_programs_and_pages(
    server: RunningServer, project_id: str, writer: str
) -> None:
    with (
        page(server, "projects") as (shown, _),
        connect(f"ws://127.0.0.1:{server.port}/ws") as program,
    ):
        if writer == "By maestro":
            said = server.maestro("project", "create", writer, "--dir", "/tmp")
        else:
            code = (ADMIN if writer == "By the admin" else COMMAND).replace("{id}", project_id)
            said = server.manage("shell", "-c", code)
        assert said.returncode == 0, said.stderr
        while next_of(program)["data"].get("name") != writer:
            pass
        until_shown(shown, writer)


def test_a_chart_is_drawn_once_however_many_look(server: RunningServer, project_id: str) -> None:
    """All pages of one kind are sent the very same frames, with the seq they were drawn at."""
    pages = 6
    with connect_many(server, pages) as sockets:
        for socket in sockets:
            socket.send(json.dumps({"show": ["projects"], "after": newest_seq(server)}))
        server.patch(f"/api/projects/{project_id}", {"name": f"Drawn {os.getpid()}"})
        frames = [until_shown(socket, f"Drawn {os.getpid()}")[-1] for socket in sockets]
    assert len({json.dumps(frame) for frame in frames}) == 1


@contextmanager
def connect_many(server: RunningServer, count: int) -> Iterator[list[ClientConnection]]:
    sockets = [connect(f"ws://127.0.0.1:{server.port}/ws/ui").__enter__() for _ in range(count)]
    try:
        for socket in sockets:
            next_of(socket)
        yield sockets
    finally:
        for socket in sockets:
            socket.close()
