"""Many clients of /ws under load, some too slow for it: what they get, and what it costs."""

import asyncio
import json
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from tests.server import RunningServer
from tests.sockets import Listener, listen

EVENT = re.compile(rb'"message":"n(\d+) ')
SEQ = re.compile(rb'"seq":(\d+)[,}]')
SESSIONS = 4
EVENTS_A_SECOND = 500
EVENTS_A_POST = 10
FILL = "x" * 200
GROWTH_AT_MOST_MIB = 100
QUIET_WITHIN_S = 120.0
COME_BACK = 4012


class Client:
    """Subscribes to deltas, and notes which event numbers it heard, session by session."""

    def __init__(self, port: int, *, slow: bool = False) -> None:
        self.heard: list[int] = []
        self.seq = 0
        self.resyncs = 0
        self.slow = slow
        self._port = port
        self._epoch = ""
        self._ready = asyncio.Event()
        self._listener: Listener | None = None

    async def connect(self) -> None:
        """Also again: from where it was."""
        self._ready.clear()
        self._listener = await listen(self._port, self._hear, slow=self.slow)
        message: dict[str, Any] = {"type": "subscribe", "format": "delta"}
        if self._epoch:
            message |= {"after": self.seq, "epoch": self._epoch}
        self._listener.say(message)
        await self._ready.wait()

    def _hear(self, message: bytes) -> None:
        if not self._ready.is_set() and not message.startswith(b'{"type":"subscribed"'):
            return  # said to it before it said what it wants
        if message.startswith(b'{"type":"session:timeline"'):
            self.heard += map(int, EVENT.findall(message))
        elif message.startswith(b'{"type":"resync"'):
            self.resyncs += 1
        elif message.startswith(b'{"type":"subscribed"'):
            said = json.loads(message)
            self._epoch, self.seq = said["epoch"], said["seq"]
            self._ready.set()
            return
        self.seq = int(SEQ.findall(message)[-1])

    @property
    def listener(self) -> Listener:
        assert self._listener is not None
        return self._listener


