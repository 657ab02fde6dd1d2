"""What the server and a host process tell each other: the spec, and the files in the folder."""

import json
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agents_app.recording import DEFAULT_LIMIT_BYTES

HOST_FILE = "host.json"
EXIT_FILE = "exit.json"
LOCK_FILE = "host.lock"


class LaunchFailed(Exception):
    """An agent could not be started; the message says what a person can do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class HostSpec:
    """What to run, where, and how to end it; `env` is complete and is never written anywhere."""

    session_id: str
    folder: Path
    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str] = field(repr=False)
    data_dir: Path
    columns: int = 120
    rows: int = 32
    record_limit_bytes: int = DEFAULT_LIMIT_BYTES
    interrupt_grace_s: float = 5.0
    terminate_grace_s: float = 5.0
    leftover_grace_s: float = 2.0
    notify_socket: str | None = None

    def to_json(self) -> bytes:
        return json.dumps({**vars(self), "env": dict(self.env)}, default=str).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "HostSpec":
        fields = json.loads(content)
        paths = {name: Path(fields[name]) for name in ("folder", "cwd", "data_dir")}
        return cls(**{**fields, **paths, "argv": tuple(fields["argv"])})


@dataclass(frozen=True)
class HostInfo:
    """A running host, as its `host.json` describes it.

    `agent_start` is when the agent's process began, in the kernel's own count: with the boot it
    tells the process from a later one with its number.
    """

    session_id: str
    host_pid: int
    agent_pid: int
    agent_start: int
    started_at: int
    boot_id: str
    socket: str
    argv: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "sessionId": self.session_id,
            "hostPid": self.host_pid,
            "agentPid": self.agent_pid,
            "agentStart": self.agent_start,
            "startedAt": self.started_at,
            "bootId": self.boot_id,
            "socket": self.socket,
            "argv": list(self.argv),
        }

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "HostInfo":
        return cls(
            session_id=fields["sessionId"],
            host_pid=fields["hostPid"],
            agent_pid=fields["agentPid"],
            agent_start=fields.get("agentStart", 0),
            started_at=fields["startedAt"],
            boot_id=fields["bootId"],
            socket=fields["socket"],
            argv=tuple(fields["argv"]),
        )


@dataclass(frozen=True)
class Exit:
    """How an agent ended: by a code of its own or by a signal, with the last lines it printed."""

    exit_code: int | None
    signal: str | None
    ended_at: int
    last_lines: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "exitCode": self.exit_code,
            "signal": self.signal,
            "endedAt": self.ended_at,
            "lastLines": list(self.last_lines),
        }

    @classmethod
    def of(cls, wait_status: int | None, *, ended_at: int, last_lines: tuple[str, ...]) -> "Exit":
        code = None if wait_status is None else os.waitstatus_to_exitcode(wait_status)
        if code is None or code >= 0:
            return cls(code, None, ended_at, last_lines)
        return cls(None, _signal_name(-code), ended_at, last_lines)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "Exit":
        return cls(
            exit_code=fields["exitCode"],
            signal=fields["signal"],
            ended_at=fields["endedAt"],
            last_lines=tuple(fields["lastLines"]),
        )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"


def boot_id() -> str:
    """What tells one boot of the machine from the next, or nothing where the system has none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def read_json(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a whole file or none, in a folder that exists.

    Unlike core.files it never makes the folder (a data directory that was removed must stay
    removed) and loads no hashing library into each host.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
