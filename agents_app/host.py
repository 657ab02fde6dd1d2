"""The process an agent runs under: owns its terminal, records it, ends it and says how it ended.

Run as `python -m agents_app.host` by agents_app.hosts, with the spec on stdin. One small process
an agent, so it loads only what it needs: no Django, no asyncio, nothing outside the library.
"""

import binascii
import errno
import fcntl
import json
import os
import selectors
import signal
import socket
import sys
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from agents_app import process_tree, recording
from agents_app.host_socket import HostSocket
from agents_app.host_spec import (
    EXIT_FILE,
    HOST_FILE,
    LOCK_FILE,
    Exit,
    HostInfo,
    HostSpec,
    LaunchFailed,
    boot_id,
    write_json,
)
from core.clock import now_ms

_TICK_S = 2.0
_POLL_S = 0.1
_KILL_GRACE_S = 5.0
_LOCK_TRIES = 20
_WRITE_TRIES = 30
_READ_BYTES = 64 * 1024
_DRAIN_READS = 1024
_INPUT_BYTES = 4 * 1024 * 1024
_LAST_LINES = 20
_INHERITED_SIGNALS = (
    signal.SIGPIPE,
    signal.SIGXFSZ,
    signal.SIGINT,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGTERM,
    signal.SIGCHLD,
)