class Load:
    """Posts numbered events to some sessions; numbers are in order in the log."""

    def __init__(self, server: RunningServer) -> None:
        self.posted = 0
        self._server = server
        body = {"name": "P", "workingDir": str(server.data_dir.parent)}
        self.project_id = server.post("/api/projects", body).body["id"]
        self.paths = [f"/api/sessions/{self._session()}/timeline" for _ in range(SESSIONS)]

    def _session(self) -> str:
        body = {"projectId": self.project_id, "name": "S"}
        return str(self._server.post("/api/sessions", body).body["id"])

    def post(self) -> None:
        """Again and again while no server is there: an event is added once by its id."""
        path = self.paths[self.posted // EVENTS_A_POST % SESSIONS]
        numbers = range(self.posted, self.posted + EVENTS_A_POST)
        events = [{"id": f"evt_{number}", "message": f"n{number} {FILL}"} for number in numbers]
        while True:
            with suppress(OSError, HTTPException):
                answer = self._server.post(path, events)
                break
            time.sleep(0.05)
        assert answer.status == 201, answer
        self.posted += EVENTS_A_POST

    def run(self, seconds: float) -> None:
        """At the pace of EVENTS_A_SECOND, all of them however long it takes."""
        started = time.monotonic()
        for number in range(round(seconds * EVENTS_A_SECOND / EVENTS_A_POST)):
            self.post()
            due = started + (number + 1) * EVENTS_A_POST / EVENTS_A_SECOND
            time.sleep(max(0.0, due - time.monotonic()))


@asynccontextmanager
async def connected(clients: Iterable[Client]) -> AsyncIterator[None]:
    clients = list(clients)
    for client in clients:
        await client.connect()
    try:
        yield
    finally:
        for client in clients:
            await client.listener.close()


async def until(is_so: Callable[[], bool], say: Callable[[], object]) -> None:
    give_up_at = time.monotonic() + QUIET_WITHIN_S
    while not is_so():
        assert time.monotonic() < give_up_at, say()
        await asyncio.sleep(0.05)


def memory_mib(server: RunningServer) -> float:
    """Resident, of the server's process."""
    pages = Path(f"/proc/{server.pid}/statm").read_text().split()[1]
    return int(pages) * 4096 / 2**20


def is_right(client: Client, posted: int) -> bool:
    """Everything, in order, once; after a resync, everything from there on."""
    first = client.heard[0] if client.resyncs and client.heard else 0
    return client.heard == list(range(first, posted))


@pytest.mark.parametrize("seconds", [3, pytest.param(20, marks=pytest.mark.soak)])
async def test_of_two_hundred_clients_the_fast_hear_all_and_the_slow_hold_up_nobody(
    server: RunningServer, seconds: int
) -> None:
    load = await asyncio.to_thread(Load, server)
    slow = [Client(server.port, slow=True) for _ in range(40)]
    fast = [Client(server.port) for _ in range(160)]
    async with connected([*slow, *fast]):
        for client in slow:
            client.listener.stop_reading()
        before_mib = memory_mib(server)
        await asyncio.to_thread(load.run, seconds)
        await until(
            lambda: all(len(client.heard) >= load.posted for client in fast),
            lambda: sorted(len(client.heard) for client in fast)[:5],
        )
        assert all(is_right(client, load.posted) for client in fast)
        assert not any(client.resyncs for client in fast)
        assert all(len(client.heard) < load.posted for client in slow)
        assert memory_mib(server) - before_mib < GROWTH_AT_MOST_MIB

        for client in slow:
            client.listener.read_on()
        await until(
            lambda: all(client.heard[-1:] == [load.posted - 1] for client in slow),
            lambda: [(client.heard[-1:], client.resyncs) for client in slow],
        )
        assert all(is_right(client, load.posted) for client in slow)
        assert memory_mib(server) - before_mib < GROWTH_AT_MOST_MIB


async def test_a_client_further_behind_than_the_log_is_told_so_and_then_hears_all(
    server: RunningServer,
) -> None:
    load = await asyncio.to_thread(Load, server)
    slow, fast = Client(server.port, slow=True), Client(server.port)
    async with connected([slow, fast]):
        slow.listener.stop_reading()
        for _ in range(40):  # more than is kept in memory
            body = [{"message": f"fill {'x' * 900}"}] * 500
            await asyncio.to_thread(server.post, load.paths[0], body)
        last = int(server.get("/ws-status").body["seq"])
        with sqlite3.connect(server.data_dir / "index.sqlite3", timeout=20) as database:
            database.execute("DELETE FROM events_app_logentry WHERE seq < ?", (last,))
        await asyncio.to_thread(load.post)
        slow.listener.read_on()
        await until(lambda: slow.resyncs == 1, lambda: slow.seq)
        await asyncio.to_thread(load.post)
        await until(lambda: slow.heard[-1:] == [load.posted - 1], lambda: slow.heard)
        await until(lambda: len(fast.heard) == load.posted, lambda: fast.heard)
        assert is_right(slow, load.posted)
        assert is_right(fast, load.posted)
        assert not fast.resyncs


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_clients_that_come_back_after_a_restart_under_load_miss_nothing(
    server: RunningServer, end: str
) -> None:
    load = await asyncio.to_thread(Load, server)
    slow = [Client(server.port, slow=True) for _ in range(10)]
    fast = [Client(server.port) for _ in range(40)]
    clients = [*slow, *fast]
    async with connected(clients):
        for client in slow:
            client.listener.stop_reading()
        running = asyncio.create_task(asyncio.to_thread(load.run, 4))
        await until(lambda: load.posted > EVENTS_A_SECOND, lambda: load.posted)
        ending = asyncio.create_task(asyncio.to_thread(getattr(server, end)))
        for client in slow:
            client.listener.read_on()
        for client in clients:
            await client.listener.closed.wait()
        await ending
        if end == "stop":
            assert {client.listener.close_code for client in fast} == {COME_BACK}
        assert not running.done()
        await asyncio.to_thread(server.start)
        for client in clients:
            await client.connect()
        await running
        await until(
            lambda: all(len(client.heard) >= load.posted for client in clients),
            lambda: sorted(len(client.heard) for client in clients)[:5],
        )
        assert all(client.heard == list(range(load.posted)) for client in clients)


@pytest.mark.soak
async def test_five_hundred_sockets_that_are_not_read_cost_bounded_memory(
    server: RunningServer,
) -> None:
    load = await asyncio.to_thread(Load, server)
    slow = [Client(server.port, slow=True) for _ in range(500)]
    fast = Client(server.port)
    async with connected([*slow, fast]):
        for client in slow:
            client.listener.stop_reading()
        before_mib = memory_mib(server)
        await asyncio.to_thread(load.run, 20)
        await until(lambda: len(fast.heard) >= load.posted, lambda: len(fast.heard))
        assert is_right(fast, load.posted)
        assert memory_mib(server) - before_mib < 2 * GROWTH_AT_MOST_MIB
        assert server.get("/health").status == 200


@pytest.mark.soak
async def test_a_thousand_reconnects_a_minute_leave_nothing_behind(server: RunningServer) -> None:
    load = await asyncio.to_thread(Load, server)
    stays = Client(server.port)
    comers = [Client(server.port) for _ in range(20)]
    async with connected([stays, *comers]):
        running = asyncio.create_task(asyncio.to_thread(load.run, 60))
        before_mib, connects, started = 0.0, 0, time.monotonic()
        while not running.done():
            client = comers[connects % len(comers)]
            await client.listener.close()
            await client.connect()
            connects += 1
            if connects == 100:
                before_mib = memory_mib(server)
            await asyncio.sleep(max(0.0, started + connects * 0.055 - time.monotonic()))
        await running
        await until(
            lambda: all(len(client.heard) >= load.posted for client in (stays, *comers)),
            lambda: sorted(len(client.heard) for client in comers)[:5],
        )
        assert connects >= 1000
        assert all(client.heard == list(range(load.posted)) for client in (stays, *comers))
        assert memory_mib(server) - before_mib < GROWTH_AT_MOST_MIB
    await until(
        lambda: server.get("/ws-status").body["connectedClients"] == 0,
        lambda: server.get("/ws-status").body,
    )


@pytest.mark.soak
async def test_who_does_not_answer_for_a_minute_is_left(server: RunningServer) -> None:
    dead, alive = Client(server.port), Client(server.port)
    async with connected([dead, alive]):
        dead.listener.answers_pings = False
        await asyncio.wait_for(dead.listener.closed.wait(), 100)
        assert not alive.listener.closed.is_set()
