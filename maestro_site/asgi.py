"""The ASGI application: HTTP over the bridge, sockets to their consumers, all origins checked."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maestro_site.settings")
django.setup()

from access_app.origins import refusal  # noqa: E402
from dashboard_app.consumers import dashboard_socket  # noqa: E402
from events_app.consumers import program_socket  # noqa: E402
from maestro_site import background  # noqa: E402
from maestro_site.bridge import HttpBridge, Receive, Scope, Send  # noqa: E402

SOCKETS = {"/": program_socket, "/ws": program_socket, "/ws/ui": dashboard_socket}
_http = HttpBridge()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    await background.start()
    if scope["type"] == "http":
        await _http(scope, receive, send)
    elif scope["type"] == "websocket":
        await _socket(scope, receive, send)


async def _socket(scope: Scope, receive: Receive, send: Send) -> None:
    headers = {name: value.decode("latin1") for name, value in scope["headers"]}
    refused = refusal(headers.get(b"host"), headers.get(b"origin"))
    consumer = SOCKETS.get(scope["path"])
    if refused is not None or consumer is None:
        await receive()
        await send({"type": "websocket.close", "code": 4403 if refused else 4404})
        return
    await consumer(scope, receive, send)


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
