"""Host processes: what goes through the terminal and the socket."""

import os
import stat
from pathlib import Path

from agents_app import hosts, recording
from agents_app.tests.hosted import Session, ask, wait_for


def test_output_is_recorded_byte_for_byte(session: Session) -> None:
    session.start("seq", "1", "20000")
    session.exit()

    assert session.output() == b"".join(b"%d\r\n" % number for number in range(1, 20_001))


def test_the_record_limit_holds_for_a_flood(session: Session) -> None:
    session.start("seq", "1", "100000", record_limit_bytes=100_000)
    session.exit()
    whole = b"".join(b"%d\r\n" % number for number in range(1, 100_001))

    chunk = recording.read(session.folder, 0, 1000)

    assert recording.size(session.folder) == len(whole)
    assert chunk.dropped_before >= len(whole) - 100_000
    assert chunk.data == whole[chunk.offset : chunk.offset + 1000]


def test_input_reaches_the_agent_and_is_echoed(session: Session) -> None:
    session.start("sh", "-c", 'read line; echo "got $line"')

    assert hosts.send_input(session.folder, "grün\n".encode())

    session.exit()
    assert session.output() == "grün\r\ngot grün\r\n".encode()


def test_input_that_is_not_text_arrives_as_it_is(session: Session) -> None:
    session.start("sh", "-c", "stty raw -echo; echo ready; head -c 3 | od -An -tx1")
    session.shows(b"ready")

    assert hosts.send_input(session.folder, b"\xff\x00\x03")

    session.exit()
    assert b"ff 00 03" in session.output()


def test_a_flood_of_input_that_is_not_read_is_refused_in_the_end(session: Session) -> None:
    session.start("sh", "-c", "stty raw -echo; echo ready; sleep 60")
    session.shows(b"ready")

    typed = [hosts.send_input(session.folder, b"x" * 1_000_000) for _ in range(6)]

    assert typed[0] is True
    assert typed[-1] is False
    assert hosts.status(session.folder) is not None


def test_the_agent_sees_its_first_size_and_a_resize(session: Session) -> None:
    session.start("sh", "-c", "stty size; read line; stty size", columns=100, rows=20)
    session.shows(b"20 100")

    assert hosts.resize(session.folder, 77, 33)
    hosts.send_input(session.folder, b"\n")

    session.exit()
    assert session.output().endswith(b"33 77\r\n")
    assert not hosts.resize(session.folder, 1, 1)


def test_a_request_that_makes_no_sense_is_answered_and_the_next_is_served(session: Session) -> None:
    info = session.start("sleep", "60")

    answers = ask(
        info,
        b"not json",
        b"[]",
        b'{"type": "input", "base64": "!"}',
        b'{"type": "resize", "columns": 0, "rows": 10}',
        b'{"type": "status"}',
    )

    assert [answer["ok"] for answer in answers] == [False, False, False, False, True]
    assert answers[0]["error"] == "bad_request"
    assert answers[4]["agentPid"] == info.agent_pid


def test_a_host_without_its_socket_still_stops_and_listens_anew(session: Session) -> None:
    info = session.start("sleep", "60")
    Path(info.socket).unlink()

    wait_for(lambda: hosts.status(session.folder) is not None)

    Path(info.socket).unlink()
    assert hosts.request_stop(session.folder)
    assert session.exit().signal == "SIGINT"


def test_the_socket_is_private_and_goes_with_the_host(session: Session) -> None:
    info = session.start("sleep", "60")
    path = Path(info.socket)

    assert path.parent == Path(os.environ["XDG_RUNTIME_DIR"], "maestro")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    hosts.request_stop(session.folder)
    wait_for(lambda: not path.exists())


def test_a_runtime_directory_that_others_may_enter_is_not_used(session: Session) -> None:
    open_to_all = Path(os.environ["XDG_RUNTIME_DIR"], "maestro")
    open_to_all.mkdir()
    open_to_all.chmod(0o755)

    info = session.start("sleep", "60")

    assert Path(info.socket).parent == Path(f"/tmp/maestro-{os.getuid()}")
