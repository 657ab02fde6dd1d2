"""The socket under daphne: it waits for slow clients, pings silent ones and leaves dead ones."""

import asyncio
from typing import Any

import pytest

from maestro_site import socket_protocol
from maestro_site.socket_protocol import INBOX_MESSAGES, SocketProtocol


class Wire:
    """A transport that notes what is done with it."""

    def __init__(self) -> None:
        self.producer: Any = None
        self.takes_bytes = 1000
        self.sent = b""
        self.buffer = b""
        self.reading = True

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        self.producer = producer
        assert not streaming
        producer.resumeProducing()

    def unregisterProducer(self) -> None:
        self.producer = None

    def writeSomeData(self, data: bytes) -> int:
        assert not self.buffer, "out of order"
        taken = data[: self.takes_bytes]
        self.sent += taken
        self.takes_bytes -= len(taken)
        return len(taken)

    def write(self, data: bytes) -> None:
        self.buffer += data

    def flush(self) -> None:
        self.sent, self.buffer = self.sent + self.buffer, b""
        self.producer.resumeProducing()

    def pauseProducing(self) -> None:
        self.reading = False

    def resumeProducing(self) -> None:
        self.reading = True


class Socket(SocketProtocol):
    """Open from the start, without the factory that daphne makes."""

    def __init__(self) -> None:
        self.transport = Wire()
        self.state = self.STATE_OPEN
        self.application_queue: asyncio.Queue[Any] = asyncio.Queue()
        self.client_addr = None
        self.dropped = False
        self.pings = 0

    def dropConnection(self, abort: bool = False) -> None:
        self.dropped = abort

    def sendPing(self, payload: bytes | None = None) -> None:
        self.pings += 1


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Seconds:
    clock = Seconds()
    monkeypatch.setattr(socket_protocol, "time", clock)
    return clock


@pytest.fixture
async def opened(seconds: Seconds) -> Socket:
    protocol = Socket()
    protocol.begin()
    return protocol


async def test_who_sends_waits_until_the_client_has_taken_it(opened: Socket) -> None:
    wire = opened.transport
    wire.flush()
    opened.sendData(b"a" * 900)
    await opened.writable()
    opened.sendData(b"b" * 900)
    waiting = asyncio.ensure_future(opened.writable())
    opened.sendData(b"c" * 10)
    await asyncio.sleep(0)
    assert not waiting.done()
    wire.flush()
    await waiting
    assert wire.sent == b"a" * 900 + b"b" * 900 + b"c" * 10


async def test_what_was_under_way_before_the_socket_comes_first(opened: Socket) -> None:
    opened.transport.write(b"before")
    opened.sendData(b" after")
    opened.transport.flush()
    assert opened.transport.sent == b"before after"


async def test_nobody_waits_for_a_client_that_has_left(opened: Socket) -> None:
    opened.sendData(b"never taken")
    opened.transport.producer.stopProducing()
    await opened.writable()


async def test_a_silent_client_is_pinged_and_left_when_it_does_not_answer(
    opened: Socket, seconds: Seconds
) -> None:
    for _ in range(30):
        seconds.now += 2
        opened.check_timeouts()
    assert (opened.pings, opened.dropped) == (2, False)
    seconds.now += 2
    opened.check_timeouts()
    assert opened.dropped


async def test_a_client_that_answers_pings_stays(opened: Socket, seconds: Seconds) -> None:
    for _ in range(300):
        seconds.now += 2
        pings = opened.pings
        opened.check_timeouts()
        if opened.pings > pings:
            opened.hears()
    assert opened.pings > 20
    assert not opened.dropped


async def test_a_client_that_talks_faster_than_it_is_answered_is_not_read(opened: Socket) -> None:
    for _ in range(INBOX_MESSAGES):
        opened.onMessage(b"{}", False)
    assert not opened.transport.reading
    while not opened.application_queue.empty():
        opened.application_queue.get_nowait()
    await asyncio.sleep(socket_protocol.READ_AGAIN_S * 2)
    assert opened.transport.reading
