"""What pages and programs read most: one long session, a page of its timeline, a long list."""

import asyncio
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.appends import new_session
from bench.load.figures import machine, write_section
from bench.load.http import load
from tests.server import RunningServer

SECONDS = 3.0
EVENTS = 2000
SESSIONS = 1000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = RunningServer(Path(folder) / "data").start()
        try:
            table = _measure(server)
        finally:
            server.stop()
    lines = [f"{machine()}; one request after the other, {SECONDS:.0f} s a row.", "", *table]
    write_section("reads", lines)
    print("\n".join(lines))


def _measure(server: RunningServer) -> list[str]:
    timeline = new_session(server, EVENTS)
    session = timeline.removesuffix("/timeline")
    project_id = server.get(session).body["projectId"]
    for number in range(SESSIONS - 1):
        server.post("/api/sessions", {"projectId": project_id, "name": f"S {number}"})
    rows = {
        f"one session with {EVENTS:,} events": session,
        "a page of 200 of its timeline": f"{timeline}?limit=200",
        f"the list of {SESSIONS:,} sessions": "/api/sessions",
    }
    table = ["| GET | KB | p50 ms | p99 ms |", "|---|---|---|---|"]
    for name, path in rows.items():
        size = len(server.text(path).encode())
        found = asyncio.run(load(server.port, _gets(path), clients=1, seconds=SECONDS))
        assert not found.refused, found
        table.append(
            f"| {name} | {size / 1000:,.0f} | {found.percentile(50):.1f} | "
            f"{found.percentile(99):.1f} |"
        )
    return table


def _gets(path: str) -> Callable[[int], tuple[str, str, None]]:
    return lambda _: ("GET", path, None)


if __name__ == "__main__":
    main()