class Host:
    """One agent, its terminal and its end."""

    def __init__(self, spec: HostSpec) -> None:
        self._spec = replace(spec, env={})  # the secrets are the agent's alone
        self._wait_status: int | None = None
        self._stop_requested = False
        self._next_tick_s = 0.0
        self._typed_at = 0
        self._input = bytearray()
        self._selector = selectors.DefaultSelector()
        self._watch_signals()
        self._lock = _hold_lock(spec)
        _forget_last_run(spec)
        self._recording = recording.Writer(
            spec.folder,
            columns=spec.columns,
            rows=spec.rows,
            limit_bytes=spec.record_limit_bytes,
        )
        self._first_offset = self._recording.end
        self._socket = HostSocket(self._selector, self._answer)
        self._master, self._slave = os.openpty()
        self._screen = (spec.columns, spec.rows)
        self._start_agent(spec)

    def _start_agent(self, spec: HostSpec) -> None:
        termios.tcsetwinsize(self._slave, (spec.rows, spec.columns))
        try:
            self._agent_pid = _spawn(spec, self._slave)
            os.set_blocking(self._master, False)
            self._selector.register(self._master, selectors.EVENT_READ, self._exchange)
            self.info = HostInfo(
                session_id=spec.session_id,
                host_pid=os.getpid(),
                agent_pid=self._agent_pid,
                agent_start=process_tree.start_of(self._agent_pid) or 0,
                started_at=now_ms(),
                boot_id=boot_id(),
                socket=str(self._socket.path),
                argv=spec.argv,
            )
            write_json(spec.folder / HOST_FILE, self.info.as_json())
        except BaseException:
            self._socket.close()
            process_tree.send(signal.SIGKILL, process_tree.survivors(os.getpid()))
            raise

    def run(self) -> None:
        """Follow the agent to its end and record it."""
        problem = None
        try:
            self._follow()
        except Exception as error:  # a fault here must not leave an agent that nobody watches
            problem = f"The host process failed: {error!r}"
            process_tree.send(signal.SIGKILL, process_tree.survivors(self._agent_pid))
        self._record_exit(self._exit(problem))
        self._notify()
        self._socket.close()

    def _follow(self) -> None:
        self._pump(lambda: self._has_exited or self._stop_requested)
        if not self._has_exited:
            self._stop_agent()
        self._end_survivors()
        self._drain()

    @property
    def _has_exited(self) -> bool:
        return self._wait_status is not None

    def _stop_agent(self) -> None:
        for signum, grace_s in (
            (signal.SIGINT, self._spec.interrupt_grace_s),
            (signal.SIGTERM, self._spec.terminate_grace_s),
            (signal.SIGKILL, None),
        ):
            process_tree.send(signum, self._groups())
            if self._pump(lambda: self._has_exited, grace_s):
                return

    def _groups(self) -> set[int]:
        """The agent's process group and the one in the foreground, as a shell's command is."""
        groups = {self._agent_pid}
        with suppress(OSError):
            groups.add(os.tcgetpgrp(self._master))
        return {-group for group in groups if group > 1}

    def _end_survivors(self) -> None:
        for signals, grace_s in (
            ((signal.SIGHUP, signal.SIGTERM, signal.SIGCONT), self._spec.leftover_grace_s),
            ((signal.SIGKILL,), _KILL_GRACE_S),
        ):
            for signum in signals:
                process_tree.send(signum, process_tree.survivors(self._agent_pid))
            if self._pump(lambda: not process_tree.survivors(self._agent_pid), grace_s):
                return

    def _drain(self) -> None:
        """Record what is still in the terminal: it reads as closed once our own end is too."""
        os.close(self._slave)
        for _ in range(_DRAIN_READS):  # bounded: a process of another user may go on printing
            if not self._read_output():
                return

    # The event loop

    def _pump(self, until: Callable[[], bool], timeout_s: float | None = None) -> bool:
        """Serve terminal, socket and signals until the condition holds; False if it came too late.

        With a timeout the condition is looked at every 100 ms, else whenever something happens.
        """
        deadline_s = None if timeout_s is None else time.monotonic() + timeout_s
        while not until():
            if deadline_s is not None and time.monotonic() >= deadline_s:
                return False
            for key, events in self._selector.select(_TICK_S if deadline_s is None else _POLL_S):
                key.data(events)
            self._tick()
        return True

    def _tick(self) -> None:
        if time.monotonic() < self._next_tick_s:
            return
        self._next_tick_s = time.monotonic() + _TICK_S
        if _is_gone(self._spec.data_dir) or _is_gone(self._spec.folder):
            self._stop_requested = True
        self._socket.restore()

    def _watch_signals(self) -> None:
        self._wakeup, self._waker = os.pipe()
        for descriptor in (self._wakeup, self._waker):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, self._request_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self._selector.register(self._wakeup, selectors.EVENT_READ, self._reap)

    def _request_stop(self, *_: object) -> None:
        self._stop_requested = True

    def _reap(self, _events: int) -> None:
        with suppress(BlockingIOError):
            os.read(self._wakeup, 4096)
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == self._agent_pid:
                    self._wait_status = ended[1]

    # The terminal

    def _exchange(self, events: int) -> None:
        if events & selectors.EVENT_WRITE:
            self._write_input()
        if events & selectors.EVENT_READ:
            self._read_output()

    def _read_output(self) -> bool:
        try:
            output = os.read(self._master, _READ_BYTES)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EIO):
                raise
            return False
        self._recording.append(output)
        return bool(output)

    def _write_input(self) -> None:
        with suppress(BlockingIOError):
            written = os.write(self._master, self._input)
            del self._input[:written]
        waiting = selectors.EVENT_WRITE if self._input else 0
        self._selector.modify(self._master, selectors.EVENT_READ | waiting, self._exchange)

    # Requests

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        match request:
            case {"type": "input", "base64": str(encoded)}:
                return self._take_input(binascii.a2b_base64(encoded, strict_mode=True))
            case {"type": "input", "data": str(text)}:
                return self._take_input(text.encode())
            case {"type": "resize", "columns": int(columns), "rows": int(rows)}:
                return self._resize(columns, rows)
            case {"type": "stop"}:
                self._stop_requested = True
                return {"ok": True}
            case {"type": "status"}:
                return self._status()
        raise ValueError("type is one of input, resize, stop, status, with its fields")

    def _take_input(self, typed: bytes) -> dict[str, Any]:
        if len(self._input) + len(typed) > _INPUT_BYTES:
            return {"ok": False, "error": "input_full", "message": "The agent reads no input."}
        self._input += typed
        self._typed_at = now_ms()
        if self._input:
            self._write_input()
        return {"ok": True}

    def _resize(self, columns: int, rows: int) -> dict[str, Any]:
        if not (0 < columns < 10_000 and 0 < rows < 10_000):
            raise ValueError("columns and rows are between 1 and 9999")
        termios.tcsetwinsize(self._master, (rows, columns))
        self._screen = (columns, rows)
        self._recording.resize(columns, rows)
        return {"ok": True}

    def _status(self) -> dict[str, Any]:
        columns, rows = self._screen
        return {
            "ok": True,
            "agentPid": self._agent_pid,
            "columns": columns,
            "rows": rows,
            "recordedBytes": self._recording.end,
            "lostBytes": self._recording.lost_bytes,
            "stopping": self._stop_requested,
            "typedAt": self._typed_at,
        }

    # The end

    def _record_exit(self, ended: Exit) -> None:
        """Write exit.json, waiting a while for a full disk, but not for a folder that is gone."""
        for _ in range(_WRITE_TRIES):
            if _is_gone(self._spec.folder):
                return
            try:
                write_json(self._spec.folder / EXIT_FILE, ended.as_json())
            except OSError:
                time.sleep(_TICK_S)
            else:
                return

    def _exit(self, problem: str | None) -> Exit:
        lines = recording.last_lines(self._spec.folder, _LAST_LINES, since=self._first_offset)
        told = [*lines, problem][-_LAST_LINES:] if problem else lines
        return Exit.of(self._wait_status, ended_at=now_ms(), last_lines=tuple(told))

    def _notify(self) -> None:
        if not self._spec.notify_socket:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            message = json.dumps({"exited": self._spec.session_id}).encode()
            sender.sendto(message, self._spec.notify_socket)


