"""Daphne, with a start and a stop of its own: background first, in-flight requests to their end."""

from daphne.server import Server, reactor, twisted_loop  # isort: skip  (installs the reactor)

import asyncio
import gc
from collections.abc import Callable
from functools import partial
from typing import Any

from daphne import http_protocol
from daphne.endpoints import build_endpoint_description_strings
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from twisted.internet import defer

from maestro_site import background
from maestro_site.asgi import application
from maestro_site.socket_protocol import FRAME_LIMIT_BYTES, SocketProtocol
from maestro_site.waiting import give_up

DRAIN_S = 10.0
FLUSH_S = 0.2

WebSocketFactory.protocol = SocketProtocol
# Django reads forms itself: Twisted's look at the content type was a tenth of an append.
http_protocol.WebRequest = partial(http_protocol.WebRequest, parsePOSTFormSubmission=False)


class GracefulServer(Server):
    """Listens, starts what runs beside, and on SIGTERM or SIGINT stops without losing anything."""

    def __init__(self, host: str, port: int, ready: Callable[[], None]) -> None:
        super().__init__(
            application=application,
            endpoints=build_endpoint_description_strings(host=host, port=port),
            websocket_max_message_size=FRAME_LIMIT_BYTES,
            websocket_max_frame_size=FRAME_LIMIT_BYTES,
            websocket_timeout=-1,
            server_name="maestro",
        )
        self.failed = ""
        self._ports: list[Any] = []
        self._announce = ready

    async def handle_reply(self, protocol: Any, message: Any) -> None:
        """As daphne's, but whoever sends to a socket waits until its client takes it."""
        await super().handle_reply(protocol, message)
        if isinstance(protocol, SocketProtocol):
            await protocol.writable()

    def listen_success(self, port: Any) -> None:
        super().listen_success(port)
        self._ports.append(port)
        started = twisted_loop.create_task(background.start())
        started.add_done_callback(lambda _: self._announce())

    def listen_error(self, failure: Any) -> None:
        self.failed = failure.getErrorMessage()
        self.stop()

    def kill_all_applications(self) -> defer.Deferred[None]:
        """Daphne would cancel requests at once; they are let finish instead."""
        return defer.Deferred.fromFuture(twisted_loop.create_task(self._drain()))

    async def _drain(self) -> None:
        for port in self._ports:
            port.stopListening()
        for protocol in list(self.connections):
            if isinstance(protocol, WebSocketProtocol):
                protocol.come_back()
        running = [
            details["application_instance"]
            for protocol, details in self.connections.items()
            if details.get("application_instance")
        ]
        if running:
            give_up()
            _, late = await asyncio.wait(running, timeout=DRAIN_S)
            for application_instance in late:
                application_instance.cancel()
        await background.stop()
        await asyncio.sleep(FLUSH_S)


def serve(host: str, port: int, ready: Callable[[], None]) -> None:
    """Until SIGTERM or SIGINT. Raises OSError when the address cannot be had."""
    server = GracefulServer(host, port, ready)
    # What is loaded by now stays: a full collection of it would stop every thread for 100 ms.
    gc.collect()
    gc.freeze()
    server.run()
    if server.failed:
        raise OSError(server.failed)


__all__ = ("reactor", "serve")
