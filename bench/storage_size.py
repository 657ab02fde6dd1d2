"""A large data directory: how long a start takes, how long the index made anew, how much memory.

    .venv/bin/python bench/storage_size.py [sessions] [events of each]

Writes the files itself, and starts real servers on them. Prints its figures last.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.load.figures import machine, write_section
from tests import server as running
from tests.server import RunningServer

START_MS = 1_800_000_000_000


def write_tree(data_dir: Path, sessions: int, events: int) -> None:
    for name in ("projects", "sessions"):
        (data_dir / name).mkdir(parents=True)
    project = {"id": "prj_size", "name": "Size", "workingDir": "/srv"}
    (data_dir / "projects" / "prj_size.json").write_text(json.dumps(project))
    for number in range(sessions):
        document = session(f"ses_{number:06d}", events)
        path = data_dir / "sessions" / f"{document['id']}.json"
        path.write_text(json.dumps(document, indent=2))


def session(session_id: str, events: int) -> dict[str, object]:
    timeline = [
        {
            "id": f"evt_{session_id}_{n}",
            "type": "progress",
            "timestamp": START_MS + n * 1000,
            "message": f"step {n} of this session, as long as such lines are",
        }
        for n in range(events)
    ]
    return {
        "id": session_id,
        "projectId": "prj_size",
        "name": session_id,
        "status": "completed",
        "createdAt": START_MS,
        "completedAt": START_MS + events * 1000,
        "timeline": timeline,
    }


def resident_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise LookupError("VmHWM")


def timed_start(server: RunningServer) -> tuple[float, float]:
    """Seconds until it answers, and the most memory that took in MiB."""
    begun = time.monotonic()
    server.start()
    took_s = time.monotonic() - begun
    pid = int((server.data_dir / "server.lock").read_text().split(",")[0].removeprefix("pid "))
    return took_s, resident_mib(pid)


def timed_command(server: RunningServer, *words: str) -> float:
    begun = time.monotonic()
    subprocess.run(
        [sys.executable, "manage.py", "storage", *words],
        env={**os.environ, "MAESTRO_DATA_DIR": str(server.data_dir)},
        cwd=Path(__file__).resolve().parent.parent,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.monotonic() - begun


def main(sessions: int, events: int) -> None:
    folder = Path(tempfile.mkdtemp(prefix="maestro-size-"))
    server = RunningServer(folder / "data")
    running.START_WITHIN_S = 300.0
    try:
        write_tree(server.data_dir, sessions, events)
        rows: list[tuple[str, float, float | None]] = []
        rows.append(("first start, index made from the files", *timed_start(server)))
        server.stop()
        rows.append(("start with an index in order", *timed_start(server)))
        rows.append(("storage check, beside the server", timed_command(server, "check"), None))
        server.stop()
        rows.append(("storage rebuild", timed_command(server, "rebuild"), None))
        rows.append(("storage export", timed_command(server, "export", str(folder / "out")), None))
        size = sum(path.stat().st_size for path in server.data_dir.rglob("*.json"))
        index = (server.data_dir / "index.sqlite3").stat().st_size
        lines = [
            f"{machine()}; {sessions:,} sessions, {sessions * events:,} events, "
            f"files {size / 2**20:.0f} MiB, index {index / 2**20:.0f} MiB.",
            "",
            "| what | seconds | most memory, MiB |",
            "|---|---|---|",
        ]
        for name, took_s, memory in rows:
            lines.append(f"| {name} | {took_s:.1f} | {f'{memory:.0f}' if memory else ''} |")
        write_section("storage_size", lines)
    finally:
        server.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    sizes = [int(word) for word in sys.argv[1:]] or [10_000, 20]
    main(*sizes)
