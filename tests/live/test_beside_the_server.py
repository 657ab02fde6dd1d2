"""Other processes beside a running server: commands, sockets, and a second server."""

import json
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.server import RunningServer


def test_a_command_beside_the_server_reaches_its_sockets(
    server: RunningServer, work_dir: Path
) -> None:
    project = server.post("/api/projects", {"name": "P", "workingDir": str(work_dir)}).body
    task = server.post("/api/tasks", {"projectId": project["id"], "title": "T"}).body

    with connect(f"ws://127.0.0.1:{server.port}/ws") as socket:
        said = server.manage(
            "spawn_session", "--project", project["id"], "--task", task["id"], "--json"
        )
        session = json.loads(said.stdout)
        received = _until(socket, "session:spawn")

    assert received["data"]["session"]["id"] == session["id"]
    assert received["data"]["_isSpawnCreated"] is True
    assert server.session(session["id"])["status"] == "spawning"


def test_spawning_without_a_server_waits_for_the_next_one(
    server: RunningServer, work_dir: Path
) -> None:
    project = server.post("/api/projects", {"name": "P", "workingDir": str(work_dir)}).body
    task = {"projectId": project["id"], "title": "T", "initialPrompt": "echo hello > out"}
    task_id = server.post("/api/tasks", task).body["id"]
    server.stop()

    said = server.manage(
        "spawn_session", "--project", project["id"], "--task", task_id, "--agent", "shell"
    )
    assert "next `manage.py serve` starts it" in said.stdout, said.stderr
    session_id = said.stdout.split()[0]
    assert (server.data_dir / "sessions" / f"{session_id}.json").exists()

    server.start()
    assert server.wait_for_end(session_id)["status"] == "completed"
    assert (work_dir / "out").read_text() == "hello\n"


def test_a_second_server_refuses_and_names_the_first(server: RunningServer) -> None:
    second = server.manage("serve", "--port", "1")

    assert second.returncode != 0
    assert f"{server.url}" in second.stderr


def test_the_command_line_finds_the_server_by_the_data_directory(server: RunningServer) -> None:
    said = server.maestro("status", "--json", MAESTRO_SERVER_URL="")

    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["success"] is True


def test_a_socket_from_a_foreign_page_is_refused(server: RunningServer) -> None:
    for path in ("/ws", "/", "/ws/ui"):
        with pytest.raises(InvalidStatus) as refused:
            connect(f"ws://127.0.0.1:{server.port}{path}", origin=Origin("http://evil.example"))
        assert refused.value.response.status_code == 403


def test_a_silent_watcher_gets_whole_sessions_however_long(
    server: RunningServer, work_dir: Path
) -> None:
    project = server.post("/api/projects", {"name": "P", "workingDir": str(work_dir)}).body
    session = server.post("/api/sessions", {"projectId": project["id"], "name": "S"}).body
    path = f"/api/sessions/{session['id']}/timeline"
    server.post(path, [{"message": f"event {n} {'x' * 200}"} for n in range(500)])

    with connect(f"ws://127.0.0.1:{server.port}/ws", max_size=None) as socket:
        server.post(path, {"message": "the last"})
        received = _until(socket, "session:updated")

    assert len(received["data"]["timeline"]) == 502
    assert received["data"]["timeline"][-1]["message"] == "the last"


def test_a_burst_reaches_a_delta_watcher_in_order_and_once(
    server: RunningServer, work_dir: Path
) -> None:
    project = server.post("/api/projects", {"name": "P", "workingDir": str(work_dir)}).body
    session = server.post("/api/sessions", {"projectId": project["id"], "name": "S"}).body
    path = f"/api/sessions/{session['id']}/timeline"

    with connect(f"ws://127.0.0.1:{server.port}/ws") as socket:
        socket.send(json.dumps({"type": "subscribe", "format": "delta"}))
        subscribed = _until(socket, "subscribed")
        for number in range(100):
            server.post(path, {"message": str(number)})
        seen: list[str] = []
        while len(seen) < 100:
            message = json.loads(socket.recv(timeout=10))
            assert message["type"] == "session:timeline"
            seen += [event["message"] for event in message["data"]["events"]]

    assert seen == [str(number) for number in range(100)]
    with connect(f"ws://127.0.0.1:{server.port}/ws") as socket:
        again = {"type": "subscribe", "format": "delta", "after": subscribed["seq"]}
        socket.send(json.dumps(again))
        _until(socket, "subscribed")
        replayed = [json.loads(socket.recv(timeout=10)) for _ in range(100)]
    assert [m["data"]["events"][0]["message"] for m in replayed] == seen


def _until(socket: ClientConnection, event_type: str) -> dict[str, Any]:
    while True:
        message = json.loads(socket.recv(timeout=10))
        if message["type"] == event_type:
            return dict(message)
