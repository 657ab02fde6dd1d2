"""Requests per second of a small read, a small write and a queue's cycle, over the whole stack."""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.load.figures import machine, write_section
from bench.load.http import Figures, load
from tests.server import RunningServer

SECONDS = 4.0
CLIENTS = 16
QUEUES = 4
ITEMS = 50


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = RunningServer(Path(folder) / "data").start()
        try:
            rows = asyncio.run(_measure(server))
        finally:
            server.stop()
    table = ["| request | per second | p50 ms | p99 ms |", "|---|---|---|---|", *rows]
    write_section("requests", [f"{machine()}; {CLIENTS} connections, {SECONDS:.0f} s.", "", *table])
    print("\n".join(table))


async def _measure(server: RunningServer) -> list[str]:
    project = server.post("/api/projects", {"name": "P", "workingDir": folder_of(server)}).body
    task = server.post("/api/tasks", {"projectId": project["id"], "title": "T"}).body
    read = ("GET", f"/api/projects/{project['id']}", None)
    requests = {
        "GET one project": lambda _: read,
        "PATCH one task": lambda n: ("PATCH", f"/api/tasks/{task['id']}", {"title": f"T {n}"}),
    }
    rows = []
    for name, make in requests.items():
        await load(server.port, make, clients=CLIENTS, seconds=1)
        found = await load(server.port, make, clients=CLIENTS, seconds=SECONDS)
        assert not found.refused, found
        rows.append(
            f"| {name} | {found.per_second:.0f} | {found.percentile(50):.1f} | "
            f"{found.percentile(99):.1f} |"
        )
    rows.append(await _queue(server, project["id"]))
    return rows


async def _queue(server: RunningServer, project_id: str) -> str:
    """One agent at a time in each of a few queues: claim the next item, complete it."""
    cycles = await asyncio.gather(
        *(asyncio.to_thread(_work_off, server, project_id) for _ in range(QUEUES))
    )
    times = Figures(times_ms=[ms for of_one in cycles for ms in of_one])
    times.seconds = sum(times.times_ms) / QUEUES / 1000
    return (
        f"| `queue/next` and `complete`, {QUEUES} agents | {times.per_second:.0f} | "
        f"{times.percentile(50):.1f} | {times.percentile(99):.1f} |"
    )


def _work_off(server: RunningServer, project_id: str) -> list[float]:
    """Milliseconds of each cycle."""
    task_ids = [
        server.post("/api/tasks", {"projectId": project_id, "title": f"T {n}"}).body["id"]
        for n in range(ITEMS)
    ]
    asked = {"projectId": project_id, "taskIds": task_ids, "strategy": "queue", "name": "Q"}
    path = f"/api/sessions/{server.post('/api/sessions', asked).body['id']}/queue"
    times = []
    for _ in task_ids:
        before = time.perf_counter()
        claimed = server.post(f"{path}/next", {}).body["item"]
        assert server.post(f"{path}/complete", {"taskId": claimed["taskId"]}).status == 200
        times.append((time.perf_counter() - before) * 1000)
    return times


def folder_of(server: RunningServer) -> str:
    return str(server.data_dir.parent)


if __name__ == "__main__":
    main()
