"""The seed's two tables with our own figures: how big sessions get, how often messages come."""

import json
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from websockets.sync.client import ClientConnection, connect

from bench.load.figures import machine, write_section
from tests.server import RunningServer, wait_until

# Session type, the seed's events and size; tasks of ours, and progress events of each.
GROWTH = (
    ("Simple (no progress)", "5-10", "~2 KB", "simple", 3, 0),
    ("Simple (with progress)", "20-50", "~5-10 KB", "simple", 3, 9),
    ("Queue (3 tasks)", "15-30", "~5 KB", "queue", 3, 5),
    ("Queue (10 tasks)", "50-100", "~15-20 KB", "queue", 10, 5),
    ("Long-running (progress)", "200-500", "~50-100 KB", "simple", 3, 115),
)
FREQUENCY = {
    "session:updated": "1-10/s (with progress)",
    "task:updated": "1-5/min",
    "session:spawn": "< 1/min",
    "session:created": "< 1/min",
    "session:deleted": "< 1/h",
}
DEMO_WITHIN_S = 150.0


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = RunningServer(Path(folder) / "data").start()
        try:
            growth = _growth(server)
            frequency = _frequency(server)
        finally:
            server.stop()
    lines = [f"{machine()}. Sizes are of the file as it is on disk.", "", *growth, "", *frequency]
    write_section("seed_tables", lines)
    print("\n".join(lines))


def _growth(server: RunningServer) -> list[str]:
    table = [
        "| session type | events: seed | ours | file: seed | ours |",
        "|---|---|---|---|---|",
    ]
    body = {"name": "P", "workingDir": str(server.data_dir.parent)}
    project_id = server.post("/api/projects", body).body["id"]
    for name, seed_events, seed_size, strategy, tasks, progress in GROWTH:
        session_id = _run(server, project_id, strategy, tasks, progress)
        path = server.data_dir / "sessions" / f"{session_id}.json"
        wait_until(partial(_is_final, path), 10)
        events = len(json.loads(path.read_text())["timeline"])
        size = path.stat().st_size / 1000
        table.append(f"| {name} | {seed_events} | {events} | {seed_size} | {size:.1f} KB |")
    return table


def _is_final(path: Path) -> bool:
    return path.exists() and json.loads(path.read_text())["status"] == "completed"


def _run(server: RunningServer, project_id: str, strategy: str, tasks: int, progress: int) -> str:
    """A session of ours from its start to its end, as an agent would report it."""
    task_ids = [
        server.post("/api/tasks", {"projectId": project_id, "title": f"Task {n}"}).body["id"]
        for n in range(tasks)
    ]
    asked = {"projectId": project_id, "taskIds": task_ids, "strategy": strategy, "name": "S"}
    session_id = str(server.post("/api/sessions", asked).body["id"])
    path = f"/api/sessions/{session_id}"
    server.post(f"{path}/timeline", {"type": "session_started"})
    for task_id in task_ids:
        _begin(server, path, strategy, task_id)
        for n in range(progress):
            said = f"Step {n + 1} of {progress}: reading and changing files"
            server.post(f"{path}/timeline", {"message": said, "taskId": task_id})
        _finish(server, path, strategy, task_id)
    server.patch(path, {"status": "completed"})
    return session_id


def _begin(server: RunningServer, path: str, strategy: str, task_id: str) -> None:
    if strategy == "queue":
        server.post(f"{path}/queue/start", {})
    else:
        server.post(f"{path}/timeline", {"type": "task_started", "taskId": task_id})


def _finish(server: RunningServer, path: str, strategy: str, task_id: str) -> None:
    if strategy == "queue":
        server.post(f"{path}/queue/complete", {"taskId": task_id})
    else:
        server.post(f"{path}/timeline", {"type": "task_completed", "taskId": task_id})


def _frequency(server: RunningServer) -> list[str]:
    """Messages to a client of /ws that says nothing, while the demo runs at its own pace."""
    seen: Counter[str] = Counter()
    with connect(f"ws://127.0.0.1:{server.port}/ws", compression=None, max_size=None) as socket:
        begun = time.monotonic()
        started = server.manage("demo")
        root_id = started.stdout.rsplit("/sessions/", 1)[1].split("/")[0]
        while server.session(root_id)["status"] != "completed":
            assert time.monotonic() - begun < DEMO_WITHIN_S, server.log()
            _count(socket, seen)
        minutes = (time.monotonic() - begun) / 60
    return [
        f"The demo (an orchestrator and three workers, {minutes * 60:.0f} s):",
        "",
        "| message | seed | ours, a minute |",
        "|---|---|---|",
        *(f"| `{kind}` | {FREQUENCY[kind]} | {seen[kind] / minutes:.1f} |" for kind in FREQUENCY),
    ]


def _count(socket: ClientConnection, seen: Counter[str]) -> None:
    until = time.monotonic() + 1
    while time.monotonic() < until:
        try:
            seen[json.loads(socket.recv(timeout=0.2))["type"]] += 1
        except TimeoutError:
            continue


if __name__ == "__main__":
    main()
