"""Host processes: stopping an agent leaves nothing running."""

import os
import shutil
import signal

from agents_app import hosts
from agents_app.tests.hosted import (
    GRANDCHILDREN,
    Session,
    is_running,
    needs_proc,
    pids_in,
    wait_for,
)


def test_an_agent_that_heeds_the_interrupt_ends_in_its_own_way(session: Session) -> None:
    session.start("sh", "-c", "trap 'echo saved; exit 3' INT; echo ready; sleep 60 & wait")
    session.shows(b"ready")

    assert hosts.request_stop(session.folder)

    assert session.exit().exit_code == 3
    assert session.output().endswith(b"saved\r\n")


def test_an_agent_that_ignores_interrupt_and_terminate_is_killed(session: Session) -> None:
    script = "trap '' INT TERM; echo ready; while :; do sleep 60; done"
    info = session.start("sh", "-c", script)
    session.shows(b"ready")

    hosts.request_stop(session.folder)

    assert session.exit().signal == "SIGKILL"
    assert not is_running(info.agent_pid)


def test_a_stop_leaves_no_grandchild_running(session: Session) -> None:
    session.start("sh", "-c", f"{GRANDCHILDREN} wait")
    pids = pids_in(session.data_dir / "pids", 3)

    hosts.request_stop(session.folder)
    session.exit()

    assert [pid for pid in pids if is_running(pid)] == []


def test_an_agent_that_ends_by_itself_leaves_no_grandchild_running(session: Session) -> None:
    session.start("sh", "-c", f"{GRANDCHILDREN} exit 5")

    assert session.exit().exit_code == 5

    assert [pid for pid in pids_in(session.data_dir / "pids", 3) if is_running(pid)] == []


@needs_proc
def test_a_grandchild_in_a_session_of_its_own_does_not_escape(session: Session) -> None:
    script = "setsid sh -c 'echo $$ >>pids; sleep 600' & while [ ! -s pids ]; do sleep 0.05; done"
    session.start("sh", "-c", script)

    session.exit()

    assert not is_running(pids_in(session.data_dir / "pids", 1)[0])


def test_the_foreground_command_of_an_interactive_shell_is_interrupted_too(
    session: Session,
) -> None:
    session.start("bash", "--norc", "-i")
    command = "trap 'echo heard >heard; exit' INT; echo $$ >pids; sleep 600 & wait"
    hosts.send_input(session.folder, f'sh -c "{command}"\n'.replace("$$", r"\$\$").encode())
    pid = pids_in(session.data_dir / "pids", 1)[0]

    hosts.request_stop(session.folder)
    session.exit()

    assert (session.data_dir / "heard").read_text() == "heard\n"
    assert not is_running(pid)


def test_sigterm_to_the_host_stops_the_agent_and_records_it(session: Session) -> None:
    info = session.start("sleep", "60")

    os.kill(info.host_pid, signal.SIGTERM)

    assert session.exit().signal == "SIGINT"


def test_interrupt_and_hangup_meant_for_others_do_not_end_the_host(session: Session) -> None:
    info = session.start("cat")

    for signum in (signal.SIGINT, signal.SIGHUP):
        os.kill(info.host_pid, signum)
    hosts.send_input(session.folder, b"alive\n")

    session.shows(b"alive\r\nalive\r\n")


def test_a_host_whose_data_directory_is_gone_ends_with_its_agent(session: Session) -> None:
    info = session.start("sh", "-c", "trap '' INT TERM; while :; do sleep 60; done")

    shutil.rmtree(session.data_dir)

    wait_for(lambda: not is_running(info.host_pid))
    assert not is_running(info.agent_pid)
    assert not session.data_dir.exists()
