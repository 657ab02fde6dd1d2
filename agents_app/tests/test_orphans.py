"""Agents whose host was killed: the server finds them and ends them, and nobody else."""

import os
import signal
import subprocess

import pytest

from agents_app import hosts, process_tree
from agents_app.orphans import STEP_S, Orphans
from agents_app.tests.hosted import Session, is_running, needs_proc, pids_in, wait_for

pytestmark = needs_proc

DEAF = "trap '' HUP INT TERM; echo $$ >>pids; while :; do sleep 1; done"


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock_s() -> Clock:
    return Clock()


def kill_host(info: hosts.HostInfo) -> None:
    os.kill(info.host_pid, signal.SIGKILL)
    wait_for(lambda: not is_running(info.host_pid))


def end_all(orphans: Orphans, session: Session, clock_s: Clock) -> int:
    """How many signals it took."""
    for count in range(1, 10):
        if orphans.end(session.folder):
            return count - 1
        wait_for_the_dying(session)
        clock_s.now_s += STEP_S
    raise AssertionError("it lives on")


def wait_for_the_dying(session: Session) -> None:
    """A signal that kills takes a moment."""
    for _ in range(20):
        if not hosts.orphans(session.folder):
            return
        subprocess.run(["sleep", "0.05"], check=True)


def test_an_agent_that_ignores_the_hangup_is_ended_step_by_step(
    session: Session, clock_s: Clock
) -> None:
    info = session.start("sh", "-c", DEAF)
    pids_in(session.data_dir / "pids", 1)
    kill_host(info)
    orphans = Orphans(clock_s)

    assert hosts.find(session.folder) is None
    assert not orphans.end(session.folder)
    assert not orphans.end(session.folder)
    assert is_running(info.agent_pid)
    clock_s.now_s += STEP_S
    assert not orphans.end(session.folder)
    assert is_running(info.agent_pid)

    clock_s.now_s += STEP_S
    end_all(orphans, session, clock_s)
    assert not is_running(info.agent_pid)


def test_an_agent_that_heeds_the_interrupt_needs_no_more(session: Session, clock_s: Clock) -> None:
    script = "trap '' HUP; trap 'echo saved >saved; exit' INT; echo $$ >>pids; sleep 600 & wait"
    info = session.start("sh", "-c", script)
    pids_in(session.data_dir / "pids", 1)
    kill_host(info)

    end_all(Orphans(clock_s), session, clock_s)

    assert (session.data_dir / "saved").read_text() == "saved\n"


def test_what_went_into_a_session_of_its_own_is_found_by_its_environment(
    session: Session, clock_s: Clock
) -> None:
    env = {"PATH": os.environ["PATH"], "MAESTRO_SESSION_ID": "ses_1", "DEAF": DEAF}
    script = 'setsid sh -c "$DEAF" & while :; do sleep 1; done'
    info = session.start("sh", "-c", script, env=env)
    (detached,) = pids_in(session.data_dir / "pids", 1)
    assert os.getsid(detached) != info.agent_pid
    kill_host(info)

    end_all(Orphans(clock_s), session, clock_s)

    assert not is_running(detached)


def test_a_later_process_with_the_agents_number_is_left_alone(session: Session) -> None:
    info = session.start("sh", "-c", DEAF)
    pids_in(session.data_dir / "pids", 1)

    found = process_tree.orphans(info.agent_pid, info.agent_start + 1, "MAESTRO_SESSION_ID=ses_1")

    assert found == set()


def test_while_the_host_lives_nothing_is_an_orphan(session: Session) -> None:
    session.start("sh", "-c", DEAF)

    assert hosts.orphans(session.folder) == set()
    assert Orphans().end(session.folder)
