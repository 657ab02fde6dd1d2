"""What the server uses of host processes: start one, find it again, speak to it, read its end."""

import base64
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from agents_app import process_tree
from agents_app.host_spec import (
    EXIT_FILE,
    HOST_FILE,
    LOCK_FILE,
    Exit,
    HostInfo,
    HostSpec,
    LaunchFailed,
    boot_id,
    read_json,
)
from agents_app.rules import Evidence

__all__ = [
    "Exit",
    "HostInfo",
    "HostSpec",
    "LaunchFailed",
    "find",
    "loss",
    "orphans",
    "read_exit",
    "request_stop",
    "resize",
    "send_input",
    "start",
    "status",
    "was_started",
]

_ROOT = Path(__file__).resolve().parents[1]
_START_TIMEOUT_S = 20.0
_ANSWER_TIMEOUT_S = 2.0


def start(spec: HostSpec) -> HostInfo:
    """Start a host that outlives this process, and return once its agent runs.

    Raises LaunchFailed. The spec goes through a pipe, for it holds secrets.
    """
    _check(spec)
    # Without site: a host needs only the standard library and this package, and starts sooner.
    command = [sys.executable, "-S", "-P", "-m", "agents_app.host", spec.session_id]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd="/",
        env=_host_environment(),
        start_new_session=True,
    )
    return _launched(*_converse(process, spec.to_json()))


def find(folder: Path) -> HostInfo | None:
    """The host whose agent runs in this folder now, if any: it holds the lock while it lives."""
    return _last_host(folder) if _is_locked(folder / LOCK_FILE) else None


def was_started(folder: Path) -> bool:
    """Whether an agent ever ran in this folder."""
    return read_json(folder / HOST_FILE) is not None or read_exit(folder) is not None


def loss(folder: Path) -> Evidence:
    """What became of a host that neither runs nor recorded an end."""
    fields = read_json(folder / HOST_FILE) or {}
    rebooted = fields.get("bootId", boot_id()) != boot_id()
    return Evidence.REBOOT if rebooted else Evidence.HOST_GONE


def orphans(folder: Path) -> set[int]:
    """Processes of this folder's agent whose host was killed: nobody else can end them."""
    info = None if _is_locked(folder / LOCK_FILE) else _last_host(folder)
    if info is None:
        return set()
    variable = f"MAESTRO_SESSION_ID={info.session_id}"
    return process_tree.orphans(info.agent_pid, info.agent_start, variable)


def _last_host(folder: Path) -> HostInfo | None:
    """As host.json tells, if it is of this boot and no exit was recorded since."""
    fields = read_json(folder / HOST_FILE)
    if fields is None or read_exit(folder) is not None:
        return None
    with suppress(KeyError, TypeError):
        info = HostInfo.from_json(fields)
        return info if info.boot_id == boot_id() else None
    return None


def read_exit(folder: Path) -> Exit | None:
    """How the folder's last agent ended, or None while it runs or if nothing was recorded."""
    fields = read_json(folder / EXIT_FILE)
    with suppress(KeyError, TypeError):
        return Exit.from_json(fields) if fields is not None else None
    return None


def request_stop(folder: Path) -> bool:
    """Begin the stop sequence; False if no host lives here. It is over when exit.json is there."""
    info = find(folder)
    if info is None:
        return False
    if not _is_done(_ask(info, {"type": "stop"})):
        with suppress(ProcessLookupError):
            os.kill(info.host_pid, signal.SIGTERM)
    return True


def send_input(folder: Path, typed: bytes) -> bool:
    """Type into the agent's terminal; False if no host lives here or it takes no more."""
    encoded = base64.b64encode(typed).decode()
    return _is_done(_ask(find(folder), {"type": "input", "base64": encoded}))


def resize(folder: Path, columns: int, rows: int) -> bool:
    """Give the agent's terminal another size; False if no host lives here or it refuses."""
    return _is_done(_ask(find(folder), {"type": "resize", "columns": columns, "rows": rows}))


def status(folder: Path) -> dict[str, Any] | None:
    """The host's own account: agentPid, columns, rows, recordedBytes, lostBytes, stopping, and
    typedAt, the moment of the last input (Unix ms, 0 for none)."""
    return _ask(find(folder), {"type": "status"})


def _check(spec: HostSpec) -> None:
    if not spec.cwd.is_dir():
        raise LaunchFailed(
            f"The working directory {spec.cwd} does not exist; create it or change the project's."
        )
    program = spec.argv[0]
    if os.path.dirname(program):
        if not shutil.which(spec.cwd / program):
            raise LaunchFailed(f"{program} does not exist or is not a program that can be run.")
    elif not shutil.which(program, path=spec.env.get("PATH", os.defpath)):
        raise LaunchFailed(f"{program} was not found on PATH; set MAESTRO_AGENT or install it")


def _host_environment() -> dict[str, str]:
    """Only what the host itself needs: the server's own environment may hold secrets."""
    kept = ("PATH", "HOME", "XDG_RUNTIME_DIR", "LANG", "LC_ALL")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "PYTHONPATH": str(_ROOT)
    }


def _converse(process: subprocess.Popen[bytes], spec: bytes) -> tuple[bytes, bytes]:
    try:
        return process.communicate(spec, timeout=_START_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise LaunchFailed(
            "The host process gave no answer; the machine may be overloaded."
        ) from None


def _launched(answer: bytes, complaint: bytes) -> HostInfo:
    try:
        fields = json.loads(answer)
    except ValueError:
        last = complaint.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise LaunchFailed(f"The host process ended before the agent started: {last}") from None
    if "error" in fields:
        raise LaunchFailed(fields["error"])
    return HostInfo.from_json(fields)


def _is_locked(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _ask(info: HostInfo | None, request: dict[str, Any]) -> dict[str, Any] | None:
    if info is None:
        return None
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_ANSWER_TIMEOUT_S)
            connection.connect(info.socket)
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("rb") as answers:
                answer = json.loads(answers.readline())
    except (OSError, ValueError):
        return None
    return answer if isinstance(answer, dict) else None


def _is_done(answer: dict[str, Any] | None) -> bool:
    return answer is not None and answer.get("ok") is True
