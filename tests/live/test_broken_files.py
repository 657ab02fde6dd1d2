"""Files that nobody can read, in every folder: the server starts without them and says so."""

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.server import RunningServer, wait_until

GOOD: dict[str, dict[str, Any]] = {
    "projects": {"id": "proj_1", "name": "Good", "workingDir": "/srv"},
    "tasks": {"id": "task_1", "projectId": "proj_1", "title": "Good"},
    "sessions": {"id": "sess_1", "projectId": "proj_1", "name": "Good", "taskIds": ["task_1"]},
    "queues": {"id": "que_sess_1", "sessionId": "sess_1", "items": [{"taskId": "task_1"}]},
}
MIB = 2**20
BROKEN: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "truncated": lambda good: json.dumps({**good, "id": "truncated"}).encode()[:-20],
    "empty": lambda good: b"",
    "binary": lambda good: bytes(range(256)) * 16,
    "nested": lambda good: b"[" * 100_000,
    "list": lambda good: json.dumps([good]).encode(),
    "wrong_shape": lambda good: json.dumps({name: {"a": [1]} for name in good}).encode(),
    "other_kind": lambda good: b'{"package": "maestro", "version": "1.0"}',
    "outside": lambda good: json.dumps({**good, "id": "../../x", "sessionId": "../x"}).encode(),
    "numbers": lambda good: json.dumps({**good, "id": 5, "sessionId": 7}).encode(),
    "nan": lambda good: b'{"id": NaN, "createdAt": 1e999}',
}
NOT_OURS = {"README.md": b"# mine", ".hidden.json": b"{", "notes.txt": b"x", "a.json.bak": b"{"}


def put(folder: Path, good: dict[str, Any]) -> None:
    folder.mkdir(parents=True)
    (folder / "good.json").write_text(json.dumps(good))
    break_files(folder, good)
    for name, content in NOT_OURS.items():
        (folder / name).write_bytes(content)
    (folder / "folder.json").mkdir()
    (folder / "nowhere.json").symlink_to("/nonexistent")


def break_files(folder: Path, good: dict[str, Any]) -> None:
    for name, content in BROKEN.items():
        (folder / f"{name}.json").write_bytes(content(good))


def broken_names() -> list[str]:
    return [f"{folder}/{name}.json" for folder in GOOD for name in BROKEN]


@pytest.fixture
def broken(tmp_path: Path) -> RunningServer:
    """Stopped, on a tree with one good and many broken files in every folder."""
    for name, good in GOOD.items():
        put(tmp_path / "data" / name, good)
    with open(tmp_path / "data" / "sessions" / "large.json", "wb") as file:
        file.write(b'{"id": "large", "name": "')
        for _ in range(50):
            file.write(b"x" * MIB)
    return RunningServer(tmp_path / "data")


def test_a_server_starts_on_broken_files_says_which_and_serves_the_rest(
    broken: RunningServer,
) -> None:
    names = [*broken_names(), "sessions/large.json"]
    broken.start()
    try:
        check_said(broken, names)
        check_serves(broken)
    finally:
        broken.stop()
    for folder in GOOD:
        for name, content in NOT_OURS.items():
            assert (broken.data_dir / folder / name).read_bytes() == content


def check_said(server: RunningServer, names: list[str]) -> None:
    """By the log, by /health, on the page, by the doctor; and nothing was deleted."""
    health = server.get("/health")
    assert (health.status, health.body["quarantine"]["count"]) == (200, len(names))
    assert str(server.data_dir) in health.body["quarantine"]["newest"]
    log, doctor = server.log(), server.manage("storage", "doctor").stdout
    for name in names:
        assert f"{server.data_dir / name} was set aside as" in log
        assert f"{server.data_dir / name}: " in doctor
        assert not (server.data_dir / name).exists()
    with urllib.request.urlopen(f"{server.url}/", timeout=30) as answer:
        assert f"{len(names)} files were set aside." in answer.read().decode()
    aside = server.data_dir / "quarantine"
    assert len(list(aside.glob("*.unreadable"))) == len(list(aside.glob("*.reason"))) == len(names)
    assert max(path.stat().st_size for path in aside.iterdir()) > 50 * MIB


def check_serves(server: RunningServer) -> None:
    assert server.get("/api/tasks/task_1").body["title"] == "Good"
    claim = server.post("/api/sessions/sess_1/queue/next", {})
    assert (claim.status, claim.body["item"]["taskId"]) == (200, "task_1")
    made = server.post("/api/projects", {"name": "New", "workingDir": "/srv"})
    assert made.status == 201
    wait_until((server.data_dir / "projects" / f"{made.body['id']}.json").exists, 10)
    wait_until(lambda: server.manage("storage", "check").returncode == 0, 20, server.log)


def test_broken_files_that_come_while_it_runs_are_set_aside_too(server: RunningServer) -> None:
    for folder, good in GOOD.items():
        (server.data_dir / folder / "good.json").write_text(json.dumps(good))
        break_files(server.data_dir / folder, good)
    names = broken_names()
    wait_until(lambda: aside(server) == len(names), 20, server.log)
    assert all(not (server.data_dir / name).exists() for name in names)
    wait_until(lambda: server.get("/api/sessions/sess_1/queue").status == 200, 10, server.log)
    check_serves(server)


def aside(server: RunningServer) -> int:
    return int(server.get("/health").body["quarantine"]["count"])
