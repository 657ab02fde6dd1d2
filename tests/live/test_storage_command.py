"""`manage.py storage` beside a running server, in both directions."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from bench.storage_size import session
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


def test_documents_come_back_byte_for_byte_without_their_index(
    server: RunningServer, tmp_path: Path
) -> None:
    check_come_back(server, tmp_path, 60)


@pytest.mark.soak
def test_a_thousand_sessions_come_back_byte_for_byte_without_their_index(
    server: RunningServer, tmp_path: Path
) -> None:
    check_come_back(server, tmp_path, 1000)


def check_come_back(server: RunningServer, tmp_path: Path, count: int) -> None:
    """Most in the words of another server, which are kept until something changes."""
    project = create(server, "Ours")
    for number in range(count):
        document = session(f"ses_{number:04d}", events=5)
        (server.data_dir / "sessions" / f"{document['id']}.json").write_text(json.dumps(document))
    server.stop()
    server.start(within_s=120)
    for number in range(0, count, 20):
        event = {"message": "one more"}
        assert server.post(f"/api/sessions/ses_{number:04d}/timeline", event).status == 201
    for number in range(5):
        body = {"projectId": project["id"], "name": f"S{number}"}
        assert server.post("/api/sessions", body).status == 201
    server.stop()
    export(server, tmp_path / "before")
    for path in server.data_dir.glob("index.sqlite3*"):
        path.unlink()
    without = server.manage("storage", "check")
    assert without.returncode != 0
    assert "storage rebuild" in without.stderr
    server.start(within_s=120)
    assert len(server.get("/api/sessions").body) == count + 5
    export(server, tmp_path / "after")
    before, after = tree(tmp_path / "before"), tree(tmp_path / "after")
    assert len(after) == len(before) == count + 6
    assert [name for name in before if after.get(name) != before[name]] == []
    assert server.manage("storage", "check", within_s=120).returncode == 0


def export(server: RunningServer, folder: Path) -> None:
    said = server.manage("storage", "export", str(folder), within_s=120)
    assert said.returncode == 0, said.stderr


def test_an_export_of_a_busy_server_is_of_one_moment(server: RunningServer, tmp_path: Path) -> None:
    """A claim changes queue, session and task together: each export has all of it or nothing."""
    project = create(server, "Busy")
    sessions = [a_queue(server, project["id"], tasks=60) for _ in range(2)]
    over = threading.Event()
    workers = [threading.Thread(target=work_off, args=(server, one, over)) for one in sessions]
    for worker in workers:
        worker.start()
    try:
        for number in range(2):
            export(server, tmp_path / f"moment{number}")
    finally:
        over.set()
        for worker in workers:
            worker.join()
    ended = [check_one_moment(tmp_path / f"moment{number}") for number in range(2)]
    assert ended == sorted(ended)
    assert ended[0] < ended[-1], "nothing happened while it exported"


def a_queue(server: RunningServer, project_id: str, tasks: int) -> str:
    ids = [
        server.post("/api/tasks", {"projectId": project_id, "title": f"T{n}"}).body["id"]
        for n in range(tasks)
    ]
    body = {"projectId": project_id, "taskIds": ids, "strategy": "queue", "spawnSource": "ui"}
    return str(server.post("/api/sessions/spawn", body).body["sessionId"])


def work_off(server: RunningServer, session_id: str, over: threading.Event) -> None:
    path = f"/api/sessions/{session_id}/queue"
    while not over.is_set():
        if server.post(f"{path}/next", {}).body.get("item") is None:
            return
        server.post(f"{path}/complete", {})


def check_one_moment(folder: Path) -> int:
    """How many items had ended in all, when every document says the same of each."""
    said = {name.partition("/")[2]: json.loads(content) for name, content in tree(folder).items()}
    ended = 0
    for queue in (one for name, one in said.items() if name.startswith("que_")):
        session_id = queue["sessionId"]
        timeline = said[f"{session_id}.json"]["timeline"]
        for status, event, on_task in (
            ("completed", "task_completed", "completed"),
            ("processing", "task_started", "working"),
        ):
            items = {item["taskId"] for item in queue["items"] if item["status"] == status}
            events = {entry["taskId"] for entry in timeline if entry["type"] == event}
            tasks = {
                item["taskId"]
                for item in queue["items"]
                if said[f"{item['taskId']}.json"]["taskSessionStatuses"][session_id] == on_task
            }
            assert items == tasks
            assert items <= events
            assert status == "processing" or items == events
            ended += len(items) if status == "completed" else 0
    return ended
