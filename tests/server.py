"""A real server for tests: `manage.py serve` in a process of its own, on a free port."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
START_WITHIN_S = 30.0
MANAGE = (sys.executable, "manage.py")


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RunningServer:
    """Started, stopped, killed and started again, always on one port and one data directory."""

    def __init__(self, data_dir: Path, *, program: Sequence[str] = MANAGE, **env: str) -> None:
        self._program = program
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log_path = data_dir.with_name(f"{data_dir.name}.log")
        self._env = {
            **{k: v for k, v in os.environ.items() if not k.startswith("MAESTRO_")},
            "MAESTRO_DATA_DIR": str(data_dir),
            "MAESTRO_PORT": str(self.port),
            "MAESTRO_PYTHON": sys.executable,
            "DJANGO_SETTINGS_MODULE": "maestro_site.settings",
            **env,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, within_s: float | None = None) -> "RunningServer":
        with open(self.log_path, "ab") as log:
            self._process = subprocess.Popen(
                [*self._program, "serve"],
                cwd=ROOT,
                env=self._env,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(self._answers, within_s or START_WITHIN_S, lambda: self.log())
        return self

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log()
        try:
            return self.get("/health").status == 200
        except OSError:
            return False

    def kill(self) -> None:
        """As a crash: no handler runs."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """As a person: SIGTERM, and what was going on is finished."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            if self._process.poll() is None:
                self._process.send_signal(how)
            self._process.wait(30)
            self._process = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def manage(self, *words: str, within_s: float = 60) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self._program, *words],
            cwd=ROOT,
            env=self._env,
            capture_output=True,
            text=True,
            timeout=within_s,
            check=False,
        )

    def maestro(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(ROOT / "bin" / "maestro"), *words],
            env={**self._env, "MAESTRO_SERVER_URL": self.url, **env},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def text(self, path: str) -> str:
        """A page as it is sent."""
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return str(answer.read().decode())

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, None, headers)

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        return self.call("POST", path, body, headers)

    def patch(self, path: str, body: Any, **headers: str) -> Answer:
        return self.call("PATCH", path, body, headers)

    def delete(self, path: str, **headers: str) -> Answer:
        return self.call("DELETE", path, None, headers)

    def call(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Answer:
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **headers},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return Answer(answer.status, json.loads(answer.read() or b"null"))
        except urllib.error.HTTPError as error:
            return Answer(error.code, json.loads(error.read() or b"null"))

    def spawn_shell(self, scripts: Mapping[str, str], work_dir: Path, **more: Any) -> str:
        """A project with one task a script, and a shell session over them as a queue."""
        project = self.post("/api/projects", {"name": "Trial", "workingDir": str(work_dir)}).body
        tasks = [
            self.post(
                "/api/tasks",
                {"projectId": project["id"], "title": title, "initialPrompt": script},
            ).body["id"]
            for title, script in scripts.items()
        ]
        spawned = self.post(
            "/api/sessions/spawn",
            {
                "projectId": project["id"],
                "taskIds": tasks,
                "strategy": "queue",
                "agent": "shell",
                "sessionName": "Trial run",
                **more,
            },
        )
        assert spawned.status == 201, spawned
        return str(spawned.body["sessionId"])

    def session(self, session_id: str) -> dict[str, Any]:
        return dict(self.get(f"/api/sessions/{session_id}").body)

    def wait_for_end(self, session_id: str, within_s: float = 60.0) -> dict[str, Any]:
        final = ("completed", "failed", "stopped")
        wait_until(
            lambda: self.session(session_id)["status"] in final,
            within_s,
            lambda: json.dumps(self.session(session_id), indent=1) + self.log(),
        )
        return self.session(session_id)


def wait_until(
    is_so: Callable[[], bool], within_s: float, say: Callable[[], str] = lambda: ""
) -> None:
    until = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < until, f"not so within {within_s} s: {say()}"
        time.sleep(0.05)
