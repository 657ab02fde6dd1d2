"""/ws (and /): what happens, as JSON, for programs."""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

from core import json
from core.clock import now_ms
from events_app.log import Entry
from events_app.messages import SNAPSHOT_TYPES, Messages
from events_app.subscriptions import BadSubscription, Subscription, subscription_from
from events_app.tail import Resync, tail

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

SNAPSHOT_PAUSE_S = 0.1
messages = Messages(tail)


class ProgramSocket:
    """One client: its subscription, its cursor, and the snapshots it still has to get.

    A client that says nothing gets everything, with whole sessions, at most one a session every
    100 ms.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._turn = asyncio.Lock()
        self._subscription = Subscription()
        self._cursor = 0
        self._due: dict[str, tuple[float, Entry]] = {}
        self._sent_at: dict[str, float] = {}

    async def run(self) -> None:
        await self._receive()
        await tail.ready()
        self._cursor = tail.newest
        await self._send({"type": "websocket.accept"})
        with tail.counted():
            forwarding = asyncio.create_task(self._forward())
            try:
                await self._listen()
            finally:
                forwarding.cancel()
                with suppress(asyncio.CancelledError):
                    await forwarding

    async def _listen(self) -> None:
        while True:
            received = await self._receive()
            if received["type"] == "websocket.disconnect":
                return
            async with self._turn:
                await self._answer(received.get("text") or "")

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
                self._due.clear()
                await self._say({"type": "unsubscribed"})
            case other:
                await self._complain("unknown_message", f"{other} is no message here.")

    async def _subscribe(self, said: dict[str, Any]) -> None:
        try:
            wanted = subscription_from(said)
        except BadSubscription as error:
            await self._complain("validation_error", str(error))
            return
        self._subscription = wanted
        self._due.clear()
        after, epoch = said.get("after"), said.get("epoch", tail.epoch)
        await self._say({"type": "subscribed", "seq": tail.newest, "epoch": tail.epoch})
        self._cursor = tail.newest
        if after is None:
            return
        if epoch != tail.epoch or after > tail.newest:
            await self._say({"type": "resync", "seq": tail.newest})
        else:
            self._cursor = after
            await self._send_new()

    async def _forward(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._until_due()):
                    await tail.grown_beyond(self._cursor)
            async with self._turn:
                await self._send_new()
                await self._send_due()

    def _until_due(self) -> float | None:
        if not self._due:
            return None
        return max(0.0, min(at for at, _ in self._due.values()) - time.monotonic())

    async def _send_new(self) -> None:
        while tail.newest > self._cursor:
            found = await tail.after(self._cursor)
            if isinstance(found, Resync):
                self._cursor = found.seq
                await self._say({"type": "resync", "seq": found.seq})
                return
            for entry in found:
                self._cursor = entry.seq
                if self._subscription.wants(entry):
                    await self._send_entry(entry)

    async def _send_entry(self, entry: Entry) -> None:
        if self._subscription.delta:
            await self._send_text(entry.type, messages.of_entry(entry))
        elif entry.type in SNAPSHOT_TYPES:
            self._schedule(entry)
        elif entry.type == "session:created":
            await self._send_session(entry, entry.type)
        else:
            await self._send_text(entry.type, messages.of_entry(entry))

    def _schedule(self, entry: Entry) -> None:
        session_id = str(entry.session_id)
        earliest = self._sent_at.get(session_id, 0.0) + SNAPSHOT_PAUSE_S
        at = self._due[session_id][0] if session_id in self._due else earliest
        self._due[session_id] = (at, entry)

    async def _send_due(self) -> None:
        now = time.monotonic()
        for session_id, (at, entry) in list(self._due.items()):
            if at <= now:
                del self._due[session_id]
                self._sent_at[session_id] = now
                await self._send_session(entry, "session:updated")

    async def _send_session(self, entry: Entry, event_type: str) -> None:
        text = await messages.of_session(entry, event_type)
        if text is not None:
            await self._send_text(event_type, text)

    async def _send_text(self, event_type: str, text: str) -> None:
        await self._send({"type": "websocket.send", "text": text})
        tail.count_sent(event_type)

    async def _say(self, fields: dict[str, Any]) -> None:
        await self._send({"type": "websocket.send", "text": json.to_wire(fields).decode()})

    async def _complain(self, code: str, text: str) -> None:
        await self._say({"type": "error", "code": code, "message": text})


async def program_socket(scope: Scope, receive: Receive, send: Send) -> None:
    await ProgramSocket(receive, send).run()
