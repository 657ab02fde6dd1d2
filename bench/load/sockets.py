"""Watchers of /ws: they read everything and note how much it was."""

import asyncio
from dataclasses import dataclass

from tests.sockets import listen


@dataclass
class Watched:
    messages: int = 0
    size_bytes: int = 0


async def watch(port: int, watched: Watched, ready: asyncio.Event, *, delta: bool) -> None:
    """Until cancelled."""
    subscribed = asyncio.Event()

    def hear(message: bytes) -> None:
        if message.startswith(b'{"type":"subscribed"'):
            subscribed.set()
            return
        watched.messages += 1
        watched.size_bytes += len(message)

    listener = await listen(port, hear)
    try:
        if delta:
            listener.say({"type": "subscribe", "format": "delta"})
            await subscribed.wait()
        ready.set()
        await listener.closed.wait()
    finally:
        await listener.close()
