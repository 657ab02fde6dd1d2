"""How long `maestro report progress x` takes, beside an interpreter that only imports."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.load.figures import machine, write_section
from maestro_cli.tests.standin import StandIn
from tests.server import ROOT, RunningServer

RUNS = 40
BASE = [sys.executable, "-c", "import argparse, json, http.client"]
REPORT = [str(ROOT / "bin/maestro"), "report", "progress", "x", "--session"]
HOOK = [str(ROOT / "bin/maestro"), "hook", "claude", '{"hook_event_name": "PostToolUse"}']


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, StandIn() as at_once:
        at_once.on("POST", "/api/sessions/ses_x/timeline", {})
        at_once.on("POST", "/api/sessions/ses_x/hooks/claude", {})
        server = RunningServer(Path(folder) / "data").start()
        try:
            rows = _measure(at_once, server, folder)
        finally:
            server.stop()
    table = ["| process | median ms | × the first |", "|---|---|---|", *rows]
    write_section("cli_start", [f"{machine()}; {RUNS} runs of each, in turn.", "", *table])
    print("\n".join(table))


def _measure(at_once: StandIn, server: RunningServer, folder: str) -> list[str]:
    project = server.post("/api/projects", {"name": "P", "workingDir": folder}).body
    session = server.post("/api/sessions", {"projectId": project["id"]}).body
    hook = {"MAESTRO_SERVER_URL": at_once.url, "MAESTRO_SESSION_ID": "ses_x"}
    processes: dict[str, tuple[Sequence[str], Mapping[str, str]]] = {
        '`python -c "import argparse, json, http.client"`': (BASE, {}),
        "`maestro report progress x`, answered at once": (
            [*REPORT, "ses_x"],
            {"MAESTRO_SERVER_URL": at_once.url},
        ),
        "the same, answered by Maestro": (
            [*REPORT, session["id"]],
            {"MAESTRO_SERVER_URL": server.url},
        ),
        "`maestro hook claude`, answered at once": (HOOK, hook),
    }
    took: dict[str, list[float]] = {name: [] for name in processes}
    for _ in range(RUNS + 1):
        for name, (command, variables) in processes.items():
            took[name].append(_seconds(command, variables))
    # The first round warms the caches up.
    medians = {name: median(seconds[1:]) for name, seconds in took.items()}
    first = next(iter(medians.values()))
    return [f"| {name} | {s * 1000:.1f} | {s / first:.2f} |" for name, s in medians.items()]


def _seconds(command: Sequence[str], variables: Mapping[str, str]) -> float:
    env = {**os.environ, "MAESTRO_PYTHON": sys.executable, **variables}
    started = time.perf_counter()
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
