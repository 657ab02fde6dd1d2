"""Other processes beside a running server: commands, sockets, and a second server."""

import json
from pathlib import Path

from websockets.sync.client import connect

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
    import pytest
    from websockets.exceptions import InvalidStatus

    for path in ("/ws", "/", "/ws/ui"):
        with pytest.raises(InvalidStatus) as refused:
            connect(f"ws://127.0.0.1:{server.port}{path}", origin="http://evil.example")
        assert refused.value.response.status_code == 403


def _until(socket: object, event_type: str) -> dict:
    while True:
        message = json.loads(socket.recv(timeout=10))  # type: ignore[attr-defined]
        if message["type"] == event_type:
            return dict(message)
