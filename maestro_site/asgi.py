"""The ASGI application: HTTP over the bridge, sockets to their consumers, all origins checked."""

import os
from collections.abc import Sequence
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maestro_site.settings")
django.setup()

from access_app.middleware import POLICY  # noqa: E402
from access_app.origins import refusal  # noqa: E402
from access_app.views import ignored_header  # noqa: E402
from agents_app.consumers import PREFIX as TERMINALS  # noqa: E402
from agents_app.consumers import terminal_socket  # noqa: E402
from core import json  # noqa: E402
from dashboard_app.consumers import dashboard_socket  # noqa: E402
from events_app.consumers import program_socket  # noqa: E402
from maestro_site import background  # noqa: E402
from maestro_site.admission import address_of, serve_admitted  # noqa: E402
from maestro_site.bridge import HttpBridge, Receive, Scope, Send, read_body  # noqa: E402
from maestro_site.errors import as_maestro_error  # noqa: E402
from maestro_site.observing import observed, seen_in  # noqa: E402
from sessions_app.append import appender, short_way  # noqa: E402

# What Django's middleware puts on every other answer.
SECURITY_HEADERS = [
    (b"content-type", b"application/json"),
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
]
SOCKETS = {"/": program_socket, "/ws": program_socket, "/ws/ui": dashboard_socket}
SHORT_WAY = "api/sessions/<str:session_id>/timeline"
_bridge = HttpBridge()


@observed
async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    await background.start()
    if scope["type"] == "http":
        await _http(scope, receive, send)
    elif scope["type"] == "websocket":
        await _socket(scope, receive, send)


async def _http(scope: Scope, receive: Receive, send: Send) -> None:
    body = await read_body(receive)
    if body is None:
        return
    posted = short_way(scope, body)
    host = dict(scope["headers"]).get(b"host", b"").decode("latin1")
    try:
        if posted is None or refusal(host, None, address_of(scope)) is not None:
            await _bridge.answer(scope, body, receive, send)
            return
        seen = seen_in(scope)
        # Of many in one commit the log says that commit: a line each would cost a tenth of it.
        seen.route, seen.quiet = SHORT_WAY, True
        events = await appender.append(posted.request)
        answer: Any = events if posted.several else events[0]
        await _say(send, 201, answer, posted.ignored)
    except Exception as error:
        refused = as_maestro_error(error)
        await _say(send, refused.status, refused.as_json())


async def _say(send: Send, status: int, answer: Any, ignored: Sequence[str] = ()) -> None:
    content = json.to_wire(answer)
    headers = [*SECURITY_HEADERS, (b"content-length", str(len(content)).encode())]
    if ignored:
        headers.append((b"x-maestro-ignored", ignored_header(ignored).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def _socket(scope: Scope, receive: Receive, send: Send) -> None:
    is_terminal = scope["path"].startswith(TERMINALS)
    consumer = terminal_socket if is_terminal else SOCKETS.get(scope["path"])
    if consumer is None:
        await receive()
        await send({"type": "websocket.close", "code": 4404})
        return
    await serve_admitted(consumer, scope, receive, send, in_thread=_bridge.in_thread)


async def _lifespan(receive: Receive, send: Send) -> None:
    """For servers that have one; daphne has none, and `manage.py serve` does the same there."""
    while True:
        event = await receive()
        if event["type"] == "lifespan.startup":
            await background.start()
            await send({"type": "lifespan.startup.complete"})
        else:
            await background.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return
