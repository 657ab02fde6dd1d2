"""Files edited in an editor while a server runs: everybody who watches sees it, and once."""

import json
import os
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.server import RunningServer, wait_until


def a_session(server: RunningServer, work_dir: Path) -> str:
    project = server.post("/api/projects", {"name": "P", "workingDir": str(work_dir)}).body
    session = server.post("/api/sessions", {"projectId": project["id"], "name": "Before"}).body
    return str(session["id"])


def file_of(server: RunningServer, session_id: str) -> Path:
    path = server.data_dir / "sessions" / f"{session_id}.json"
    wait_until(path.exists, 10)
    return path


def received(socket: ClientConnection) -> list[dict[str, Any]]:
    """All messages until it is quiet."""
    found = []
    try:
        while True:
            found.append(json.loads(socket.recv(timeout=1.5)))
    except TimeoutError:
        return found


def test_two_watchers_see_an_edit_once(server: RunningServer, work_dir: Path) -> None:
    session_id = a_session(server, work_dir)
    path = file_of(server, session_id)
    url = f"ws://127.0.0.1:{server.port}/ws"
    with connect(url) as one, connect(url) as two:
        received(one)
        received(two)
        edited = path.with_name(".edited")
        edited.write_text(path.read_text().replace("Before", "After"))
        edited.rename(path)
        for socket in (one, two):
            (news,) = received(socket)
            assert (news["type"], news["data"]["name"]) == ("session:updated", "After")
    assert server.session(session_id)["name"] == "After"


def test_a_project_folder_of_tasks_that_is_new_is_watched_too(
    server: RunningServer, work_dir: Path
) -> None:
    folder = server.data_dir / "tasks" / "proj_1"
    folder.mkdir(parents=True)
    path = folder / "task_1.json"
    path.write_text(json.dumps({"id": "task_1", "projectId": "proj_1", "title": "One"}))
    wait_until(lambda: server.get("/api/tasks/task_1").status == 200, 10)
    path.write_text(path.read_text().replace("One", "Two"))
    wait_until(lambda: server.get("/api/tasks/task_1").body["title"] == "Two", 10)
    path.unlink()
    wait_until(lambda: server.get("/api/tasks/task_1").status == 404, 10)


def test_under_load_nothing_of_maestros_own_is_taken_for_an_edit(
    server: RunningServer, work_dir: Path
) -> None:
    sessions = [a_session(server, work_dir) for _ in range(4)]

    def append(number: int) -> int:
        path = f"/api/sessions/{sessions[number % 4]}/timeline"
        return server.post(path, {"message": f"event {number}"}).status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(append, range(400))) == {201}
    wait_until(lambda: all(_is_whole(server, session_id) for session_id in sessions), 20)
    assert "took in" not in server.log()
    assert not (server.data_dir / "quarantine").exists()


def _is_whole(server: RunningServer, session_id: str) -> bool:
    document = json.loads(file_of(server, session_id).read_text())
    return len(document["timeline"]) == len(server.session(session_id)["timeline"]) == 101


def test_a_broken_edit_is_set_aside_and_shown(server: RunningServer, work_dir: Path) -> None:
    path = file_of(server, a_session(server, work_dir))
    before = path.read_bytes()
    path.write_bytes(before[:40])
    wait_until(lambda: server.get("/health").body["quarantine"]["count"] == 1, 10)
    assert str(path) in server.get("/health").body["quarantine"]["newest"]
    wait_until(lambda: path.exists() and path.read_bytes() == before, 10)


def test_while_too_many_files_are_gone_no_record_is_removed_and_everybody_is_told(
    server: RunningServer, tmp_path: Path
) -> None:
    project = server.post("/api/projects", {"name": "P", "workingDir": "/srv"}).body
    tasks = [
        server.post("/api/tasks", {"projectId": project["id"], "title": f"T{n}"}).body["id"]
        for n in range(30)
    ]
    paths = [server.data_dir / "tasks" / f"{task_id}.json" for task_id in tasks]
    wait_until(lambda: all(path.exists() for path in paths), 10)
    for path in paths:
        path.rename(tmp_path / path.name)
    wait_until(lambda: "30 of 31 files" in str(missing(server)), 10, server.log)
    with urllib.request.urlopen(f"{server.url}/", timeout=30) as answer:
        assert "So many files are gone that no record is removed" in answer.read().decode()
    assert "30 of 31 files are gone" in server.log()
    assert len(server.get(f"/api/tasks?projectId={project['id']}").body) == 30

    edit_name(server.data_dir / "projects" / f"{project['id']}.json", "Edited meanwhile")
    wait_until(
        lambda: server.get(f"/api/projects/{project['id']}").body["name"] == "Edited meanwhile", 10
    )
    for path in paths:
        (tmp_path / path.name).rename(path)
    wait_until(lambda: missing(server) is None, 10)
    assert len(server.get(f"/api/tasks?projectId={project['id']}").body) == 30


def missing(server: RunningServer) -> str | None:
    said: str | None = server.get("/health").body["storage"]["missing"]
    return said


def edit_name(path: Path, name: str) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), "name": name}))


def test_an_agent_whose_sessions_file_is_removed_is_stopped(
    server: RunningServer, work_dir: Path
) -> None:
    session_id = server.spawn_shell({"Sleep": "sleep 600"}, work_dir)
    agent = running_agent(server, session_id)
    path = file_of(server, session_id)
    # A file that is about to be written would come back.
    wait_until(lambda: '"working"' in path.read_text(), 10)
    wait_until(lambda: server.manage("storage", "check").returncode == 0, 20)
    path.unlink()
    wait_until(lambda: server.get(f"/api/sessions/{session_id}").status == 404, 10)
    wait_until(lambda: not is_alive(agent), 20)


def test_an_agent_whose_sessions_file_was_removed_while_no_server_ran_is_stopped(
    server: RunningServer, work_dir: Path
) -> None:
    """Even when the index went too, and nothing but its folder is left."""
    session_id = server.spawn_shell({"Sleep": "sleep 600"}, work_dir)
    agent = running_agent(server, session_id)
    server.stop()
    assert is_alive(agent)
    for path in (file_of(server, session_id), *server.data_dir.glob("index.sqlite3*")):
        path.unlink()
    server.start()
    wait_until(lambda: not is_alive(agent), 20)


def running_agent(server: RunningServer, session_id: str) -> int:
    wait_until(lambda: server.session(session_id)["status"] == "working", 20)
    host = json.loads((server.data_dir / "sessions" / session_id / "host.json").read_text())
    return int(host["agentPid"])


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
