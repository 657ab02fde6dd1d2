"""A session whose agent runs under a real host process, in a data directory of its own."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents_app import hosts, recording

PATIENCE_S = 30.0
needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
GRANDCHILD = "sh -c 'echo $$ >>pids; exec sleep 600'"
GRANDCHILDREN = (
    f"{GRANDCHILD} & nohup {GRANDCHILD} >/dev/null 2>&1 & (trap '' HUP INT TERM; {GRANDCHILD}) & "
    "until [ -f pids ] && [ $(wc -l <pids) -eq 3 ]; do sleep 0.05; done;"
)


class Session:
    """A session's folder in a data directory of its own, and what a test does with its agent."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.folder = data_dir / "sessions" / "ses_1"
        self.folder.mkdir(parents=True)
        self.started: list[hosts.HostInfo] = []

    def spec(self, *argv: str, **changes: Any) -> hosts.HostSpec:
        spec = hosts.HostSpec(
            session_id="ses_1",
            folder=self.folder,
            argv=argv,
            cwd=self.data_dir,
            env={"PATH": os.environ["PATH"], "TERM": "xterm"},
            data_dir=self.data_dir,
            interrupt_grace_s=0.3,
            terminate_grace_s=0.3,
            leftover_grace_s=0.3,
        )
        return replace(spec, **changes)

    def start(self, *argv: str, **changes: Any) -> hosts.HostInfo:
        info = hosts.start(self.spec(*argv, **changes))
        self.started.append(info)
        return info

    def exit(self) -> hosts.Exit:
        wait_for(lambda: hosts.read_exit(self.folder) is not None)
        ended = hosts.read_exit(self.folder)
        assert ended is not None
        return ended

    def output(self) -> bytes:
        return recording.read(self.folder, 0, 1 << 20).data

    def shows(self, text: bytes) -> None:
        wait_for(lambda: text in self.output())


def wait_for(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s, "it did not happen"
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    """Whether the process lives; one that only waits to be collected does not."""
    answer = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return answer.stdout.strip()[:1] not in ("", "Z")


def pids_in(path: Path, count: int) -> list[int]:
    wait_for(lambda: path.exists() and len(path.read_text().split()) == count)
    return [int(pid) for pid in path.read_text().split()]


def ask(info: hosts.HostInfo, *lines: bytes) -> list[dict[str, Any]]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(info.socket)
        connection.sendall(b"".join(line + b"\n" for line in lines))
        with connection.makefile("rb") as answers:
            return [json.loads(answers.readline()) for _ in lines]