def _is_gone(folder: Path) -> bool:
    """Whether it was removed; a disk that fails for a moment is no reason to end an agent."""
    try:
        folder.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _hold_lock(spec: HostSpec) -> int:
    """Hold the folder's lock for life; whoever looks for a host holds it for a moment only."""
    descriptor = os.open(spec.folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    for _ in range(_LOCK_TRIES):
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        time.sleep(_POLL_S / 2)
    raise LaunchFailed("An agent is already running in this session; stop it first.")


def _forget_last_run(spec: HostSpec) -> None:
    for name in (EXIT_FILE, HOST_FILE):
        (spec.folder / name).unlink(missing_ok=True)


def _spawn(spec: HostSpec, slave: int) -> int:
    """Start the agent on the terminal, or raise LaunchFailed with what exec said."""
    failure, failed = os.pipe()
    pid = os.fork()
    if pid == 0:
        _become_agent(spec, slave, failed)
    os.close(failed)
    with open(failure, "rb") as reader:
        if problem := reader.read():
            os.waitpid(pid, 0)
            raise LaunchFailed(problem.decode("utf-8", "replace"))
    return pid


def _become_agent(spec: HostSpec, slave: int, failed: int) -> NoReturn:
    try:
        os.login_tty(slave)
        os.chdir(spec.cwd)
        for signum in _INHERITED_SIGNALS:
            signal.signal(signum, signal.SIG_DFL)
        os.execvpe(spec.argv[0], spec.argv, dict(spec.env))
    except BaseException as error:
        reason = getattr(error, "strerror", None) or repr(error)
        message = f"{spec.argv[0]} could not be started in {spec.cwd}: {reason}"
        os.write(failed, message.encode("utf-8", "replace"))
    os._exit(127)


def _answer_launcher(answer: dict[str, Any]) -> None:
    """Tell the server and let go of its pipes; it may be gone already, the agent goes on."""
    with suppress(OSError):
        os.write(1, json.dumps(answer).encode())
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)


def main() -> None:
    """Detach, start the agent, answer with host.json's content or an error, and stay with it."""
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    spec = HostSpec.from_json(sys.stdin.buffer.read())
    if os.fork():
        os._exit(0)
    process_tree.adopt_orphans()
    try:
        host = Host(spec)
    except LaunchFailed as error:
        _answer_launcher({"error": error.message})
    except OSError as error:
        _answer_launcher({"error": f"The agent's host process cannot work here: {error}"})
    else:
        del spec  # it holds the secrets
        _answer_launcher(host.info.as_json())
        host.run()


if __name__ == "__main__":
    main()
