"""`manage.py doctor`: it finds what a test plants, says what to do, and is content otherwise."""

import io
import json
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from pytest_django import Settings

from core.clock import now_ms
from core.files import exclusive_lock
from events_app.models import LogEntry
from storage_app import doctor as storage_doctor
from storage_app.quarantine import set_aside
from storage_app.tree import lock_path
from storage_app.writer import write_dirty
from tests.records import make_project
from tests.server import RunningServer, free_port


@dataclass
class Machine:
    """Where faults are planted; `until_over` undoes those that would outlive the test."""

    data_dir: Path
    settings: Settings
    patch: pytest.MonkeyPatch
    until_over: ExitStack


@pytest.fixture
def machine(
    index: None, data_dir: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Machine]:
    settings.MAESTRO_PORT = free_port()
    monkeypatch.delenv("MAESTRO_CHROMIUM", raising=False)
    data_dir.chmod(0o700)
    data_dir.with_name("data.key").touch(0o600)
    make_project()
    write_dirty()
    with ExitStack() as until_over:
        yield Machine(data_dir, settings, monkeypatch, until_over)


def said(*command: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit code, and what was found."""
    out, code = io.StringIO(), 0
    try:
        call_command(*command, "--json", stdout=out, stderr=io.StringIO())
    except CommandError as error:
        code = error.returncode
    return code, json.loads(out.getvalue())


def a_file_instead_of_the_directory(machine: Machine) -> None:
    machine.settings.MAESTRO_DATA_DIR = machine.data_dir.with_name("data.key")


def a_directory_that_others_may_change(machine: Machine) -> None:
    machine.data_dir.chmod(0o777)


def a_folder_that_takes_no_files(machine: Machine) -> None:
    (machine.data_dir / "queues").write_text("in the way")


def a_full_disk(machine: Machine) -> None:
    machine.patch.setattr(storage_doctor, "FREE_AT_LEAST", 2**62)


def a_large_write_ahead_log(machine: Machine) -> None:
    machine.patch.setattr(storage_doctor, "WAL_AT_MOST", -1)


def an_index_of_a_newer_version(machine: Machine) -> None:
    recorder = MigrationRecorder(connection)
    recorder.record_applied("tasks_app", "9999_from_the_future")
    machine.until_over.callback(recorder.record_unapplied, "tasks_app", "9999_from_the_future")


def a_file_that_is_gone(machine: Machine) -> None:
    next((machine.data_dir / "projects").iterdir()).unlink()


def a_file_set_aside(machine: Machine) -> None:
    path = machine.data_dir / "projects" / "broken.json"
    path.write_text("{")
    set_aside(path, "It is not JSON.")


def a_clock_that_was_set_back(machine: Machine) -> None:
    at = now_ms() + 3_600_000
    LogEntry.objects.create(at=at, type="project:created", payload={})


def a_temporary_folder_too_deep_for_sockets(machine: Machine) -> None:
    machine.patch.setattr(tempfile, "tempdir", f"/tmp/{'deep/' * 20}")


def a_server_that_hangs(machine: Machine) -> None:
    held = f"pid {os.getpid()}, http://127.0.0.1:{free_port()}"
    machine.until_over.enter_context(exclusive_lock(lock_path(), holder=held))


def a_port_taken_by_another_program(machine: Machine) -> None:
    other = machine.until_over.enter_context(socket.socket())
    other.bind(("127.0.0.1", machine.settings.MAESTRO_PORT))
    other.listen()


def a_key_that_others_can_read(machine: Machine) -> None:
    machine.data_dir.with_name("data.key").chmod(0o644)


def a_weak_secret(machine: Machine) -> None:
    machine.patch.setenv("MAESTRO_SECRET_KEY", "secret")


def an_open_door(machine: Machine) -> None:
    machine.settings.MAESTRO_HOST = "0.0.0.0"


def nobody_who_could_log_in(machine: Machine) -> None:
    machine.settings.MAESTRO_AUTH = "required"


def passwords_in_the_clear(machine: Machine) -> None:
    machine.settings.MAESTRO_AUTH = "required"
    machine.settings.MAESTRO_PUBLIC_URL = "http://maestro.example"


def agents_described_wrongly(machine: Machine) -> None:
    (machine.data_dir / "agents.toml").write_text("[agents")


def an_unknown_default_agent(machine: Machine) -> None:
    machine.settings.MAESTRO_AGENT = "nobody"


def an_untested_package(machine: Machine) -> None:
    machine.patch.setattr(metadata, "version", lambda name: "0.1")


def a_browser_that_is_not_there(machine: Machine) -> None:
    machine.patch.setenv("MAESTRO_CHROMIUM", "/nowhere/chromium")


FAULTS: tuple[tuple[Callable[[Machine], None], str, str], ...] = (
    (a_file_instead_of_the_directory, "data directory", "name another one"),
    (a_directory_that_others_may_change, "data directory", "chmod g-w,o-rwx"),
    (a_folder_that_takes_no_files, "queues/", "Make"),
    (a_full_disk, "disk", "Make room"),
    (a_large_write_ahead_log, "index", "restart the server"),
    (an_index_of_a_newer_version, "index", "Upgrade"),
    (a_file_that_is_gone, "files", "storage restore"),
    (a_file_set_aside, "quarantine/", "Repair it"),
    (a_clock_that_was_set_back, "clock", "timedatectl"),
    (a_temporary_folder_too_deep_for_sockets, "wake socket", "TMPDIR"),
    (a_server_that_hangs, "server", "stop that process"),
    (a_port_taken_by_another_program, "server", "MAESTRO_PORT"),
    (a_key_that_others_can_read, "secret key", "chmod 600"),
    (a_weak_secret, "secret key", "32 random characters"),
    (an_open_door, "logins", "MAESTRO_AUTH=required"),
    (nobody_who_could_log_in, "logins", "createsuperuser"),
    (passwords_in_the_clear, "https", "MAESTRO_PUBLIC_URL=https"),
    (agents_described_wrongly, "agents.toml", "Mend"),
    (an_unknown_default_agent, "MAESTRO_AGENT", "shell"),
    (an_untested_package, "packages", "Install them again"),
    (a_browser_that_is_not_there, "Chromium", "MAESTRO_CHROMIUM"),
)


@pytest.mark.parametrize(("plant", "about", "advice"), FAULTS, ids=[f[0].__name__ for f in FAULTS])
def test_the_doctor_finds(
    machine: Machine, plant: Callable[[Machine], None], about: str, advice: str
) -> None:
    plant(machine)
    code, found = said("doctor")
    wrong = [one for one in found if one["advice"] and one["about"].startswith(about)]
    assert code == 1
    assert any(advice in one["advice"] for one in wrong), found


def test_where_all_is_well_nothing_is_to_be_done(machine: Machine) -> None:
    code, found = said("doctor")
    assert [one for one in found if one["advice"]] == []
    assert code == 0


def test_the_doctor_of_the_storage_is_the_same(machine: Machine) -> None:
    a_file_set_aside(machine)
    assert said("storage", "doctor") == said("doctor")


def test_it_says_what_to_do_below_what_is_wrong(machine: Machine) -> None:
    a_key_that_others_can_read(machine)
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 thing is wrong"):
        call_command("doctor", stdout=out)
    lines = out.getvalue().splitlines()
    (number,) = (n for n, line in enumerate(lines) if line.startswith("! secret key: "))
    assert lines[number + 1] == f"    chmod 600 {machine.data_dir.with_name('data.key')}"


def test_a_broken_index_is_named_and_looking_makes_no_new_one(tmp_path: Path) -> None:
    server = RunningServer(tmp_path / "data")
    server.data_dir.mkdir()
    index = server.data_dir / "index.sqlite3"
    index.write_bytes(b"this is no database" * 100)
    answer = server.manage("doctor")
    assert answer.returncode == 1
    assert f"! index: {index}: file is not a database" in answer.stdout
    assert "made anew of the files" in answer.stdout
    assert "Traceback" not in answer.stderr
    index.unlink()
    assert "index: none yet" in server.manage("doctor").stdout
    assert not index.exists()


def test_beside_a_server_it_says_that_the_server_answers(server: RunningServer) -> None:
    found = {one["about"]: one for one in json.loads(server.manage("doctor", "--json").stdout)}
    assert found["server"]["said"] == f"pid {server.pid}, {server.url}: ok"
    assert found["server"]["advice"] == ""
