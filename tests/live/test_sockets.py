"""What programs hear on /ws, and what they may say, against one real server."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.server import RunningServer, wait_until

Message = dict[str, Any]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    running = RunningServer(tmp_path_factory.mktemp("sockets") / "data").start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def project_id(server: RunningServer) -> str:
    body = {"name": "Trial", "workingDir": str(server.data_dir.parent)}
    return str(server.post("/api/projects", body).body["id"])


@contextmanager
def watching(server: RunningServer, **said: Any) -> Iterator[ClientConnection]:
    """A client that has said this; without words, one that stays silent."""
    with connect(f"ws://127.0.0.1:{server.port}/ws", max_size=None) as socket:
        if said:
            socket.send(json.dumps({"type": "subscribe", **said}))
            assert next_of(socket)["type"] == "subscribed"
        yield socket


def next_of(socket: ClientConnection) -> Message:
    return dict(json.loads(socket.recv(timeout=20)))


def until(socket: ClientConnection, is_it: Callable[[Message], bool]) -> list[Message]:
    """All messages up to the first that is the one."""
    found = [next_of(socket)]
    while not is_it(found[-1]):
        found.append(next_of(socket))
    return found


def make_session(server: RunningServer, project_id: str, name: str = "One", **more: Any) -> str:
    body = {"projectId": project_id, "name": name, "status": "working", **more}
    made = server.post("/api/sessions", body)
    assert made.status == 201, made
    return str(made.body["id"])


def spawn(server: RunningServer, project_id: str, parent_id: str) -> str:
    task = server.post("/api/tasks", {"projectId": project_id, "title": "T"}).body
    body = {
        "projectId": project_id,
        "taskIds": [task["id"]],
        "sessionId": parent_id,
        "spawnSource": "session",
    }
    made = server.post("/api/sessions/spawn", body)
    assert made.status == 201, made
    session_id = str(made.body["sessionId"])
    server.patch(f"/api/sessions/{session_id}", {"status": "working"})
    return session_id


def append(server: RunningServer, session_id: str, *texts: str) -> None:
    events = [{"message": text} for text in texts]
    assert server.post(f"/api/sessions/{session_id}/timeline", events).status == 201


def texts_of(messages: list[Message]) -> list[str]:
    deltas = [message for message in messages if message["type"] == "session:timeline"]
    return [event["message"] for delta in deltas for event in delta["data"]["events"]]


def test_a_tree_is_heard_with_what_is_spawned_in_it_later(
    server: RunningServer, project_id: str
) -> None:
    root, other = make_session(server, project_id), make_session(server, project_id)
    child = spawn(server, project_id, root)
    with watching(server, tree=root, format="delta") as socket:
        grandchild = spawn(server, project_id, child)
        for session_id in (other, root, child, grandchild):
            append(server, session_id, f"from {session_id}")
        heard = until(socket, lambda one: texts_of([one]) == [f"from {grandchild}"])
    said = texts_of(heard)
    assert [text for text in said if text.startswith("from ")] == [
        f"from {session_id}" for session_id in (root, child, grandchild)
    ]
    spawned = [one["data"]["session"]["id"] for one in heard if one["type"] == "session:spawn"]
    assert spawned == [grandchild]


def test_what_was_answered_before_a_client_came_is_not_news_to_it(
    server: RunningServer, project_id: str
) -> None:
    for number in range(20):
        server.patch(f"/api/projects/{project_id}", {"description": f"before {number}"})
        with watching(server) as socket:
            server.patch(f"/api/projects/{project_id}", {"description": "after"})
            assert next_of(socket)["data"]["description"] == "after"


def test_only_who_subscribes_hears_names_that_the_seed_does_not_have(
    server: RunningServer, project_id: str
) -> None:
    with watching(server) as silent, watching(server, format="full") as subscribed:
        for paused in (True, False):
            server.patch("/api/launcher", {"paused": paused})
        server.patch(f"/api/projects/{project_id}", {"description": "the last"})
        names = {
            client: [one["type"] for one in until(client, _is_project_update)]
            for client in (silent, subscribed)
        }
    assert "launcher:updated" not in names[silent]
    assert names[subscribed].count("launcher:updated") == 2


def _is_project_update(message: Message) -> bool:
    return bool(message["type"] == "project:updated")


def test_a_silent_client_gets_a_busy_session_at_most_ten_times_a_second_and_at_last_whole(
    server: RunningServer, project_id: str
) -> None:
    session_id = make_session(server, project_id)
    with watching(server) as socket:
        started = time.monotonic()
        for number in range(60):
            append(server, session_id, f"event {number}")
        heard = until(socket, lambda one: _last_text(one) == "event 59")
        took_s = time.monotonic() - started
    updates = [one for one in heard if one["type"] == "session:updated"]
    assert len(updates) <= took_s / 0.1 + 1


def _last_text(message: Message) -> str:
    timeline = message["data"].get("timeline") or [{"message": ""}]
    return str(timeline[-1]["message"])


def test_whole_sessions_never_run_ahead_of_what_else_happened(
    server: RunningServer, project_id: str
) -> None:
    """Wherever a client leaves and comes back with its last seq, it gets what it has not seen."""
    sessions = [make_session(server, project_id, name) for name in ("One", "Two")]
    with watching(server) as socket:
        for number in range(20):
            append(server, sessions[number % 2], f"event {number}")
            server.patch(f"/api/projects/{project_id}", {"description": f"change {number}"})
        heard = until(socket, lambda one: one["data"].get("description") == "change 19")
    seqs = [one["seq"] for one in heard]
    assert seqs == sorted(set(seqs))
    for left_at in seqs[:-1:5]:
        with watching(server, after=left_at) as socket:
            again = until(socket, lambda one: one["data"].get("description") == "change 19")
        after = [one for one in heard if one["seq"] > left_at]
        assert [_change(one) for one in again if _change(one)] == [
            _change(one) for one in after if _change(one)
        ]
        assert set(_newest(after, sessions)) <= set(_newest(again, sessions))


def _change(message: Message) -> str | None:
    return str(message["data"]["description"]) if _is_project_update(message) else None


def _newest(messages: list[Message], session_ids: list[str]) -> list[str]:
    """The last event of each session, of those that were heard of at all."""
    whole = {one["data"]["id"]: one for one in messages if one["type"] == "session:updated"}
    return [_last_text(whole[session_id]) for session_id in session_ids if session_id in whole]


def test_whole_sessions_are_replayed_at_once(server: RunningServer, project_id: str) -> None:
    session_id = make_session(server, project_id)
    with watching(server, format="delta") as socket:
        append(server, session_id, "one")
        before = next_of(socket)["seq"]
        append(server, session_id, "two")
        next_of(socket)
        socket.send(json.dumps({"type": "subscribe", "after": before, "sessionIds": [session_id]}))
        assert next_of(socket)["type"] == "subscribed"
        replayed = next_of(socket)
    assert (replayed["type"], _last_text(replayed)) == ("session:updated", "two")


def test_a_new_subscription_goes_on_where_the_old_one_was(
    server: RunningServer, project_id: str
) -> None:
    session_id = make_session(server, project_id)
    with watching(server, sessionIds=[session_id], format="delta") as socket:
        heard: list[Message] = []
        for number in range(30):
            append(server, session_id, f"event {number}")
            socket.send(json.dumps({"type": "subscribe", "format": "delta"}))
        heard = until(socket, lambda one: texts_of([one]) == ["event 29"])
    assert texts_of(heard) == [f"event {number}" for number in range(30)]


def test_a_cursor_of_another_epoch_or_beyond_the_log_is_told_to_start_anew(
    server: RunningServer, project_id: str
) -> None:
    for said in ({"after": 1, "epoch": "epo_old"}, {"after": 10**12}, {"after": -3}):
        with watching(server, **said) as socket:
            resync = next_of(socket)
            assert resync["type"] == "resync"
            server.patch(f"/api/projects/{project_id}", {"description": f"after {said}"})
            assert next_of(socket)["seq"] == resync["seq"] + 1


def test_what_a_client_says_is_answered_and_mistakes_do_not_end_the_connection(
    server: RunningServer, project_id: str
) -> None:
    with watching(server) as socket:
        for text, code in (
            ("{", "invalid_json"),
            ("[" * 50_000, "invalid_json"),
            ("7", "unknown_message"),
            ('{"type": "shout"}', "unknown_message"),
            ('{"type": "subscribe", "format": "short"}', "validation_error"),
            ('{"type": "subscribe", "tree": 7}', "validation_error"),
        ):
            socket.send(text)
            answer = next_of(socket)
            assert (answer["type"], answer["code"]) == ("error", code), text[:50]
            assert answer["message"]
        socket.send(b"\x00\xff")
        assert next_of(socket)["code"] == "invalid_json"
        socket.send('{"type": "unsubscribe"}')
        assert next_of(socket) == {"type": "unsubscribed"}
        server.patch(f"/api/projects/{project_id}", {"description": "unheard"})
        socket.send('{"type": "ping"}')
        assert next_of(socket)["type"] == "pong"


def test_a_frame_over_64_kib_is_refused(server: RunningServer) -> None:
    with watching(server) as socket:
        socket.send(json.dumps({"type": "ping", "fill": "x" * 65_000}))
        assert next_of(socket)["type"] == "pong"
        socket.send(json.dumps({"type": "ping", "fill": "x" * 66_000}))
        with pytest.raises(ConnectionClosed):
            next_of(socket)


def test_a_stopping_server_says_come_back_to_all_and_misses_nothing_on_return(
    tmp_path: Path,
) -> None:
    server = RunningServer(tmp_path / "data").start()
    try:
        body = {"name": "P", "workingDir": str(tmp_path)}
        project_id = server.post("/api/projects", body).body["id"]
        with ExitStack() as clients:
            sockets = [
                clients.enter_context(connect(f"ws://127.0.0.1:{server.port}{path}"))
                for path in ("/ws", "/ws/ui")
            ]
            server.stop()
            assert [_close_code(socket) for socket in sockets] == [4012, 4012]
        server.manage("shell", "-c", _rename(project_id))
        server.start()
        with watching(server, after=1) as socket:
            assert next_of(socket)["data"]["name"] == "while it was away"
    finally:
        server.stop()


def _close_code(socket: ClientConnection) -> int:
    with pytest.raises(ConnectionClosed):
        list(socket)
    assert socket.close_code is not None
    return socket.close_code


def _rename(project_id: str) -> str:
    return (
        "from projects_app.services import update_project; "
        f"update_project('{project_id}', name='while it was away')"
    )


def test_the_status_counts_clients_and_messages(server: RunningServer, project_id: str) -> None:
    with watching(server) as socket:
        server.patch(f"/api/projects/{project_id}", {"description": "counted"})
        until(socket, lambda one: one["data"].get("description") == "counted")
        wait_until(
            lambda: (
                server.get("/ws-status").body["messagesPerSecond"].get("project:updated", 0) > 0
            ),
            5,
        )
        assert server.get("/ws-status").body["connectedClients"] == 1
    wait_until(lambda: server.get("/ws-status").body["connectedClients"] == 0, 5)
