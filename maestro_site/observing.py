"""Around the whole application: every request and socket is named, timed, counted and logged."""

import logging
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from core.ids import new_id
from maestro_site import metrics
from maestro_site.logs import request_id

logger = logging.getLogger("maestro.requests")

Scope = Any
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
GIVEN_ID = re.compile(rb"[A-Za-z0-9_.-]{1,64}")
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
LEFT = 499  # the client, before it was answered
# Monitors ask for these all day, and pages for those.
QUIET = re.compile(r"/health|/metrics|/ws-status|/static/.*")
SECRET_PATH = re.compile(r"/welcome/.*")


@dataclass
class Seen:
    """What is known of a request by its end. `route` is a pattern, `by` a name and never a key."""

    id: str
    route: str = ""
    by: str = ""
    quiet: bool = False
    status: int = LEFT


def seen_in(scope: Scope) -> Seen:
    found: Seen = scope["maestro"]
    return found


def observed(application: Application) -> Application:
    async def observing(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await _request(application, scope, receive, send)
        elif scope["type"] == "websocket":
            await _socket(application, scope, receive, send)
        else:
            await application(scope, receive, send)

    return observing


async def _request(application: Application, scope: Scope, receive: Receive, send: Send) -> None:
    seen = scope["maestro"] = Seen(_id_for(scope), quiet=bool(QUIET.fullmatch(scope["path"])))
    request_id.set(seen.id)
    began = time.perf_counter()

    async def sending(message: Any) -> None:
        if message["type"] == "http.response.start":
            seen.status = message["status"]
            message["headers"] = [*message["headers"], (b"x-request-id", seen.id.encode())]
        await send(message)

    try:
        await application(scope, receive, sending)
    finally:
        _note(scope, seen, time.perf_counter() - began)


def _note(scope: Scope, seen: Seen, took_s: float) -> None:
    method = scope["method"] if scope["method"] in METHODS else "other"
    route = seen.route or ("static" if scope["path"].startswith("/static/") else "none")
    metrics.requests.labels(method, route, str(seen.status)).inc()
    metrics.durations.labels(method, route).observe(took_s)
    level = logging.DEBUG if seen.quiet and seen.status < 400 else logging.INFO
    if logger.isEnabledFor(level):
        fields = {
            "method": method,
            "path": SECRET_PATH.sub("/welcome/…", scope["path"]),
            "status": seen.status,
            "ms": round(took_s * 1000, 1),
            "by": seen.by,
        }
        logger.log(level, "request", extra={"fields": fields})


def _id_for(scope: Scope) -> str:
    """A proxy's own, so that its log and this one can be read together; else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and GIVEN_ID.fullmatch(value):
            return str(value.decode())
    return new_id("req")


async def _socket(application: Application, scope: Scope, receive: Receive, send: Send) -> None:
    """Its path's last part may be a session's id, which no label is to hold."""
    known = ("/ws/terminal", "/ws/ui", "/ws", "/")
    path = scope["path"]
    label = next((one for one in known if path == one or path.startswith("/ws/t")), "none")
    gauge = metrics.sockets.labels(label)
    request_id.set(_id_for(scope))
    began = time.perf_counter()
    gauge.inc()
    try:
        await application(scope, receive, send)
    finally:
        gauge.dec()
        actor = scope.get("actor")
        took_s = round(time.perf_counter() - began, 1)
        fields = {"path": path, "s": took_s, "by": actor.asker if actor else ""}
        logger.info("socket", extra={"fields": fields})
