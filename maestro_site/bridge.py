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

from access_app.rules import READING
from core import json
from core.errors import MaestroError
from events_app.tail import tail
from events_app.waiting import ServerCloses, Wait, waits_for
from maestro_site.logs import request_id
from maestro_site.observing import Seen, seen_in
from maestro_site.waiting import news

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BODY_LIMIT_BYTES = 1024 * 1024
READERS = 4
HASHING = ("/login/", "/welcome/")


class HttpBridge:
    """One thread for requests that write (several SQLite writers wait for each other by polling:
    p99 over a second), a few for those that read, one for those that hash a password: half a
    second each, so that whoever guesses keeps only other guessers waiting."""

    def __init__(self) -> None:
        self._handler = BaseHandler()
        self._handler.load_middleware()
        self._writing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="http-write")
        self._hashing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="http-login")
        self._reading = ThreadPoolExecutor(max_workers=READERS, thread_name_prefix="http-read")

    async def in_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """For what the event loop needs of the database."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._reading, function, *arguments)

    async def answer(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        threads = self._threads_for(scope)
        loop = asyncio.get_running_loop()
        until, seq = 0.0, tail.newest
        while True:
            start, content, wait = await loop.run_in_executor(threads, self._respond, scope, body)
            if wait is None:
                break
            until = until or loop.time() + wait.seconds
            try:
                read_to = await news(wait, after=seq, until=until, receive=receive)
            except ServerCloses as closes:
                start, content = _refused(start, closes)
                break
            if read_to is None:
                break
            seq = read_to
        await send(start)
        await send({"type": "http.response.body", "body": content})

    def _threads_for(self, scope: Scope) -> ThreadPoolExecutor:
        if scope["method"] in READING:
            return self._reading
        return self._hashing if scope["path"].startswith(HASHING) else self._writing

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
        request, seen = ASGIRequest(scope, BytesIO(body)), seen_in(scope)
        token = request_id.set(seen.id)
        try:
            return self._handler.get_response(request)
        finally:
            request_id.reset(token)
            _note(request, seen)


def _note(request: ASGIRequest, seen: Seen) -> None:
    match, actor = request.resolver_match, getattr(request, "actor", None)
    seen.route = match.route if match else ""
    seen.by = actor.asker if actor else ""


def _refused(start: dict[str, Any], error: MaestroError) -> tuple[dict[str, Any], bytes]:
    """The refusal in place of an answer that was not meant to stand, with its other headers."""
    content = json.to_wire(error.as_json())
    kept = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
    own = [(name.lower().encode(), word.encode()) for name, word in error.headers.items()]
    own.append((b"content-length", str(len(content)).encode()))
    return {**start, "status": error.status, "headers": [*kept, *own]}, content


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
