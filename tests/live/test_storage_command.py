"""`manage.py storage` beside a running server, in both directions."""

import json
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.server import RunningServer, wait_until


def create(server: RunningServer, name: str) -> dict[str, Any]:
    return dict(server.post("/api/projects", {"name": name, "workingDir": "/srv"}).body)


def test_check_and_export_work_beside_it(server: RunningServer, tmp_path: Path) -> None:
    project = create(server, "One")
    checked = server.manage("storage", "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    exported = server.manage("storage", "export", str(tmp_path / "out"))
    assert exported.returncode == 0, exported.stderr
    copy = tmp_path / "out" / "projects" / f"{project['id']}.json"
    original = server.data_dir / "projects" / f"{project['id']}.json"
    wait_until(original.exists, 10)
    assert copy.read_bytes() == original.read_bytes()


def test_what_is_imported_reaches_its_sockets_and_files(
    server: RunningServer, tmp_path: Path
) -> None:
    folder = tmp_path / "other" / "projects"
    folder.mkdir(parents=True)
    (folder / "proj_1.json").write_text(json.dumps({"id": "proj_1", "name": "From elsewhere"}))
    with connect(f"ws://127.0.0.1:{server.port}/ws") as socket:
        said = server.manage("storage", "import", str(tmp_path / "other"))
        assert said.returncode == 0, said.stderr
        news = json.loads(socket.recv(timeout=10))
    assert (news["type"], news["data"]["name"]) == ("project:created", "From elsewhere")
    wait_until((server.data_dir / "projects" / "proj_1.json").exists, 10)
    assert server.get("/api/projects/proj_1").status == 200


def test_rebuild_and_restore_name_the_server_and_leave_it_alone(server: RunningServer) -> None:
    for action in ("rebuild", "restore"):
        said = server.manage("storage", action)
        assert said.returncode != 0
        assert server.url in said.stderr
    assert create(server, "Goes on")["name"] == "Goes on"


def test_exports_before_and_after_the_index_is_deleted_are_the_same_bytes(
    server: RunningServer, tmp_path: Path
) -> None:
    project = create(server, "One")
    for number in range(5):
        body = {"projectId": project["id"], "name": f"S{number}"}
        session = server.post("/api/sessions", body).body
        events = [{"message": f"event {n}"} for n in range(20)]
        server.post(f"/api/sessions/{session['id']}/timeline", events)
    server.stop()
    assert server.manage("storage", "export", str(tmp_path / "before")).returncode == 0
    for path in server.data_dir.glob("index.sqlite3*"):
        path.unlink()
    without = server.manage("storage", "check")
    assert without.returncode != 0
    assert "storage rebuild" in without.stderr
    server.start()
    assert server.manage("storage", "export", str(tmp_path / "after")).returncode == 0
    assert tree(tmp_path / "before") == tree(tmp_path / "after")
    assert len(tree(tmp_path / "after")) == 6


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.json")}


def test_an_edit_made_while_stopped_is_replayed_to_a_socket_that_comes_back(
    server: RunningServer,
) -> None:
    project = create(server, "Before")
    url = f"ws://127.0.0.1:{server.port}/ws"
    with connect(url) as socket:
        socket.send(json.dumps({"type": "subscribe"}))
        seen = _until(socket, "subscribed")
    server.stop()
    path = server.data_dir / "projects" / f"{project['id']}.json"
    path.write_text(path.read_text().replace("Before", "After"))
    server.start()
    with connect(url) as socket:
        again = {"type": "subscribe", "after": seen["seq"], "epoch": seen["epoch"]}
        socket.send(json.dumps(again))
        assert _until(socket, "subscribed")["epoch"] == seen["epoch"]
        news = json.loads(socket.recv(timeout=10))
    assert (news["type"], news["data"]["name"]) == ("project:updated", "After")


def _until(socket: ClientConnection, message_type: str) -> dict[str, Any]:
    """What happened a moment before the connection may still come first."""
    while True:
        message = json.loads(socket.recv(timeout=10))
        if message["type"] == message_type:
            return dict(message)
