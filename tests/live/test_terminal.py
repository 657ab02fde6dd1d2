"""/ws/terminal: what a viewer gets, who may type, and what a server's restart costs."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from agents_app import recording
from bench.load.terminals import Seen, look, most_memory_mib
from tests.server import RunningServer

ASKS = 'echo ready; while read line; do echo "got $line"; done'
PATIENCE_S = 20.0


class Viewer:
    """One connection; keeps every byte and every JSON frame that comes."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.output = b""
        self.frames: list[dict[str, Any]] = []
        self.closed: int | None = None

    def say(self, **fields: Any) -> None:
        self._socket.send(json.dumps(fields))

    def type(self, words: str) -> None:
        self.say(type="input", data=words)

    def hear(self, within_s: float = PATIENCE_S) -> None:
        try:
            message = self._socket.recv(timeout=within_s)
        except ConnectionClosed as closed:
            self.closed = closed.rcvd.code if closed.rcvd else 1006
            return
        if isinstance(message, bytes):
            self.output += message
        else:
            self.frames.append(json.loads(message))

    def shows(self, text: bytes) -> None:
        while text not in self.output:
            assert self.closed is None, (self.closed, self.frames, self.output[-500:])
            self.hear()

    def frame(self, **fields: Any) -> dict[str, Any]:
        """The first frame with these fields that is not yet looked at."""
        while True:
            for number, frame in enumerate(self.frames):
                if fields.items() <= frame.items():
                    del self.frames[: number + 1]
                    return frame
            assert self.closed is None, (self.closed, self.frames)
            self.hear()

    def until_closed(self) -> int:
        while self.closed is None:
            self.hear()
        return self.closed


@contextmanager
def viewer(
    server: RunningServer, session_id: str, query: str = "", **headers: str
) -> Iterator[Viewer]:
    url = f"ws://127.0.0.1:{server.port}/ws/terminal/{session_id}{query}"
    with connect(url, max_size=None, additional_headers=headers) as socket:
        yield Viewer(socket)


def recorded(server: RunningServer, session_id: str) -> bytes:
    return (server.data_dir / "sessions" / session_id / "terminal.rec").read_bytes()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One for all: no test here minds the other tests' sessions."""
    running = RunningServer(tmp_path_factory.mktemp("terminal") / "data").start()
    yield running
    running.stop()


@pytest.fixture
def session_id(server: RunningServer, work_dir: Path) -> Iterator[str]:
    spawned = server.spawn_shell({"Ask": ASKS}, work_dir)
    yield spawned
    server.post(f"/api/sessions/{spawned}/stop", {})


def test_a_viewer_types_and_sees_what_the_agent_prints(
    server: RunningServer, session_id: str
) -> None:
    with viewer(server, session_id) as one:
        one.shows(b"ready")
        one.type("grün\n")
        one.shows("got grün".encode())

        assert one.output == recorded(server, session_id)[: len(one.output)]
        assert one.frames[0] == {"type": "start", "offset": 0, "end": one.frames[0]["end"]}
        assert {"type": "size", "columns": 120, "rows": 32} in one.frames


def test_a_viewer_goes_on_from_its_offset_after_the_server_was_killed(
    server: RunningServer, session_id: str
) -> None:
    with viewer(server, session_id) as one:
        one.shows(b"ready")
        first = one.output
    server.kill()
    server.start()

    with viewer(server, session_id, f"?from={len(first)}") as again:
        again.type("more\n")
        again.shows(b"got more")

        assert first + again.output == recorded(server, session_id)


def test_one_writes_at_a_time_and_another_takes_over(
    server: RunningServer, session_id: str
) -> None:
    with viewer(server, session_id) as one, viewer(server, session_id) as other:
        one.shows(b"ready")
        one.type("first\n")
        one.frame(type="writer", who="you")
        other.frame(type="writer", who="another")

        other.type("refused\n")
        assert other.frame(type="error")["code"] == "not_writer"
        other.say(type="resize", columns=50, rows=20)
        assert other.frame(type="error")["code"] == "not_writer"

        other.say(type="take")
        other.frame(type="writer", who="you")
        one.frame(type="writer", who="another")
        other.say(type="resize", columns=77, rows=20)
        one.frame(type="size", columns=77, rows=20)
        other.type("second\n")
        one.shows(b"got second")
        assert b"refused" not in one.output

    with viewer(server, session_id) as third:
        third.frame(type="writer", who="nobody")


