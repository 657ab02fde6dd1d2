"""Watchers of /ws: they read everything and note how much it was and how late."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass

from websockets.asyncio.client import connect


@dataclass
class Watched:
    messages: int = 0
    size_bytes: int = 0


async def watch(port: int, watched: Watched, ready: asyncio.Event, *, delta: bool) -> None:
    """Until cancelled."""
    async with connect(f"ws://127.0.0.1:{port}/ws", max_size=None, compression=None) as socket:
        if delta:
            await socket.send(json.dumps({"type": "subscribe", "format": "delta"}))
            await socket.recv()
        ready.set()
        with suppress(asyncio.CancelledError):
            async for message in socket:
                watched.messages += 1
                watched.size_bytes += len(message)
