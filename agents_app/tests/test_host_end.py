"""Host processes: how the end of an agent is recorded and told."""

import json
import os
import signal
import socket

from agents_app import hosts
from agents_app.tests.hosted import (
    PATIENCE_S,
    Session,
    is_running,
    wait_for,
)


def test_the_exit_code_is_recorded_with_nobody_attached(session: Session) -> None:
    session.start("sh", "-c", "exit 7")

    ended = session.exit()

    assert (ended.exit_code, ended.signal) == (7, None)
    assert json.loads((session.folder / "exit.json").read_text()).keys() == {
        "exitCode",
        "signal",
        "endedAt",
        "lastLines",
    }


def test_the_signal_that_ended_an_agent_is_recorded_by_name(session: Session) -> None:
    session.start("sh", "-c", "kill -9 $$")

    ended = session.exit()

    assert (ended.exit_code, ended.signal) == (None, "SIGKILL")


def test_the_exit_tells_the_last_twenty_lines(session: Session) -> None:
    session.start("sh", "-c", r"seq 1 30; printf '\033[31mfailed\033[0m\n'")

    assert session.exit().last_lines == (*(str(number) for number in range(12, 31)), "failed")


def test_a_host_that_was_killed_is_not_found(session: Session) -> None:
    info = session.start("sleep", "60")

    os.kill(info.host_pid, signal.SIGKILL)
    wait_for(lambda: not is_running(info.host_pid))

    assert (session.folder / "host.json").exists()
    assert hosts.find(session.folder) is None
    assert not hosts.request_stop(session.folder)
    assert not hosts.send_input(session.folder, b"x")


def test_the_server_is_told_of_an_exit(session: Session) -> None:
    path = os.path.join(os.environ["XDG_RUNTIME_DIR"], "server.sock")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(path)
        server.settimeout(PATIENCE_S)
        session.start("true", notify_socket=path)

        assert json.loads(server.recv(1000)) == {"exited": "ses_1"}

    assert hosts.read_exit(session.folder) is not None


def test_a_server_that_is_away_does_not_keep_the_exit_from_being_recorded(
    session: Session,
) -> None:
    session.start("true", notify_socket="/tmp/nobody-listens-here")

    assert session.exit().exit_code == 0
