"""A WebSocket client for many at once: frames are cut out of the stream, and may go unread."""

import asyncio
import base64
import json
import os
import socket
import struct
from collections.abc import Callable
from typing import Any, cast

Hear = Callable[[bytes], None]
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
SMALL_BUFFER_BYTES = 4096


class Listener(asyncio.Protocol):
    """One connection; every text message is given to `hear` as it came."""

    def __init__(self, hear: Hear) -> None:
        self.hear = hear
        self.close_code = 0
        self.messages = 0
        self.size_bytes = 0
        self.answers_pings = True
        self.closed = asyncio.Event()
        self._open: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    async def greet(self, port: int, path: str) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        self.transport.write(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        await self._open

    def say(self, message: dict[str, Any]) -> None:
        self._send(TEXT, json.dumps(message).encode())

    def stop_reading(self) -> None:
        self.transport.pause_reading()

    def read_on(self) -> None:
        self.transport.resume_reading()

    async def close(self) -> None:
        self.transport.abort()
        await self.closed.wait()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._open.done():
            head, end, rest = bytes(self._buffer).partition(b"\r\n\r\n")
            if not end:
                return
            self._buffer = bytearray(rest)
            if b" 101 " not in head[:20]:
                self._open.set_exception(ConnectionError(head[:40].decode("latin1")))
                return
            self._open.set_result(None)
        self._cut()

    def _cut(self) -> None:
        buffer, at = self._buffer, 0
        while len(buffer) >= at + 2:
            length, body = buffer[at + 1], at + 2
            if length == 126:
                body += 2
                length = int.from_bytes(buffer[at + 2 : body])
            elif length == 127:
                body += 8
                length = int.from_bytes(buffer[at + 2 : body])
            if len(buffer) < body + length:
                break
            self._take(buffer[at] & 15, bytes(buffer[body : body + length]))
            at = body + length
        del buffer[:at]

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == TEXT:
            self.messages += 1
            self.size_bytes += len(payload)
            self.hear(payload)
        elif opcode == PING and self.answers_pings:
            self._send(PONG, payload)
        elif opcode == CLOSE:
            self.close_code = int.from_bytes(payload[:2])
            self._send(CLOSE, payload)
            self.transport.close()

    def _send(self, opcode: int, payload: bytes) -> None:
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[n % 4] for n, byte in enumerate(payload))
        length = len(payload)
        head = (
            bytes((0x80 | opcode, 0x80 | length))
            if length < 126
            else bytes((0x80 | opcode, 0xFE)) + struct.pack("!H", length)
        )
        self.transport.write(head + mask + masked)

    def connection_lost(self, error: Exception | None) -> None:
        if not self._open.done():
            self._open.set_exception(ConnectionError("closed before it was open"))
        self.closed.set()


async def listen(port: int, hear: Hear, *, path: str = "/ws", slow: bool = False) -> Listener:
    """Connect. Raises OSError. Slow: with so small a buffer that what is unread is the server's."""
    wire = socket.socket()
    wire.setblocking(False)
    if slow:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER_BYTES)
    loop = asyncio.get_running_loop()
    try:
        await loop.sock_connect(wire, ("127.0.0.1", port))
        _, listener = await loop.create_connection(lambda: Listener(hear), sock=wire)
    except OSError:
        wire.close()
        raise
    await listener.greet(port, path)
    return listener
