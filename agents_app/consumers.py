"""/ws/terminal/{sessionId}: output to each viewer at its own speed, input from one of them."""

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

from access_app.actors import Actor
from access_app.rules import Level
from agents_app import hosts
from agents_app.playback import Dropped, Output, Piece, Reader, Screen
from agents_app.terminals import Terminal, TerminalState, terminal_of
from core import json
from core.errors import BadInput, Forbidden, MaestroError
from sessions_app.rights import Rights
from sessions_app.selectors import session_by_id

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PREFIX = "/ws/terminal/"
CLOSE_BASE = 4000  # a refusal's close code is this and its HTTP status
GOING_ON = 1000
# How long to wait before looking for output again, by how long there has been none.
PAUSES_S = ((1.0, 0.015), (10.0, 0.05))
LONGEST_PAUSE_S = 0.2
LOOK_AT_PROCESS_S = 0.5
# Files, the index and the host's socket are waited for here, never on the event loop.
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="terminal")


async def terminal_socket(scope: Scope, receive: Receive, send: Send) -> None:
    await TerminalSocket(scope, receive, send).run()


class Refused(Exception):
    """What a frame asked for cannot be done; the connection stays."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


async def _in_thread(function: Callable[..., Any], *arguments: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(_threads, function, *arguments)


class Desk:
    """A session's viewers, of whom one at most writes; forgotten when the last one leaves."""

    def __init__(self) -> None:
        self.writer: TerminalSocket | None = None
        self.viewers: set[TerminalSocket] = set()

    def pass_pen(self, to: "TerminalSocket | None") -> None:
        self.writer = to
        for viewer in self.viewers:
            viewer.pen_passed.set()


_desks: dict[str, Desk] = {}


