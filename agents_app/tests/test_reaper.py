"""A session's status changes by evidence only; each piece of it is made here as it would be found.

No process runs: a host is a file and a lock, an exit is a file, another boot is another id.
"""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_django import Settings

from access_app.actors import AGENT, USER
from agents_app import hosts, launcher
from agents_app.host_spec import (
    EXIT_FILE,
    HOST_FILE,
    LOCK_FILE,
    Exit,
    HostInfo,
    boot_id,
    write_json,
)
from agents_app.launcher import Launcher
from agents_app.models import Launch, LaunchState
from conftest import Clock
from core.clock import now_ms
from sessions_app.documents import stale
from sessions_app.ending import end_session
from sessions_app.models import Session
from sessions_app.rules import Status
from sessions_app.services import SessionPatch, patch_session
from storage_app.tree import session_folder
from tests.records import make_session, make_tasks, status_of, timeline_of

pytestmark = pytest.mark.usefixtures("records")
SILENT_S = 3600


@pytest.fixture(autouse=True)
def no_agents_here(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MAESTRO_MAX_AGENTS = 0  # nothing is started
    monkeypatch.setattr(launcher, "GONE_AFTER_S", 0.0)


def spawned(state: LaunchState | None, status: Status = Status.WORKING) -> Session:
    session = make_session(make_tasks("One"), status=status)
    if state is not None:
        Launch.objects.create(session=session, state=state, created_at=now_ms())
    return session


def leave_host(session: Session, *, boot: str = "") -> Path:
    folder = session_folder(session.pk)
    folder.mkdir(parents=True)
    info = HostInfo(
        session_id=session.pk,
        host_pid=os.getpid(),
        agent_pid=2**22 + 1,
        agent_start=1,
        started_at=now_ms(),
        boot_id=boot or boot_id(),
        socket=str(folder / "none.sock"),
        argv=("agent",),
    )
    write_json(folder / HOST_FILE, info.as_json())
    return folder


def leave_exit(session: Session, code: int) -> None:
    folder = leave_host(session)
    write_json(folder / EXIT_FILE, Exit(code, None, now_ms(), ()).as_json())


@contextmanager
def living_host(session: Session) -> Iterator[None]:
    """It holds the lock, as a host does for as long as it lives."""
    path = leave_host(session) / LOCK_FILE
    with open(path, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def look() -> None:
    """One round of a server that has just begun."""
    beginning = Launcher()
    beginning._find_hosts()
    beginning._look()


def end_of(session: Session) -> tuple[dict[str, Any], dict[str, Any]]:
    error, stopped = timeline_of(session.pk)[-2:]
    assert (error["type"], stopped["type"]) == ("error", "session_stopped")
    moved = session.transitions.get(body__to="failed").body
    return error, moved


def test_after_a_restart_of_the_machine_what_ran_has_failed_and_says_why() -> None:
    session = spawned(LaunchState.RUNNING)
    leave_host(session, boot="the boot before")
    look()
    assert status_of(session.pk) is Status.FAILED
    error, moved = end_of(session)
    assert error["metadata"] == {"level": "error", "evidence": "reboot"}
    assert moved["why"] == error["message"] == "The machine was restarted while the agent ran"
    assert moved["by"] == "reaper"
    assert Launch.objects.get().state == LaunchState.ENDED


def test_a_host_that_was_killed_is_noticed() -> None:
    session = spawned(LaunchState.RUNNING)
    leave_host(session)
    look()
    assert status_of(session.pk) is Status.FAILED
    error, moved = end_of(session)
    assert error["metadata"]["evidence"] == "host_gone"
    assert moved["by"] == "reaper"


def test_a_host_that_is_missing_for_a_moment_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(launcher, "GONE_AFTER_S", 3600.0)
    session = spawned(LaunchState.RUNNING)
    leave_host(session)
    look()
    assert status_of(session.pk) is Status.WORKING
    assert Launch.objects.get().state == LaunchState.RUNNING


def test_it_is_waited_for_once_and_not_anew_at_every_look(monkeypatch: pytest.MonkeyPatch) -> None:
    session = spawned(LaunchState.RUNNING)
    leave_host(session)
    monkeypatch.setattr(launcher, "GONE_AFTER_S", 2.0)
    running = Launcher()
    for at_s, status in ((0.0, Status.WORKING), (1.0, Status.WORKING), (2.0, Status.FAILED)):
        monkeypatch.setattr(launcher, "time", SimpleNamespace(monotonic=lambda now=at_s: now))
        running._look()
        assert status_of(session.pk) is status


def test_an_exit_code_that_was_left_while_no_server_ran_counts() -> None:
    session = spawned(LaunchState.RUNNING)
    leave_exit(session, 3)
    look()
    error, moved = end_of(session)
    assert (error["metadata"]["evidence"], error["metadata"]["exitCode"]) == ("exit", 3)
    assert moved["by"] == "launcher"


@pytest.mark.parametrize("status", [Status.SPAWNING, Status.IDLE, Status.WORKING])
def test_silence_ends_nothing_while_the_host_lives(clock: Clock, status: Status) -> None:
    session = spawned(LaunchState.RUNNING, status)
    with living_host(session):
        clock.forward(s=SILENT_S)
        look()
    assert status_of(session.pk) is status
    assert bool(stale(Session.objects.get(), now_ms())) is (status is not Status.SPAWNING)


def test_without_an_agent_here_a_session_that_registered_is_only_stale(clock: Clock) -> None:
    session = spawned(LaunchState.EXTERNAL, Status.IDLE)
    clock.forward(s=SILENT_S)
    look()
    assert status_of(session.pk) is Status.IDLE


def test_nobody_registered_within_the_time(clock: Clock) -> None:
    session = spawned(LaunchState.EXTERNAL, Status.SPAWNING)
    running = Launcher()
    clock.forward(s=59)
    running._look()
    assert status_of(session.pk) is Status.SPAWNING
    clock.forward(s=2)
    running._look()
    error, moved = end_of(session)
    assert error["metadata"]["evidence"] == "registration_timeout"
    assert moved["by"] == "reaper"


def test_while_no_server_ran_nobody_could_register(clock: Clock) -> None:
    session = spawned(LaunchState.EXTERNAL, Status.SPAWNING)
    clock.forward(s=SILENT_S)
    running = Launcher()
    running._look()
    assert status_of(session.pk) is Status.SPAWNING
    clock.forward(s=61)
    running._look()
    assert status_of(session.pk) is Status.FAILED


@pytest.mark.parametrize("state", [LaunchState.WAITING, None], ids=["in the line", "from a file"])
def test_what_waits_or_was_taken_in_never_times_out(
    clock: Clock, state: LaunchState | None
) -> None:
    session = spawned(state, Status.SPAWNING)
    running = Launcher()
    clock.forward(s=SILENT_S)
    running._look()
    assert status_of(session.pk) is Status.SPAWNING


def test_what_was_being_started_when_the_server_died_is_not_started_twice() -> None:
    begun, not_begun = (spawned(LaunchState.STARTING, Status.SPAWNING) for _ in range(2))
    leave_host(begun)
    Launcher()._find_hosts()
    states = {launch.session_id: launch.state for launch in Launch.objects.all()}
    assert states == {begun.pk: LaunchState.RUNNING, not_begun.pk: LaunchState.WAITING}


def test_a_lost_index_finds_its_hosts_again() -> None:
    session = spawned(None)
    with living_host(session):
        look()
    assert Launch.objects.get().state == LaunchState.RUNNING
    assert status_of(session.pk) is Status.WORKING


def test_a_lost_index_and_a_restart_of_the_machine() -> None:
    session = spawned(None)
    leave_host(session, boot="the boot before")
    look()
    assert end_of(session)[0]["metadata"]["evidence"] == "reboot"


def test_of_another_machines_session_nothing_is_known_here() -> None:
    session = spawned(None)
    Session.objects.update(hostname=f"not-{socket.gethostname()}")
    leave_host(session, boot="a boot of that machine")
    look()
    assert status_of(session.pk) is Status.WORKING


def test_a_restarted_server_changes_nothing_of_what_goes_on(clock: Clock) -> None:
    session = spawned(LaunchState.RUNNING)
    before = timeline_of(session.pk)
    with living_host(session):
        for _ in range(3):
            clock.forward(s=SILENT_S)
            look()
    assert status_of(session.pk) is Status.WORKING
    assert timeline_of(session.pk) == before


def test_what_has_ended_is_left_as_it_is() -> None:
    session = spawned(LaunchState.RUNNING)
    end_session(session.pk, Status.COMPLETED, by=AGENT)
    before = timeline_of(session.pk)
    leave_host(session, boot="the boot before")
    look()
    assert status_of(session.pk) is Status.COMPLETED
    assert timeline_of(session.pk) == before


def test_what_goes_wrong_with_one_session_leaves_the_others_looked_after(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = spawned(LaunchState.RUNNING), spawned(LaunchState.RUNNING)
    leave_exit(first, 1)
    leave_exit(second, 1)
    found = hosts.read_exit

    def broken(folder: Path) -> Exit | None:
        if folder.name == first.pk:
            raise ZeroDivisionError
        return found(folder)

    monkeypatch.setattr(hosts, "read_exit", broken)
    look()
    assert status_of(first.pk) is Status.WORKING
    assert status_of(second.pk) is Status.FAILED
    assert first.pk in caplog.text


def test_a_person_ends_what_no_evidence_ends() -> None:
    session = spawned(LaunchState.EXTERNAL, Status.IDLE)
    patch_session(session.pk, SessionPatch(status="stopped"), by=USER)
    assert status_of(session.pk) is Status.STOPPED
