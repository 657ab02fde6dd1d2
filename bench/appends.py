"""Timeline appends per second: at three lengths, with and without watchers, alone and in arrays."""

import asyncio
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.load.figures import machine, write_section
from bench.load.http import Figures, load
from bench.load.sockets import Watched, watch
from tests.server import RunningServer

SECONDS = 4.0
WRITERS = 16
WATCHERS = 20
ARRAY = 100
UVICORN = (
    sys.executable,
    "-c",
    "import os, uvicorn; uvicorn.run('maestro_site.asgi:application', "
    "port=int(os.environ['MAESTRO_PORT']), log_level='warning')",
)
# What watches, how many events there are before, how many are posted at once.
ROWS = (
    ("nobody", 10, 1),
    ("nobody", 1000, 1),
    ("nobody", 10_000, 1),
    ("20 on delta", 10, 1),
    ("20 on delta", 2000, 1),
    ("20 silent", 10, 1),
    ("20 silent", 2000, 1),
    ("nobody", 10, ARRAY),
)


@dataclass
class Row:
    watchers: str
    before: int
    at_once: int
    found: Figures
    bytes_an_event: float

    def line(self) -> str:
        return (
            f"| {self.watchers} | {self.before:,} | {self.at_once} | "
            f"{self.found.per_second * self.at_once:,.0f} | {self.found.percentile(50):.1f} | "
            f"{self.found.percentile(99):.1f} | {self.bytes_an_event:,.0f} |"
        )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = RunningServer(Path(folder) / "data").start()
        try:
            table = asyncio.run(_measure(server))
        finally:
            server.stop()
        table += _under_uvicorn(Path(folder) / "other")
    lines = [f"{machine()}; {WRITERS} writers, {SECONDS:.0f} s a row.", "", *table]
    write_section("appends", lines)
    print("\n".join(lines))


async def _measure(server: RunningServer) -> list[str]:
    table = [
        "| who watches | events before | at once | events/s | p50 ms | p99 ms "
        "| bytes an event and watcher |",
        "|---|---|---|---|---|---|---|",
    ]
    for watchers, before, at_once in ROWS:
        row = await _one(server, watchers, before, at_once)
        table.append(row.line())
    return table


def _under_uvicorn(data_dir: Path) -> list[str]:
    """Two of the rows with another server in daphne's place."""
    server = RunningServer(data_dir, program=UVICORN).start()
    try:
        rows = [
            asyncio.run(_one(server, watchers, 10, 1)) for watchers in ("nobody", "20 on delta")
        ]
    finally:
        server.stop()
    return [replace(row, watchers=f"{row.watchers}, under uvicorn").line() for row in rows]


def new_session(server: RunningServer, before: int) -> str:
    """The path of the timeline of a session with that many events."""
    project = {"name": "P", "workingDir": str(server.data_dir.parent)}
    project_id = server.post("/api/projects", project).body["id"]
    session = server.post("/api/sessions", {"projectId": project_id, "name": "S"}).body
    path = f"/api/sessions/{session['id']}/timeline"
    for start in range(0, before, 500):
        batch = [{"message": f"before {n}"} for n in range(start, min(start + 500, before))]
        server.post(path, batch)
    return path


async def _one(server: RunningServer, watchers: str, before: int, at_once: int) -> Row:
    path = new_session(server, before)
    watched = Watched()
    tasks = await _watch(server, watchers, watched)
    found = await load(server.port, _posts(path, at_once), clients=WRITERS, seconds=SECONDS)
    assert not found.refused, found
    await asyncio.sleep(0.5)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    received = watched.size_bytes / len(tasks) / len(found.times_ms) if tasks else 0.0
    return Row(watchers, before, at_once, found, received)


def _posts(path: str, at_once: int) -> Callable[[int], tuple[str, str, Any]]:
    def post(n: int) -> tuple[str, str, Any]:
        event = {"message": f"event {n}", "metadata": {"percent": n % 100}}
        return "POST", path, event if at_once == 1 else [event] * at_once

    return post


async def _watch(
    server: RunningServer, watchers: str, watched: Watched
) -> list[asyncio.Task[None]]:
    if watchers == "nobody":
        return []
    ready = [asyncio.Event() for _ in range(WATCHERS)]
    delta = watchers.endswith("delta")
    tasks = [
        asyncio.create_task(watch(server.port, watched, event, delta=delta)) for event in ready
    ]
    await asyncio.gather(*(event.wait() for event in ready))
    return tasks


if __name__ == "__main__":
    main()
