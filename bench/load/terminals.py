"""Viewers of a terminal: one that reads as fast as it can, one that is slow, one that is stuck."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed


@dataclass
class Seen:
    """What a viewer was sent, and what it was told that is no longer kept."""

    output_bytes: int = 0
    dropped_bytes: int = 0
    ended: bool = False


async def look(port: int, session_id: str, seen: Seen, *, pause_s: float | None) -> None:
    """Read until the end with a pause after each message; without one (None), read nothing."""
    url = f"ws://127.0.0.1:{port}/ws/terminal/{session_id}"
    async with connect(url, max_size=None, max_queue=1, compression=None) as socket:
        if pause_s is None:
            await asyncio.Event().wait()
            return
        with suppress(ConnectionClosed):
            await _read(socket, seen, pause_s)


async def _read(socket: ClientConnection, seen: Seen, pause_s: float) -> None:
    async for message in socket:
        if isinstance(message, bytes):
            seen.output_bytes += len(message)
        else:
            frame = json.loads(message)
            seen.ended = seen.ended or frame["type"] == "exit"
            if frame["type"] == "dropped":
                seen.dropped_bytes += frame["to"] - frame["from"]
        if pause_s:
            await asyncio.sleep(pause_s)


def most_memory_mib(pid: int) -> float:
    """The most memory that a process had so far."""
    with open(f"/proc/{pid}/status") as status:
        line = next(line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
