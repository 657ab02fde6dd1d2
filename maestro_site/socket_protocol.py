"""A WebSocket under daphne: limits on what clients send, waiting for slow ones, pings for silent
ones. Other ASGI servers do all of this themselves."""

import asyncio
import socket
import time
from contextlib import suppress
from typing import Any

from daphne.ws_protocol import WebSocketProtocol

COME_BACK = 4012  # autobahn allows 1000 and 3000 to 4999
FRAME_LIMIT_BYTES = 64 * 1024
INBOX_MESSAGES = 64
UNSENT_BYTES = 64 * 1024
READ_AGAIN_S = 0.05
PING_EVERY_S = 20.0
SILENT_AT_MOST_S = 60.0


class Gate:
    """Open while the transport has nothing left to write; Twisted says when that is so again."""

    def __init__(self) -> None:
        self._open = asyncio.Event()

    @property
    def is_open(self) -> bool:
        return self._open.is_set()

    async def wait(self) -> None:
        await self._open.wait()

    def close(self) -> None:
        self._open.clear()

    def resumeProducing(self) -> None:
        self._open.set()

    def stopProducing(self) -> None:
        """Nobody is there any more, and whoever waits is to find that out."""
        self._open.set()


class SocketProtocol(WebSocketProtocol):
    """Frames from clients are limited; what we send them is not, but waits until they take it."""

    maxMessagePayloadSize: int

    def connectionMade(self) -> None:
        super().connectionMade()
        self.begin()

    def begin(self) -> None:
        self._gate = Gate()
        self._heard_at = self._pinged_at = time.monotonic()
        self._rests = False
        # In the place of the HTTP channel that the connection was until now.
        self.transport.unregisterProducer()
        self.transport.registerProducer(self._gate, False)
        self._gate.close()  # an answer of the channel's may still be under way
        # What waits in the kernel cannot be made newer: megabytes, where a client reads slowly.
        with suppress(AttributeError, OSError):
            wire = self.transport.getHandle()
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)

    async def writable(self) -> None:
        """Return when the client has taken what it was sent, or has left."""
        await self._gate.wait()

    def connectionLost(self, reason: Any) -> None:
        self._gate.stopProducing()
        super().connectionLost(reason)

    def dataReceived(self, data: bytes) -> None:
        self.hears()
        super().dataReceived(data)

    def hears(self) -> None:
        self._heard_at = time.monotonic()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        super().onMessage(payload, isBinary)
        if self.application_queue.qsize() >= INBOX_MESSAGES and not self._rests:
            self._rests = True
            self.transport.pauseProducing()
            asyncio.get_running_loop().call_later(READ_AGAIN_S, self._read_again)

    def _read_again(self) -> None:
        """Once all that the client said is answered."""
        if self.state == self.STATE_CLOSED:
            return
        if self.application_queue.empty():
            self._rests = False
            self.transport.resumeProducing()
        else:
            asyncio.get_running_loop().call_later(READ_AGAIN_S, self._read_again)

    def sendMessage(self, payload: bytes, *arguments: Any, **options: Any) -> None:
        """Autobahn has one limit for both directions, and drops a longer message of ours."""
        if self.state != self.STATE_OPEN:
            return
        limit, self.maxMessagePayloadSize = self.maxMessagePayloadSize, 0
        try:
            super().sendMessage(payload, *arguments, **options)
        finally:
            self.maxMessagePayloadSize = limit

    def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:
        """At once, where that is possible; by way of the transport's buffer and the reactor it
        costs twice as much. Autobahn's own, which words a line for its log each time, four times.
        """
        if self._gate.is_open:
            sent = self.transport.writeSomeData(data)
            if sent == len(data):
                return
            self._gate.close()
            data = data[sent:] if isinstance(sent, int) else data
        self.transport.write(data)

    def check_timeouts(self) -> None:
        """Called by daphne every two seconds."""
        if self.state != self.STATE_OPEN:
            super().check_timeouts()
            return
        now = time.monotonic()
        if now - self._heard_at > SILENT_AT_MOST_S:
            self.wasNotCleanReason = "it has not answered"
            self.dropConnection(abort=True)
        elif now - max(self._heard_at, self._pinged_at) > PING_EVERY_S:
            self._pinged_at = now
            self.sendPing()

    def come_back(self) -> None:
        """Close, because the server does."""
        if self.state == self.STATE_OPEN:
            self.serverClose(code=COME_BACK)
        elif self.state == self.STATE_CONNECTING and hasattr(self, "handshake_deferred"):
            self.serverReject()
