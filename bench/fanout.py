"""Messages per second to 500 clients: every one counted, none may be missing."""

import asyncio
import re
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.load.figures import machine, write_section
from tests.server import RunningServer
from tests.sockets import Listener, listen

CLIENTS = 500
BURST, BURSTS = 25, 12
EVENT = re.compile(rb'"message":"event (\d+)"')
WITHIN_S = 60.0


@dataclass
class Client:
    """What one client has heard, and whether anything is missing or out of order."""

    next: int = 0
    wrong: int = 0
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, message: bytes) -> None:
        if message.startswith(b'{"type":"subscribed"'):
            self.ready.set()
        for number in EVENT.findall(message):
            self.wrong += int(number) != self.next
            self.next = int(number) + 1


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = RunningServer(Path(folder) / "data").start()
        try:
            messages, seconds = asyncio.run(_measure(server))
        finally:
            server.stop()
    rate = messages / seconds
    table = [
        "| clients | messages | seconds | messages/s | lost or out of order |",
        "|---|---|---|---|---|",
        f"| {CLIENTS} | {messages:,} | {seconds:.1f} | {rate:,.0f} | 0 |",
    ]
    write_section("fanout", [f"{machine()}.", "", *table])
    print("\n".join(table))


async def _measure(server: RunningServer) -> tuple[int, float]:
    body = {"name": "P", "workingDir": str(server.data_dir.parent)}
    project_id = server.post("/api/projects", body).body["id"]
    session_id = server.post("/api/sessions", {"projectId": project_id, "name": "S"}).body["id"]
    clients = [Client() for _ in range(CLIENTS)]
    listeners = [await _connect(server.port, client) for client in clients]
    heard = sum(listener.messages for listener in listeners)
    started = time.perf_counter()
    await asyncio.to_thread(_post, server, f"/api/sessions/{session_id}/timeline")
    total = BURST * BURSTS
    while min(client.next for client in clients) < total:
        assert time.perf_counter() - started < WITHIN_S, "messages are missing"
        await asyncio.sleep(0.01)
    seconds = time.perf_counter() - started
    assert not any(client.wrong for client in clients)
    messages = sum(listener.messages for listener in listeners) - heard
    for listener in listeners:
        await listener.close()
    return messages, seconds


async def _connect(port: int, client: Client) -> Listener:
    listener = await listen(port, client.hear)
    listener.say({"type": "subscribe", "format": "delta"})
    await client.ready.wait()
    return listener


def _post(server: RunningServer, path: str) -> None:
    """Each event a message of its own: one post after the other."""
    for number in range(BURST * BURSTS):
        server.post(path, {"message": f"event {number}"})


if __name__ == "__main__":
    main()