class TerminalSocket:
    """One viewer. Output goes out as binary frames, all else is one JSON object a text frame."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.pen_passed = asyncio.Event()
        self._scope = scope
        self._receive = receive
        self._send = send
        self._session_id = scope["path"].removeprefix(PREFIX)
        self._desk = Desk()
        self._window: int | None = None
        self._acknowledged = 0
        self._freed = asyncio.Event()
        self._typed = asyncio.Event()
        self._may_type = False
        self._terminal: Terminal

    async def run(self) -> None:
        if (await self._receive())["type"] != "websocket.connect":
            return
        await self._send({"type": "websocket.accept"})
        try:
            reader = await self._open()
            self._desk = _desks.setdefault(self._terminal.session_id, self._desk)
            self._desk.viewers.add(self)
            self.pen_passed.set()
            await self._serve(reader)
        except MaestroError as error:
            await self._complain(error)
            await self._send({"type": "websocket.close", "code": CLOSE_BASE + error.status})
        finally:
            self._leave()

    async def _serve(self, reader: Reader) -> None:
        tasks = {
            asyncio.create_task(work)
            for work in (self._listen(), self._show(reader), self._tell_who_writes())
        }
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    def _leave(self) -> None:
        self._desk.viewers.discard(self)
        if self._desk.writer is self:
            self._desk.pass_pen(None)
        if not self._desk.viewers and _desks.get(self._session_id) is self._desk:
            del _desks[self._session_id]

    # Opening

    async def _open(self) -> Reader:
        """Raises Forbidden, NotFound, NoTerminal, BadInput."""
        start, self._window = _asked(self._scope.get("query_string", b""))
        self._may_type, self._terminal, end = await _in_thread(
            _look, self._session_id, self._scope["actor"]
        )
        if start > end:
            raise BadInput({"from": [f"There are {end} bytes so far; begin again from 0."]})
        self._acknowledged = start
        await self._say({"type": "start", "offset": start, "end": end})
        return Reader(self._terminal.folder, start)

    # Output

    async def _show(self, reader: Reader) -> None:
        loop = asyncio.get_running_loop()
        looked_s, came_s = float("-inf"), loop.time()
        while True:
            ended = self._terminal.state is TerminalState.ENDED
            pieces = await _in_thread(reader.read)
            now_s = loop.time()
            if pieces:
                came_s = now_s
                await self._send_pieces(pieces, reader.offset)
            elif ended:  # and all that came before the end was read after it
                await self._say_exit()
                return
            elif now_s - looked_s >= LOOK_AT_PROCESS_S:
                looked_s = now_s
                self._terminal = await _in_thread(terminal_of, self._session_id)
            elif await self._typed_within(_pause_s(now_s - came_s)):
                came_s = now_s

    async def _typed_within(self, pause_s: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._typed.wait()
        typed = self._typed.is_set()
        self._typed.clear()
        return typed

    async def _send_pieces(self, pieces: list[Piece], end: int) -> None:
        for piece in pieces:
            await self._send_piece(piece)
        while self._window is not None and end - self._acknowledged > self._window:
            self._freed.clear()
            await self._freed.wait()

    async def _send_piece(self, piece: Piece) -> None:
        match piece:
            case Output(_, data):
                await self._send({"type": "websocket.send", "bytes": data})
            case Screen(columns, rows):
                await self._say({"type": "size", "columns": columns, "rows": rows})
            case Dropped(start, end):
                self._acknowledged = max(self._acknowledged, end)
                await self._say({"type": "dropped", "from": start, "to": end})

    async def _say_exit(self) -> None:
        found = self._terminal.exit
        code, signal = (found.exit_code, found.signal) if found else (None, None)
        await self._say({"type": "exit", "exitCode": code, "signal": signal})
        await self._send({"type": "websocket.close", "code": GOING_ON})

    async def _tell_who_writes(self) -> None:
        while True:
            await self.pen_passed.wait()
            self.pen_passed.clear()
            writer = self._desk.writer
            who = "nobody" if writer is None else "you" if writer is self else "another"
            await self._say({"type": "writer", "who": who})

    # Input

    async def _listen(self) -> None:
        while (message := await self._receive())["type"] != "websocket.disconnect":
            try:
                await self._hear(_parsed(message.get("text")))
            except (Refused, Forbidden) as error:
                await self._complain(error)

    async def _hear(self, said: Any) -> None:
        match said:
            case {"type": "input", "data": str(words)}:
                await self._type(words.encode("utf-8", "replace"))
            case {"type": "input", "base64": str(encoded)}:
                await self._type(_decoded(encoded))
            case {"type": "resize", "columns": int(columns), "rows": int(rows)}:
                await self._resize(columns, rows)
            case {"type": "take"}:
                self._check_may_type()
                self._desk.pass_pen(self)
            case {"type": "ack", "offset": int(offset)}:
                self._acknowledged = max(self._acknowledged, offset)
                self._freed.set()
            case _:
                raise Refused(
                    "unknown_message",
                    "Say input (data or base64), resize (columns, rows), take or ack (offset).",
                )

    async def _type(self, typed: bytes) -> None:
        self._hold_pen()
        if not await _in_thread(hosts.send_input, self._terminal.folder, typed):
            await self._check_runs()
            raise Refused("input_full", "The agent reads no input at present; try again later.")
        self._typed.set()

    async def _resize(self, columns: int, rows: int) -> None:
        self._hold_pen()
        if not await _in_thread(hosts.resize, self._terminal.folder, columns, rows):
            await self._check_runs()
            raise Refused("validation_error", "columns and rows are between 1 and 9999.")

    def _hold_pen(self) -> None:
        """Whoever types when nobody does is the writer; taking over is asked for."""
        self._check_may_type()
        if self._desk.writer is None:
            self._desk.pass_pen(self)
        if self._desk.writer is not self:
            raise Refused("not_writer", "Another viewer types here. Say take to take over.")

    def _check_may_type(self) -> None:
        if not self._may_type:
            raise Forbidden("Typing into a terminal is for operators; you may look at it.")

    async def _check_runs(self) -> None:
        if await _in_thread(hosts.find, self._terminal.folder) is None:
            raise Refused("not_running", "No process runs in this terminal.")

    async def _complain(self, error: MaestroError | Refused) -> None:
        await self._say({"type": "error", "code": error.code, "message": error.message})

    async def _say(self, fields: dict[str, Any]) -> None:
        await self._send({"type": "websocket.send", "text": json.to_wire(fields).decode()})


def _look(session_id: str, actor: Actor) -> tuple[bool, Terminal, int]:
    """Whether this viewer may type, the terminal, and its size so far."""
    Rights(actor).read_session(session_by_id(session_id))
    terminal = terminal_of(session_id)
    return actor.may(Level.OPERATOR) and not actor.is_agent, terminal, terminal.end


def _asked(query: bytes) -> tuple[int, int | None]:
    """`from` and `window`. Raises BadInput."""
    given = {name: words[-1] for name, words in parse_qs(query.decode("latin1")).items()}
    wrong = {
        name: ["This is a whole number."]
        for name in ("from", "window")
        if not _is_number(given.get(name, "0"))
    }
    if wrong:
        raise BadInput(wrong)
    return int(given.get("from", 0)), int(given["window"]) if "window" in given else None


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) < 16


def _parsed(text: str | None) -> Any:
    try:
        return json.parse(text or "")
    except (ValueError, RecursionError):
        raise Refused("invalid_json", "A message is one JSON object in a text frame.") from None


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        raise Refused("validation_error", "base64 does not hold base64.") from None


def _pause_s(quiet_s: float) -> float:
    return next((pause_s for until_s, pause_s in PAUSES_S if quiet_s < until_s), LONGEST_PAUSE_S)
