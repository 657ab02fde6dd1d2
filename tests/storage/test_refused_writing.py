"""A disk that is full or read-only, for real: a small file system of its own under the server."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.server import RunningServer, wait_until


def run(*words: str) -> str:
    """What went wrong, or nothing."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        return str(error)
    return done.stderr if done.returncode else ""


class Disk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filling = folder / "filling"

    def fill(self) -> None:
        """To the last byte."""
        with open(self._filling, "ab", buffering=0) as file:
            for size in (65536, 4096, 512, 1):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    continue

    def make_room(self) -> None:
        self._filling.unlink()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    folder = tmp_path / "disk"
    folder.mkdir()
    error = run("mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder))
    if error:
        pytest.skip(f"this machine mounts nothing: {error}")
    yield Disk(folder)
    run("umount", "-l", str(folder))


@pytest.fixture
def on_disk(disk: Disk) -> Iterator[RunningServer]:
    server = RunningServer(disk.folder / "data")
    server.log_path = disk.folder.parent / "server.log"
    yield server.start()
    server.stop()


def names(server: RunningServer) -> list[str]:
    return sorted(one["name"] for one in server.get("/api/projects").body)


def create(server: RunningServer, name: str) -> Any:
    return server.post("/api/projects", {"name": name, "workingDir": "/srv"})


def files_are_whole(server: RunningServer) -> bool:
    found = [json.loads(path.read_bytes()) for path in server.data_dir.glob("projects/*.json")]
    return sorted(one["name"] for one in found) == names(server)


def refused(server: RunningServer) -> Callable[[], bool]:
    """Asks for changes until one is refused, and checks that those before it were taken."""
    taken = names(server)

    def is_refused() -> bool:
        answer = create(server, f"P{len(taken)}")
        if answer.status == 201:
            taken.append(answer.body["name"])
            return False
        assert (answer.status, answer.body["code"]) == (507, "storage_unavailable"), answer
        assert answer.body["details"]["path"]
        assert names(server) == sorted(taken)
        return True

    return is_refused


def takes_changes_again(server: RunningServer) -> bool:
    return bool(create(server, "Afterwards").status == 201)


def test_on_a_full_disk_changes_are_refused_until_there_is_room(
    on_disk: RunningServer, disk: Disk
) -> None:
    assert create(on_disk, "Before").status == 201
    wait_until(lambda: files_are_whole(on_disk), 10)
    disk.fill()
    wait_until(refused(on_disk), 20, on_disk.log)
    assert on_disk.get("/api/projects").status == 200
    disk.make_room()
    wait_until(lambda: takes_changes_again(on_disk), 20, on_disk.log)
    wait_until(lambda: files_are_whole(on_disk), 10, on_disk.log)
    assert on_disk.get("/health").status == 200
    assert not list(on_disk.data_dir.rglob("*.tmp"))


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    for words in (["--bind", str(folder)], ["-o", "remount,bind,ro"]):
        error = run("mount", *words, str(folder))
        if error:
            run("umount", "-l", str(folder))
            pytest.skip(f"this machine makes no folder read-only: {error}")
    try:
        yield
    finally:
        run("umount", "-l", str(folder))


def test_a_whole_disk_made_read_only_refuses_changes_and_still_answers(
    on_disk: RunningServer,
) -> None:
    """The index is open already and could go on: the first file tells."""
    assert create(on_disk, "Before").status == 201
    wait_until(lambda: files_are_whole(on_disk), 10)
    with read_only(on_disk.data_dir):
        wait_until(refused(on_disk), 20, on_disk.log)
        health = on_disk.get("/health")
        assert health.status == 503
        assert "Read-only" in health.body["storage"]["problem"]
        assert "Before" in names(on_disk)
    wait_until(lambda: takes_changes_again(on_disk), 20, on_disk.log)
    wait_until(lambda: files_are_whole(on_disk), 10, on_disk.log)
    assert on_disk.get("/health").status == 200


def test_a_server_that_cannot_write_its_folder_says_so_and_does_not_start(disk: Disk) -> None:
    server = RunningServer(disk.folder / "data")
    server.data_dir.mkdir()
    with read_only(server.data_dir):
        said = server.manage("serve")
    assert said.returncode != 0
    assert "Traceback" not in said.stderr
    assert f"Read-only file system: '{server.data_dir}/server.lock'" in said.stderr


@pytest.mark.parametrize("action", ["check", "doctor"])
def test_a_command_that_cannot_open_the_index_says_so(on_disk: RunningServer, action: str) -> None:
    create(on_disk, "Before")
    on_disk.stop()
    with read_only(on_disk.data_dir):
        said = on_disk.manage("storage", action)
    assert said.returncode != 0
    assert "Traceback" not in said.stderr
    assert str(on_disk.data_dir) in said.stderr


def test_a_folder_made_read_only_refuses_all_changes_by_name(on_disk: RunningServer) -> None:
    """The database could go on: only the files tell."""
    folder = on_disk.data_dir / "projects"
    assert create(on_disk, "Before").status == 201
    wait_until(lambda: files_are_whole(on_disk), 10)
    with read_only(folder):
        wait_until(refused(on_disk), 20, on_disk.log)
        health = on_disk.get("/health")
        assert health.status == 503
        assert str(folder) in health.body["storage"]["problem"]
        assert "Read-only" in health.body["storage"]["problem"]
    wait_until(lambda: takes_changes_again(on_disk), 20, on_disk.log)
    wait_until(lambda: files_are_whole(on_disk), 10, on_disk.log)
    assert on_disk.get("/health").status == 200