def test_the_end_closes_the_connection_after_the_last_byte(
    server: RunningServer, work_dir: Path
) -> None:
    session_id = server.spawn_shell({"Say": "seq 1 2000"}, work_dir)

    with viewer(server, session_id) as one:
        assert one.until_closed() == 1000

    assert one.frames[-1] == {"type": "exit", "exitCode": 0, "signal": None}
    assert one.output == recorded(server, session_id)
    with viewer(server, session_id, f"?from={len(one.output)}") as late:
        assert late.until_closed() == 1000
        assert late.output == b""


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("not json", "invalid_json"),
        ("[1, 2]", "unknown_message"),
        ('{"type": "input"}', "unknown_message"),
        ('{"type": "input", "data": 7}', "unknown_message"),
        ('{"type": "input", "base64": "!"}', "validation_error"),
        ('{"type": "resize", "columns": 0, "rows": 10}', "validation_error"),
        ('{"type": "resize", "columns": "80", "rows": 24}', "unknown_message"),
        ('{"type": "' + "x" * 60_000 + '"}', "unknown_message"),
    ],
)
def test_a_frame_that_makes_no_sense_is_refused_and_the_connection_stays(
    server: RunningServer, session_id: str, said: str, code: str
) -> None:
    with viewer(server, session_id) as one:
        one.shows(b"ready")
        one._socket.send(said)
        assert one.frame(type="error")["code"] == code
        one.type("still here\n")
        one.shows(b"got still here")


def test_a_frame_that_is_too_big_closes_the_connection(
    server: RunningServer, session_id: str
) -> None:
    with viewer(server, session_id) as one:
        one.type("x" * 70_000)
        assert one.until_closed() in (1006, 1009)


@pytest.mark.parametrize(
    ("query", "code", "close"),
    [("?from=-1", "validation_error", 4400), ("?from=999999", "validation_error", 4400)],
)
def test_an_offset_that_cannot_be_is_refused(
    server: RunningServer, session_id: str, query: str, code: str, close: int
) -> None:
    with viewer(server, session_id, query) as one:
        assert one.frame(type="error")["code"] == code
        assert one.until_closed() == close


def test_what_has_no_terminal_is_told_apart_from_what_does_not_exist(
    server: RunningServer, work_dir: Path
) -> None:
    project = server.post("/api/projects", {"name": "P", "workingDir": str(work_dir)}).body
    plain = server.post("/api/sessions", {"projectId": project["id"], "name": "S"}).body["id"]

    for name, code, close in (
        ("ses_unknown", "not_found", 4404),
        (plain, "no_terminal", 4404),
        ("../x", "validation_error", 4400),
    ):
        with viewer(server, name) as one:
            assert one.frame(type="error")["code"] == code
            assert one.until_closed() == close


def test_a_session_in_the_line_is_waited_for(server: RunningServer, work_dir: Path) -> None:
    server.patch("/api/launcher", {"paused": True})
    try:
        session_id = server.spawn_shell({"Say": "echo started"}, work_dir)
        with viewer(server, session_id) as one:
            one.frame(type="start", offset=0, end=0)
            one.type("too early")
            assert one.frame(type="error")["code"] == "not_running"
            server.patch("/api/launcher", {"paused": False})
            one.shows(b"started")
            assert one.until_closed() == 1000
    finally:
        server.patch("/api/launcher", {"paused": False})


def test_a_deleted_sessions_terminal_is_closed(server: RunningServer, session_id: str) -> None:
    with viewer(server, session_id) as one:
        one.shows(b"ready")
        server.delete(f"/api/sessions/{session_id}")
        assert one.until_closed() in (1000, 4404)


def test_a_paste_of_100_kilobytes_arrives_whole(server: RunningServer, work_dir: Path) -> None:
    script = "stty raw -echo <&0; echo ready; head -c 100000 | sha256sum; stty sane <&0"
    session_id = server.spawn_shell({"Paste": script}, work_dir)
    pieces = [chr(ord("a") + number) * 8000 for number in range(12)] + ["z" * 4000]

    with viewer(server, session_id) as one:
        one.shows(b"ready\n")
        for piece in pieces:
            one.type(piece)

        one.shows(sha256("".join(pieces).encode()).hexdigest().encode())


