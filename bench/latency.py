"""How long after it is committed a change is on the sockets, by what wrote it; and after a post."""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.load.figures import machine, write_section
from tests.server import RunningServer
from tests.sockets import listen

WRITES, PAUSE_S = 20, 0.3
POSTS, WATCHERS = 200, 20
COMMAND = """
import time
from projects_app.services import update_project
for number in range({writes}):
    update_project("{id}", name=f"Name {{number}}")
    time.sleep({pause})
"""
ADMIN = """
import time
from django.test.utils import setup_test_environment
from tests.admin_pages import opened
setup_test_environment()
with opened() as pages:
    for number in range({writes}):
        pages.change("projects_app/project/{id}/change/", name=f"Name {{number}}")
        time.sleep({pause})
"""


class Arrivals:
    """When each project event was committed, and when a program and a page had it, in Unix ms."""

    def __init__(self) -> None:
        self.committed: dict[int, float] = {}
        self.program: dict[int, float] = {}
        self.page: dict[int, float] = {}

    def hear_program(self, message: bytes) -> None:
        if message.startswith(b'{"type":"project:'):
            said = json.loads(message)
            self.committed[said["seq"]] = said["timestamp"]
            self.program[said["seq"]] = time.time() * 1000

    def hear_page(self, message: bytes) -> None:
        if message.startswith(b'{"type":"html"'):
            self.page[json.loads(message)["seq"]] = time.time() * 1000

    def after_ms(self, heard: dict[int, float]) -> list[float]:
        """Of each event, until the first message that has it."""
        return [
            min(at for shown, at in heard.items() if shown >= seq) - committed
            for seq, committed in self.committed.items()
            if max(heard, default=0) >= seq
        ]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = RunningServer(Path(folder) / "data").start()
        try:
            written, posted = asyncio.run(_measure(server))
        finally:
            server.stop()
    lines = [
        f"{machine()}; {WRITES} changes each, {PAUSE_S} s apart.",
        "",
        "| written by | to a program: p50 ms | longest ms | to a page: p50 ms | longest ms |",
        "|---|---|---|---|---|",
        *written,
        "",
        f"From the post of an event to the last of {WATCHERS} watchers (delta), {POSTS} posts: "
        f"p50 {statistics.median(posted):.1f} ms, "
        f"p99 {statistics.quantiles(posted, n=100)[98]:.1f} ms.",
    ]
    write_section("latency", lines)
    print("\n".join(lines))


async def _measure(server: RunningServer) -> tuple[list[str], list[float]]:
    body = {"name": "P", "workingDir": str(server.data_dir.parent)}
    project_id = server.post("/api/projects", body).body["id"]

    def by_requests() -> None:
        for number in range(WRITES):
            server.patch(f"/api/projects/{project_id}", {"name": f"Name {number}"})
            time.sleep(PAUSE_S)

    def by_code(code: str) -> None:
        filled = code.format(writes=WRITES, id=project_id, pause=PAUSE_S)
        said = server.manage("shell", "-c", filled)
        assert said.returncode == 0, said.stderr

    def by_maestro() -> None:
        for number in range(WRITES):
            said = server.maestro("project", "create", f"Name {number}", "--dir", "/tmp")
            assert said.returncode == 0, said.stderr

    writers = {
        "a request": by_requests,
        "a `manage.py` command, in its own process": lambda: by_code(COMMAND),
        "the admin, in a process of its own": lambda: by_code(ADMIN),
        "`maestro`": by_maestro,
    }
    rows = [await _row(server, name, write) for name, write in writers.items()]
    return rows, await _posts(server, project_id)


async def _row(server: RunningServer, name: str, write: Callable[[], None]) -> str:
    arrivals = Arrivals()
    program = await listen(server.port, arrivals.hear_program)
    page = await listen(server.port, arrivals.hear_page, path="/ws/ui")
    page.say({"show": ["projects"]})
    await asyncio.to_thread(write)
    await asyncio.sleep(0.5)
    await program.close()
    await page.close()
    assert len(arrivals.committed) >= WRITES
    figures = [arrivals.after_ms(heard) for heard in (arrivals.program, arrivals.page)]
    cells = [f"{statistics.median(found):.0f} | {max(found):.0f}" for found in figures]
    return f"| {name} | {cells[0]} | {cells[1]} |"


async def _posts(server: RunningServer, project_id: str) -> list[float]:
    session = server.post("/api/sessions", {"projectId": project_id, "name": "S"}).body
    heard: asyncio.Queue[float] = asyncio.Queue()

    def hear(message: bytes) -> None:
        if message.startswith((b'{"type":"session:timeline"', b'{"type":"subscribed"')):
            heard.put_nowait(time.perf_counter())

    listeners = [await listen(server.port, hear) for _ in range(WATCHERS)]
    for listener in listeners:
        listener.say({"type": "subscribe", "format": "delta", "sessionIds": [session["id"]]})
    for _ in listeners:
        await heard.get()
    found = []
    for number in range(POSTS):
        started = time.perf_counter()
        path = f"/api/sessions/{session['id']}/timeline"
        await asyncio.to_thread(server.post, path, {"message": f"event {number}"})
        last = max([await heard.get() for _ in listeners])
        found.append((last - started) * 1000)
    for listener in listeners:
        await listener.close()
    return found


if __name__ == "__main__":
    main()
