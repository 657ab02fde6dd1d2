"""Requests per second of a small read and a small write, over the whole stack."""

import asyncio
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.load.figures import machine, write_section
from bench.load.http import load
from tests.server import RunningServer

SECONDS = 4.0
CLIENTS = 16


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
    return rows


def folder_of(server: RunningServer) -> str:
    return str(server.data_dir.parent)


if __name__ == "__main__":
    main()