FLOOD_BYTES = 10_000_000
FLOOD = f"exec 3>&0; head -c 1 <&0 >/dev/null; yes {'y' * 78} | head -c {FLOOD_BYTES} >&3"


def test_a_flood_reaches_a_slow_viewer_whole_and_no_viewer_fills_the_memory(
    server: RunningServer, work_dir: Path
) -> None:
    session_id = server.spawn_shell({"Flood": FLOOD}, work_dir)
    with viewer(server, session_id) as one:
        one.shows(b">&3\r\n")
    before_mib = most_memory_mib(server.pid)

    slow = asyncio.run(_flooded(server, session_id))

    assert slow.ended
    assert slow.dropped_bytes == 0
    assert slow.output_bytes == recording.size(server.data_dir / "sessions" / session_id)
    assert slow.output_bytes > FLOOD_BYTES
    assert most_memory_mib(server.pid) - before_mib < FLOOD_BYTES / 2**20


async def _flooded(server: RunningServer, session_id: str) -> Seen:
    slow, stuck = Seen(), Seen()
    held = asyncio.create_task(look(server.port, session_id, stuck, pause_s=None))
    looking = asyncio.create_task(look(server.port, session_id, slow, pause_s=0.005))
    await asyncio.sleep(0.5)
    await asyncio.to_thread(_type, server, session_id)
    await looking
    held.cancel()
    await asyncio.wait({held})
    return slow


def _type(server: RunningServer, session_id: str) -> None:
    with viewer(server, session_id) as one:
        one.type("\n")
        one.frame(type="writer", who="you")


def test_a_window_holds_output_back_until_it_is_acknowledged(
    server: RunningServer, work_dir: Path
) -> None:
    session_id = server.spawn_shell({"Say": "seq 1 200000"}, work_dir)
    server.wait_for_end(session_id)

    with viewer(server, session_id, "?window=1000") as one:
        one.shows(b"\r\n1\r\n")
        first = len(one.output)
        with pytest.raises(TimeoutError):
            one.hear(within_s=0.5)
        one.say(type="ack", offset=first)
        one.hear()
        assert len(one.output) > first


def test_an_answer_is_typed_into_the_terminal_and_stands_on_the_timeline(
    server: RunningServer, work_dir: Path
) -> None:
    session_id = server.spawn_shell({"Ask": 'read x; echo "is $x"'}, work_dir)
    with viewer(server, session_id) as one:
        one.shows(b"$ read x")
    question = {"type": "needs_input", "message": "Which?", "metadata": {"options": ["Blue"]}}
    server.post(f"/api/sessions/{session_id}/timeline", question)

    answered = server.post(f"/api/sessions/{session_id}/input", {"option": "Blue"})

    assert answered.status == 200, answered
    with viewer(server, session_id) as one:
        one.shows(b"is Blue\r\n")
    timeline = server.wait_for_end(session_id)["timeline"]
    answers = [event.get("metadata", {}).get("answer") for event in timeline]
    assert "Blue" in answers


def test_a_session_token_looks_but_does_not_type(
    server: RunningServer, session_id: str, work_dir: Path
) -> None:
    ask = "cat $MAESTRO_MANIFEST_PATH >/dev/null; echo token=$MAESTRO_TOKEN ; echo end; sleep 600"
    other = server.spawn_shell({"Tell": ask}, work_dir)
    with viewer(server, other) as one:
        one.shows(b"\r\ntoken=")
        one.shows(b"end\r\n")
        token = one.output.split(b"\r\ntoken=")[1].split()[0].decode()

    with viewer(server, other, Authorization=f"Bearer {token}") as own:
        own.shows(b"token=")
        own.type("x")
        assert own.frame(type="error")["code"] == "forbidden"
    with viewer(server, session_id, Authorization=f"Bearer {token}") as foreign:
        assert foreign.frame(type="error")["code"] == "forbidden"
        assert foreign.until_closed() == 4403
    server.post(f"/api/sessions/{other}/stop", {})


def test_a_foreign_page_gets_no_terminal(server: RunningServer, session_id: str) -> None:
    url = f"ws://127.0.0.1:{server.port}/ws/terminal/{session_id}"
    with pytest.raises(InvalidStatus), connect(url, origin=Origin("http://evil.example")):
        pass
