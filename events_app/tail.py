"""The log's live end: one reader for the whole server, a ring of recent entries, and wake-ups."""

import asyncio
import logging
import socket
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from django.db import connection

from core.sqlite import data_version
from events_app import log
from events_app.log import Entry
from events_app.ring import Ring

logger = logging.getLogger("maestro.events")

RING_ENTRIES = 5000
RING_CHARS = 4 * 1024 * 1024
AT_ONCE = 32  # what a slow client holds while it is waited for
LOOK_BACK = 100
STATISTICS_S = 10
AT_LEAST_S = 0.005  # commits of a burst are read together
BUSY_S = 0.05
IDLE_S = 0.25
QUIET_AFTER_S = 5.0


@dataclass(frozen=True)
class Resync:
    """Sent in place of entries that are gone: the reader starts anew from `seq`."""

    seq: int


class Tail:
    """Reads new rows once, however many listen; every follower has a cursor of its own.

    One thread with one connection for that (`data_version` is blind to a connection's own writes),
    and one for what clients need besides, so that who is behind holds up nobody else.
    """

    def __init__(self) -> None:
        self._live = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tail")
        self._besides = ThreadPoolExecutor(max_workers=1, thread_name_prefix="catch-up")
        self.epoch = ""
        self.newest = 0
        self._ring = Ring(entries=RING_ENTRIES, size_chars=RING_CHARS)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._grown = asyncio.Event()
        self._ready = asyncio.Event()
        self._clients = 0
        self._sent: deque[tuple[int, Counter[str]]] = deque(maxlen=STATISTICS_S + 1)
        # Since the start, by type: rows of the log, events of timelines in them, messages.
        self.taken: Counter[str] = Counter()
        self.timeline_events = 0
        self.sent_in_all: Counter[str] = Counter()

    async def run(self) -> None:
        """Until cancelled. Restarting it continues where it was."""
        self._loop = asyncio.get_running_loop()
        if not self._ready.is_set():
            await self._begin()
        version, active_at = -1, time.monotonic()
        while True:
            woken = self._wake.is_set()
            now_version = version if woken else await self._look(_version)
            if woken or now_version != version:
                self._wake.clear()
                version, active_at = now_version, time.monotonic()
                await self._take_new()
                await asyncio.sleep(AT_LEAST_S)
            busy = time.monotonic() - active_at < QUIET_AFTER_S
            # Not wait_for: in Python 3.11 it may swallow a cancellation that comes with the event.
            with suppress(TimeoutError):
                async with asyncio.timeout(BUSY_S if busy else IDLE_S):
                    await self._wake.wait()

    async def _begin(self) -> None:
        self.epoch, self.newest, entries = await self._look(_start)
        self._ring.start(entries, after=entries[0].seq - 1 if entries else self.newest)
        self._ready.set()

    async def _look(self, query: Callable[..., Any], *arguments: Any) -> Any:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._live, query, *arguments)

    async def read(self, query: Callable[..., Any], *arguments: Any) -> Any:
        """Run a query in a thread: nothing touches the database on the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._besides, query, *arguments)

    async def _take_new(self) -> None:
        while entries := await self._look(_new, self.newest):
            self._ring.extend(entries)
            self.newest = entries[-1].seq
            self._count(entries)
            grown, self._grown = self._grown, asyncio.Event()
            grown.set()

    def _count(self, entries: list[Entry]) -> None:
        for entry in entries:
            self.taken[entry.type] += 1
            if entry.type == "session:timeline":
                self.timeline_events += len(entry.payload["events"])

    def wake(self) -> None:
        """From any thread: the log grew."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    async def up_to_date(self) -> None:
        """Begun, and past whatever was committed before this was called."""
        await self._ready.wait()
        await self.grown_beyond(await self.read(log.newest_seq) - 1)

    async def grown_beyond(self, seq: int) -> None:
        """Return once there is an entry after `seq`."""
        while self.newest <= seq:
            await self._grown.wait()

    async def follow(self, after: int) -> AsyncIterator[list[Entry] | Resync]:
        """Everything after `after`, in order, without gap or repeat, for as long as it is asked.

        Yields Resync, once, where the log no longer reaches back that far.
        """
        await self._ready.wait()
        cursor = after
        while True:
            await self.grown_beyond(cursor)
            found = await self.after(cursor)
            cursor = found.seq if isinstance(found, Resync) else found[-1].seq
            yield found

    @contextmanager
    def counted(self) -> Iterator[None]:
        """A client is connected for as long as the block runs."""
        self._clients += 1
        try:
            yield
        finally:
            self._clients -= 1

    def remembers(self, seq: int) -> bool:
        """Whether everything after `seq` is in memory."""
        return self._ring.begins_after <= seq <= self.newest

    async def reaches(self, seq: int) -> bool:
        """Whether everything after `seq` is here or in the log, and `seq` was ever given."""
        return self.remembers(seq) or bool(await self.read(log.reaches, seq))

    async def after(self, cursor: int) -> list[Entry] | Resync:
        """The first entries after a cursor that is behind: from the ring, else from the log."""
        if found := self._ring.after(cursor, AT_ONCE):
            return found
        oldest, entries = await self.read(_older, cursor)
        if oldest > cursor + 1 or not entries:
            return Resync(self.newest)
        return list(entries)

    def count_sent(self, event_type: str) -> None:
        now_s = int(time.monotonic())
        if not self._sent or self._sent[-1][0] != now_s:
            self._sent.append((now_s, Counter()))
        self._sent[-1][1][event_type] += 1
        self.sent_in_all[event_type] += 1

    def statistics(self) -> dict[str, Any]:
        """`messagesPerSecond` is over the last ten seconds."""
        now_s = int(time.monotonic())
        recent: Counter[str] = Counter()
        for second, sent in tuple(self._sent):
            if now_s - STATISTICS_S <= second < now_s:
                recent += sent
        return {
            "connectedClients": self._clients,
            "messagesPerSecond": {
                kind: count / STATISTICS_S for kind, count in sorted(recent.items())
            },
            "seq": self.newest,
            "epoch": self.epoch,
        }


def _start() -> tuple[str, int, list[Entry]]:
    """With what clients of an earlier server may come back for, as far as the ring has room."""
    newest_first: list[Entry] = []
    chars = 0
    while chars < RING_CHARS and len(newest_first) < RING_ENTRIES:
        before = newest_first[-1].seq if newest_first else 0
        older = _serialised(log.entries_before(before, limit=LOOK_BACK))
        if not older:
            break
        newest_first += older
        chars += sum(len(entry.text) for entry in older)
    entries = newest_first[::-1]
    return log.epoch(), entries[-1].seq if entries else 0, entries


def _version() -> int:
    return data_version(connection)


def _new(cursor: int) -> list[Entry]:
    return _serialised(log.entries_after(cursor))


def _older(cursor: int) -> tuple[int, list[Entry]]:
    return log.oldest_seq(), _serialised(log.entries_after(cursor, limit=AT_ONCE))


def _serialised(entries: list[Entry]) -> list[Entry]:
    """In the reading thread, so that the event loop need not."""
    for entry in entries:
        _ = entry.text
    return entries


tail = Tail()


async def listen_for_wakes(path: str, woken: Callable[[], None]) -> None:
    """Take datagrams from other processes until cancelled; what they carry does not matter."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.setblocking(False)
        receiver.bind(path)
        while True:
            await loop.sock_recv(receiver, 4096)
            woken()
