"""HTTP behind one thread hop: plain synchronous Django on persistent threads.

Stock Django under ASGI pays a hop per middleware and a fresh thread, with a fresh database
connection, per request: 60 requests/s where this does several hundred (docs/benchmarks.md).
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

from django.core import signals
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.base import BaseHandler
from django.http import HttpResponseBase
from django.urls import set_script_prefix

from events_app.tail import tail
from events_app.waiting import Wait, waits_for
from maestro_site.waiting import news

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BODY_LIMIT_BYTES = 1024 * 1024
READERS = 4
READING = ("GET", "HEAD", "OPTIONS")


class HttpBridge:
    """One thread for requests that write (several SQLite writers wait for each other by polling:
    p99 over a second), a few for those that read."""

    def __init__(self) -> None:
        self._handler = BaseHandler()
        self._handler.load_middleware()
        self._writing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="http-write")
        self._reading = ThreadPoolExecutor(max_workers=READERS, thread_name_prefix="http-read")

    async def answer(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        threads = self._reading if scope["method"] in READING else self._writing
        loop = asyncio.get_running_loop()
        until, seq = 0.0, tail.newest
        while True:
            start, content, wait = await loop.run_in_executor(threads, self._respond, scope, body)
            if wait is None:
                break
            until = until or loop.time() + wait.seconds
            read_to = await news(wait, after=seq, until=until, receive=receive)
            if read_to is None:
                break
            seq = read_to
        await send(start)
        await send({"type": "http.response.body", "body": content})

    def _respond(self, scope: Scope, body: bytes) -> tuple[dict[str, Any], bytes, Wait | None]:
        set_script_prefix(scope.get("root_path", "") or "/")
        signals.request_started.send(sender=type(self), scope=scope)
        response = self._response(scope, body)
        try:
            content = b"" if scope["method"] == "HEAD" else b"".join(response)
            headers = [(k.encode("latin1"), v.encode("latin1")) for k, v in response.items()]
            headers += [
                (b"set-cookie", c.output(header="").strip().encode("latin1"))
                for c in response.cookies.values()
            ]
            start = {
                "type": "http.response.start",
                "status": response.status_code,
                "headers": headers,
            }
            return start, content, waits_for(response)
        finally:
            response.close()

    def _response(self, scope: Scope, body: bytes) -> HttpResponseBase:
        return self._handler.get_response(ASGIRequest(scope, BytesIO(body)))


async def read_body(receive: Receive) -> bytes | None:
    """The request's body, or a little more than the limit of it; None when the client left."""
    received = bytearray()
    while True:
        part = await receive()
        if part["type"] == "http.disconnect":
            return None
        if len(received) <= BODY_LIMIT_BYTES:
            received += part.get("body", b"")
        if not part.get("more_body"):
            return bytes(received)
