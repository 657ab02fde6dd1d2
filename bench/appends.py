"""Timeline appends per second: 0 and 20 watchers, at 10 and 2,000 events, interleaved."""

import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.load.figures import machine, write_section
from bench.load.http import Figures, load
from bench.load.sockets import Watched, watch
from tests.server import RunningServer

SECONDS = 4.0
WRITERS = 16
LENGTHS = (10, 2000)
WATCHERS = ("no watcher", "20 on delta", "20 silent")


@dataclass
class Row:
    watchers: str
    events: int
    found: Figures
    bytes_an_event: float


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = RunningServer(Path(folder) / "data").start()
        try:
            rows = asyncio.run(_measure(server))
        finally:
            server.stop()
    table = [
        "| watchers | events before | appends/s | p50 ms | p99 ms | bytes an event and watcher |",
        "|---|---|---|---|---|---|",
        *(_line(row) for row in rows),
    ]
    write_section("appends", [f"{machine()}; {WRITERS} writers, {SECONDS:.0f} s.", "", *table])
    print("\n".join(table))


def _line(row: Row) -> str:
    return (
        f"| {row.watchers} | {row.events} | {row.found.per_second:.0f} | "
        f"{row.found.percentile(50):.1f} | {row.found.percentile(99):.1f} | "
        f"{row.bytes_an_event:.0f} |"
    )


async def _measure(server: RunningServer) -> list[Row]:
    body = {"name": "P", "workingDir": str(server.data_dir.parent)}
    project_id = server.post("/api/projects", body).body["id"]
    return [
        await _one(server, project_id, watchers, events)
        for watchers in WATCHERS
        for events in LENGTHS
    ]


async def _one(server: RunningServer, project_id: str, watchers: str, events: int) -> Row:
    session = server.post("/api/sessions", {"projectId": project_id, "name": "S"}).body
    path = f"/api/sessions/{session['id']}/timeline"
    for start in range(0, events, 500):
        batch = [{"message": f"before {n}"} for n in range(start, min(start + 500, events))]
        server.post(path, batch)
    watched = Watched()
    tasks = await _watch(server, watchers, watched)
    found = await load(
        server.port,
        lambda n: ("POST", path, {"message": f"event {n}", "metadata": {"percent": n % 100}}),
        clients=WRITERS,
        seconds=SECONDS,
    )
    assert not found.refused, found
    await asyncio.sleep(0.5)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    received = watched.size_bytes / len(tasks) / len(found.times_ms) if tasks else 0.0
    return Row(watchers, events, found, received)


async def _watch(
    server: RunningServer, watchers: str, watched: Watched
) -> list[asyncio.Task[None]]:
    if watchers == "no watcher":
        return []
    ready = [asyncio.Event() for _ in range(20)]
    delta = watchers.endswith("delta")
    tasks = [
        asyncio.create_task(watch(server.port, watched, event, delta=delta)) for event in ready
    ]
    await asyncio.gather(*(event.wait() for event in ready))
    return tasks


if __name__ == "__main__":
    main()
