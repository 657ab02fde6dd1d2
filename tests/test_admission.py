"""An open socket: it ends with the login or the token that opened it."""

import asyncio
from typing import Any

import pytest

from access_app import services
from conftest import HOST
from maestro_site import admission
from maestro_site.bridge import HttpBridge

pytestmark = pytest.mark.usefixtures("records", "impatient")


class Line:
    """One client's end: what it was sent, and a consumer that serves until it is told to stop."""

    def __init__(self, token: str) -> None:
        self.sent: list[dict[str, Any]] = []
        self.over = asyncio.Event()
        headers = {"host": HOST, "authorization": f"Bearer {token}"}
        self._scope = {
            "type": "websocket",
            "path": "/ws",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 5000),
            "query_string": b"",
        }

    async def serve(self) -> None:
        in_thread = HttpBridge().in_thread
        await admission.serve_admitted(
            self._consume, self._scope, self._receive, self._send, in_thread=in_thread
        )

    async def _consume(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})
        await self.over.wait()

    async def _receive(self) -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def _send(self, message: Any) -> None:
        self.sent.append(dict(message))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "LOOK_AGAIN_S", 0.02)


def test_a_revoked_token_closes_what_it_opened() -> None:
    made = services.create_token(name="ci")

    async def run() -> list[dict[str, Any]]:
        line = Line(made.secret)
        serving = asyncio.create_task(line.serve())
        while not line.sent:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(services.revoke_token, made.token.pk)
        await asyncio.wait_for(serving, 10)
        return line.sent

    assert asyncio.run(run()) == [
        {"type": "websocket.accept"},
        {"type": "websocket.close", "code": 4401},
    ]


def test_a_token_that_counts_keeps_its_socket_until_its_end() -> None:
    made = services.create_token(name="ci")

    async def run() -> list[dict[str, Any]]:
        line = Line(made.secret)
        serving = asyncio.create_task(line.serve())
        await asyncio.sleep(0.3)
        assert not serving.done()
        line.over.set()
        await asyncio.wait_for(serving, 10)
        return line.sent

    assert asyncio.run(run()) == [{"type": "websocket.accept"}]
