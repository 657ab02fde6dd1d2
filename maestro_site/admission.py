"""Who may open a socket, and for how long: a login that ends and a token that is revoked end it."""

import asyncio
from collections.abc import Awaitable, Callable
from importlib import import_module
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.db import DatabaseError

from access_app.actors import Actor
from access_app.authentication import actor_of, quick_actor
from access_app.origins import refusal
from access_app.rules import SOCKET_OF_PAGES, needed_level
from core.errors import MaestroError, Unauthenticated
from maestro_site.bridge import Receive, Scope, Send

CLOSE_BASE = 4000  # a refusal's close code is this and its HTTP status
LOOK_AGAIN_S = 30.0
InThread = Callable[..., Awaitable[Any]]
Consumer = Callable[[Scope, Receive, Send], Awaitable[None]]


async def serve_admitted(
    consumer: Consumer, scope: Scope, receive: Receive, send: Send, *, in_thread: InThread
) -> None:
    """Run the consumer with `scope["actor"]`, or refuse the connection."""
    try:
        actor = scope["actor"] = await _admitted(scope, in_thread)
    except MaestroError as error:
        await receive()
        if error.status == 401 and scope["path"] == SOCKET_OF_PAGES:
            await send({"type": "websocket.accept"})  # so that the page learns why, and reloads
        await send({"type": "websocket.close", "code": CLOSE_BASE + error.status})
        return
    if not (actor.name or actor.has_token):
        await consumer(scope, receive, send)
        return
    serving = asyncio.ensure_future(consumer(scope, receive, send))
    try:
        ended = await _ended(serving, scope, in_thread)
        if ended is not None:
            await send({"type": "websocket.close", "code": CLOSE_BASE + ended.status})
    finally:
        serving.cancel()
        await asyncio.wait({serving})
    if not serving.cancelled():
        serving.result()


async def _ended(
    serving: "asyncio.Future[None]", scope: Scope, in_thread: InThread
) -> MaestroError | None:
    """Why it may not go on, or None when it is over by itself."""
    while not (await asyncio.wait({serving}, timeout=LOOK_AGAIN_S))[0]:
        try:
            await _admitted(scope, in_thread)
        except MaestroError as error:
            return error
        except DatabaseError:
            continue
    return None


async def _admitted(scope: Scope, in_thread: InThread) -> Actor:
    """Raises ForbiddenHost, ForbiddenOrigin, Unauthenticated, Forbidden, TooManyRequests."""
    headers = {name: value.decode("latin1") for name, value in scope["headers"]}
    refused = refusal(headers.get(b"host"), headers.get(b"origin"), address_of(scope))
    if refused is not None:
        raise refused
    actor = quick_actor(headers.get(b"authorization", ""))
    if actor is None or actor.is_agent:
        actor = await in_thread(_known_actor, scope)
    if actor is None:
        raise Unauthenticated("Log in, or send a token as Authorization: Bearer …")
    path = scope["path"]
    actor.check(needed_level("GET", path), takes_tokens=path != SOCKET_OF_PAGES)
    return actor


def _known_actor(scope: Scope) -> Actor | None:
    request = ASGIRequest({**scope, "type": "http", "method": "GET"}, BytesIO())
    engine: Any = import_module(settings.SESSION_ENGINE)
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    request.session = engine.SessionStore(key)
    return actor_of(request)


def address_of(scope: Scope) -> str | None:
    client = scope.get("client")
    return str(client[0]) if client else None
