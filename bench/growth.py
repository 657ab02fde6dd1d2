"""How costs grow: events of a session, sessions, and watchers, over three decades each."""

import asyncio
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.appends import new_session
from bench.load.figures import machine, write_section
from bench.load.http import Figures, load
from bench.load.plot import Line, write_plot
from bench.load.sockets import Watched, watch
from tests.server import RunningServer

SECONDS = 3.0
WRITERS = 16
SIZES = (10, 100, 1000, 10_000)
WATCHERS = (1, 10, 100, 1000)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = RunningServer(Path(folder) / "data").start()
        try:
            events = [_at_length(server, size) for size in SIZES]
            watchers = [asyncio.run(_watched(server, count)) for count in WATCHERS]
            sessions = _among_sessions(server)
        finally:
            server.stop()
    write_plot(
        "growth-events",
        "Cost of an append as the timeline grows",
        "events before",
        [
            Line("ms an append", [(size, ms) for size, (ms, _) in zip(SIZES, events, strict=True)]),
            Line(
                "bytes a watcher",
                [(size, sent) for size, (_, sent) in zip(SIZES, events, strict=True)],
            ),
        ],
    )
    write_plot(
        "growth-sessions",
        "Cost of an append as sessions grow",
        "sessions",
        [Line("ms an append", list(zip(SIZES, sessions, strict=True)))],
    )
    write_plot(
        "growth-watchers",
        "Cost of an append as watchers grow",
        "watchers on delta",
        [Line("ms an append", list(zip(WATCHERS, watchers, strict=True)))],
    )
    lines = [
        f"{machine()}; {WRITERS} writers, {SECONDS:.0f} s a point; time an append is the seconds "
        "over the appends answered in them.",
        "",
        *_table("events before", SIZES, [ms for ms, _ in events]),
        "",
        *_table("sessions", SIZES, sessions),
        "",
        *_table("watchers on delta", WATCHERS, watchers),
        "",
        *(
            f"![How it grows](plots/growth-{name}.svg)"
            for name in ("events", "sessions", "watchers")
        ),
    ]
    write_section("growth", lines)
    print("\n".join(lines))


def _table(name: str, sizes: tuple[int, ...], costs: list[float]) -> list[str]:
    return [
        f"| {name} | {' | '.join(f'{size:,}' for size in sizes)} |",
        f"|---|{'---|' * len(sizes)}",
        f"| ms an append | {' | '.join(f'{ms:.2f}' for ms in costs)} |",
    ]


def _at_length(server: RunningServer, before: int) -> tuple[float, float]:
    """Milliseconds an append, and bytes an event to a watcher on delta."""
    path = new_session(server, before)
    return asyncio.run(_appends(server, path)), asyncio.run(_bytes_an_event(server, path))


async def _appends(server: RunningServer, path: str) -> float:
    found = await load(
        server.port,
        lambda n: ("POST", path, {"message": f"event {n}"}),
        clients=WRITERS,
        seconds=SECONDS,
    )
    assert not found.refused, found
    return _cost_ms(found)


def _cost_ms(found: Figures) -> float:
    return found.seconds / len(found.times_ms) * 1000


async def _bytes_an_event(server: RunningServer, path: str) -> float:
    watched, ready = Watched(), asyncio.Event()
    task = asyncio.create_task(watch(server.port, watched, ready, delta=True))
    await ready.wait()
    found = await load(
        server.port, lambda n: ("POST", path, {"message": f"event {n}"}), clients=1, seconds=1
    )
    await asyncio.sleep(0.3)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return watched.size_bytes / len(found.times_ms)


async def _watched(server: RunningServer, count: int) -> float:
    path = new_session(server, 10)
    ready = [asyncio.Event() for _ in range(count)]
    tasks = [
        asyncio.create_task(watch(server.port, Watched(), event, delta=True)) for event in ready
    ]
    await asyncio.gather(*(event.wait() for event in ready))
    cost = await _appends(server, path)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return cost


def _among_sessions(server: RunningServer) -> list[float]:
    costs = []
    path = new_session(server, 10)
    project_id = server.get(path.removesuffix("/timeline")).body["projectId"]
    made = 1
    for size in SIZES:
        asyncio.run(_more_sessions(server, project_id, size - made))
        made = size
        costs.append(asyncio.run(_appends(server, path)))
    return costs


async def _more_sessions(server: RunningServer, project_id: str, count: int) -> None:
    left = iter(range(count))

    async def make() -> None:
        for n in left:
            await asyncio.to_thread(
                server.post, "/api/sessions", {"projectId": project_id, "name": f"S {n}"}
            )

    await asyncio.gather(*(make() for _ in range(4)))


if __name__ == "__main__":
    main()
