"""/ws/ui: tells a page what changed of what it shows, as fragments of HTML."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from typing import Any

from core import json
from core.errors import MaestroError
from dashboard_app import live
from dashboard_app.local_time import ZONE_COOKIE
from events_app.tail import Resync, tail

logger = logging.getLogger("maestro.dashboard")

MAX_TOPICS = 8
FAILED = 4500  # the server's fault, as 1011 is, which autobahn does not let us say
MAX_FRAME_BYTES = 64 * 1024
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


async def dashboard_socket(scope: Scope, receive: Receive, send: Send) -> None:
    await DashboardSocket(scope, receive, send).run()


class _Wanted:
    """The newest log row that a topic has yet to show, and a bell for it."""

    def __init__(self) -> None:
        self.seq = 0
        self.bell = asyncio.Event()

    def ring(self, seq: int) -> None:
        self.seq = seq
        self.bell.set()


class DashboardSocket:
    """One page. It says what it shows, and hears of that until it says something else."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._zone = _zone_of(scope)
        self._watching: asyncio.Task[None] | None = None

    async def run(self) -> None:
        if (await self._receive())["type"] != "websocket.connect":
            return
        await self._send({"type": "websocket.accept"})
        await tail.up_to_date()
        await self._say({"type": "hello", "seq": tail.newest, "epoch": tail.epoch})
        try:
            while (message := await self._receive())["type"] != "websocket.disconnect":
                await self._hear(message.get("text") or "")
        finally:
            await self._stop_watching()

    async def _hear(self, text: str) -> None:
        try:
            topics, after = _read(text)
        except (ValueError, RecursionError, MaestroError) as error:
            await self._say({"type": "error", "code": "bad_message", "message": str(error)})
            return
        await self._stop_watching()
        if after is not None and not await tail.reaches(after):
            await self._say({"type": "resync", "seq": tail.newest})
            after = None
        start = tail.newest if after is None else after
        self._watching = asyncio.create_task(self._watch(topics, start))

    async def _stop_watching(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait({self._watching})
            self._watching = None

    async def _watch(self, topics: Sequence[live.Topic], after: int) -> None:
        try:
            await self._follow(topics, after)
        except* OSError:  # it has left, which some servers say in this way
            pass
        except* Exception:
            logger.exception("a page is told to come back")
            await self._send({"type": "websocket.close", "code": FAILED})

    async def _follow(self, topics: Sequence[live.Topic], after: int) -> None:
        wanted = {topic: _Wanted() for topic in topics}
        if after < tail.newest and not tail.remembers(after):
            # What is there now costs less than to read what happened since: all pages share it.
            after = tail.newest
            for want in wanted.values():
                want.ring(after)
        async with asyncio.TaskGroup() as group:
            for topic, want in wanted.items():
                group.create_task(self._show(topic, want))
            async for found in tail.follow(after):
                if isinstance(found, Resync):
                    await self._say({"type": "resync", "seq": found.seq})
                    continue
                for topic, want in wanted.items():
                    if any(topic.is_touched_by(entry) for entry in found):
                        want.ring(found[-1].seq)

    async def _show(self, topic: live.Topic, want: _Wanted) -> None:
        board = live.board_of(topic, self._zone)
        version, again_s = 0, topic.first_look_s
        while True:
            # Not wait_for: until Python 3.12 it can swallow a cancellation.
            with suppress(TimeoutError):
                async with asyncio.timeout(again_s):
                    await want.bell.wait()
            want.bell.clear()
            try:
                frame = await board.frame(want.seq, after=version)
            except MaestroError:
                # What it shows is gone; the page asks again and is told so.
                await self._say({"type": "resync", "seq": tail.newest})
                return
            except Exception:
                logger.exception("%s cannot be rendered", topic.name)
                again_s = 1.0
                continue
            version, again_s = frame.version, frame.again_s
            if frame.html:
                await self._say(
                    {"type": "html", "topic": topic.name, "seq": frame.seq, "html": frame.html}
                )

    async def _say(self, message: dict[str, Any]) -> None:
        tail.count_sent(f"ui:{message['type']}")
        await self._send({"type": "websocket.send", "text": json.to_wire(message).decode()})


def _zone_of(scope: Scope) -> str:
    headers = dict(scope["headers"])
    try:
        cookies = SimpleCookie(headers.get(b"cookie", b"").decode("latin1"))
    except CookieError:
        return ""
    return cookies[ZONE_COOKIE].value if ZONE_COOKIE in cookies else ""


def _read(text: str) -> tuple[list[live.Topic], int | None]:
    """`{"show": [topics], "after": seq}`. Raises ValueError, BadInput."""
    if len(text) > MAX_FRAME_BYTES:
        raise ValueError("A message has 64 KiB at most.")
    message = json.parse(text)
    show = message.get("show") if isinstance(message, dict) else None
    if not isinstance(show, list) or not all(isinstance(name, str) for name in show):
        raise ValueError('Say what the page shows: {"show": ["overview"], "after": seq}.')
    after = message.get("after")
    topics = [live.topic_named(name) for name in dict.fromkeys(show[:MAX_TOPICS])]
    return topics, after if type(after) is int else None
