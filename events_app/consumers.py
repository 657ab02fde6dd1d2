"""/ws (and /): what happens, as JSON, for programs."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, NamedTuple

from core import json
from core.clock import now_ms
from events_app.log import Entry
from events_app.snapshots import Snapshots
from events_app.subscriptions import BadSubscription, Subscription, subscription_from
from events_app.tail import Resync, tail
from sessions_app.selectors import descendants_with_depth

logger = logging.getLogger("maestro.events")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

SNAPSHOT_TYPES = frozenset(("session:updated", "session:timeline"))
SNAPSHOT_PAUSE_S = 0.1
SHOWN_KEPT = 256
FAILED = 4500  # the server's fault, as 1011 is, which autobahn does not let us say
snapshots = Snapshots(tail)


async def program_socket(scope: Scope, receive: Receive, send: Send) -> None:
    await ProgramSocket(receive, send, only_project=scope["actor"].project_id).run()


class _Shown(NamedTuple):
    """When a client was sent a whole session, and as of which log row."""

    at: float
    seq: int


class ProgramSocket:
    """One client: its subscription, and its cursor, which moves as messages are handed over.

    Where it gets whole sessions, one stands for all the log has of that session up to then: at
    most one a session every 100 ms.
    """

    def __init__(self, receive: Receive, send: Send, *, only_project: str | None = None) -> None:
        self._receive = receive
        self._send = send
        self._only_project = only_project
        self._subscription = Subscription(silent=True)
        self._cursor = 0
        self._shown: dict[str, _Shown] = {}
        self._forwarding: asyncio.Task[None] | None = None

    async def run(self) -> None:
        if (await self._receive())["type"] != "websocket.connect":
            return
        await tail.up_to_date()
        self._cursor = tail.newest
        await self._send({"type": "websocket.accept"})
        with tail.counted():
            self._forward()
            try:
                while (received := await self._receive())["type"] != "websocket.disconnect":
                    await self._answer(received.get("text") or "")
            finally:
                await self._stop_forwarding()

    async def _answer(self, text: str) -> None:
        try:
            said = json.parse(text)
        except (ValueError, RecursionError):
            await self._complain("invalid_json", "A message is one JSON object.")
            return
        match said.get("type") if isinstance(said, dict) else None:
            case "ping":
                await self._say({"type": "pong", "timestamp": now_ms()})
            case "subscribe":
                await self._subscribe(said)
            case "unsubscribe":
                self._subscription = Subscription(muted=True)
                await self._say({"type": "unsubscribed"})
            case other:
                await self._complain("unknown_message", f"{other} is no message here.")

    async def _subscribe(self, message: dict[str, Any]) -> None:
        said = {name: value for name, value in message.items() if value is not None}
        try:
            wanted = subscription_from(said)
        except BadSubscription as error:
            await self._complain("validation_error", str(error))
            return
        await self._stop_forwarding()
        if wanted.tree:
            wanted = wanted.with_tree(await tail.read(_descendants, wanted.tree))
        self._subscription = wanted
        self._shown.clear()
        if "after" in said:
            await self._go_back(said["after"], said.get("epoch", tail.epoch))
        else:
            await self._say_subscribed()
        self._forward()

    async def _go_back(self, after: int, epoch: str) -> None:
        if epoch == tail.epoch and await tail.reaches(after):
            self._cursor = after
            await self._say_subscribed()
        else:
            self._cursor = tail.newest
            await self._say_subscribed()
            await self._say({"type": "resync", "seq": self._cursor})

    async def _say_subscribed(self) -> None:
        await self._say({"type": "subscribed", "seq": self._cursor, "epoch": tail.epoch})

    def _forward(self) -> None:
        self._forwarding = asyncio.create_task(self._send_for_ever())

    async def _stop_forwarding(self) -> None:
        if self._forwarding is not None:
            self._forwarding.cancel()
            await asyncio.wait({self._forwarding})
            self._forwarding = None

    async def _send_for_ever(self) -> None:
        try:
            while True:
                await tail.grown_beyond(self._cursor)
                await self._send_new()
                if self._cursor < tail.newest:
                    await asyncio.sleep(0)  # others have their turn while this one catches up
        except OSError:  # it has left, which some servers say in this way
            return
        except Exception:
            logger.exception("a client of /ws is told to come back")
            await self._send({"type": "websocket.close", "code": FAILED})

    async def _send_new(self) -> None:
        found = await tail.after(self._cursor)
        if isinstance(found, Resync):
            self._cursor = found.seq
            await self._say({"type": "resync", "seq": found.seq})
            return
        for entry in found:
            self._subscription = self._subscription.after(entry)
            if self._may_see(entry) and self._subscription.wants(entry):
                await self._send_entry(entry)
            self._cursor = entry.seq

    def _may_see(self, entry: Entry) -> bool:
        return self._only_project in (None, entry.project_id)

    async def _send_entry(self, entry: Entry) -> None:
        if self._subscription.delta:
            await self._send_text(entry, entry.type, entry.text)
        elif entry.type in SNAPSHOT_TYPES:
            await self._send_session(entry)
        elif entry.type == "session:created":
            if snapshot := await snapshots.newest(entry):
                await self._send_text(entry, entry.type, snapshot.message(entry.type, entry))
        else:
            await self._send_text(entry, entry.type, entry.text)

    async def _send_session(self, entry: Entry) -> None:
        session_id = str(entry.session_id)
        shown = self._shown.get(session_id)
        if shown is not None:
            if shown.seq >= entry.seq:
                return
            await asyncio.sleep(shown.at + SNAPSHOT_PAUSE_S - time.monotonic())
        snapshot = await snapshots.newest(entry)
        if snapshot is None:
            self._shown.pop(session_id, None)
            return
        now = time.monotonic()
        if len(self._shown) > SHOWN_KEPT:
            self._shown = {
                key: shown
                for key, shown in self._shown.items()
                if shown.seq > entry.seq or shown.at > now - SNAPSHOT_PAUSE_S
            }
        self._shown[session_id] = _Shown(now, snapshot.seq)
        await self._send_text(entry, "session:updated", snapshot.message("session:updated", entry))

    async def _send_text(self, entry: Entry, event_type: str, text: str) -> None:
        # Before it is sent: who subscribes anew while a slow client is waited for goes on after it.
        self._cursor = entry.seq
        tail.count_sent(event_type)
        await self._send({"type": "websocket.send", "text": text})

    async def _say(self, fields: dict[str, Any]) -> None:
        await self._send({"type": "websocket.send", "text": json.to_wire(fields).decode()})

    async def _complain(self, code: str, text: str) -> None:
        await self._say({"type": "error", "code": code, "message": text})


def _descendants(session_ids: frozenset[str]) -> frozenset[str]:
    return frozenset(
        session.pk
        for session_id in session_ids
        for _, session in descendants_with_depth(session_id)
    )
