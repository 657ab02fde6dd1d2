"""/ws/ui: HTML for the dashboard's pages."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any


async def dashboard_socket(
    scope: MutableMapping[str, Any],
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
    send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 4404})
