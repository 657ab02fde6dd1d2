"""Runs one script in a shell of its own, showing its output unchanged and handing on its lines."""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import time
from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from maestro_cli.profiles.stop import Stop

TICK_S = 0.2
LONGEST_PIPE_BYTES = 1024 * 1024
LONGEST_LINE_BYTES = 64 * 1024
SHOWN_LINE_CHARACTERS = 500
KEPT_LINES = 20
COULD_NOT_START = 127

ESCAPE_SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])"
)


class Outcome:
    """How a script ended: its exit code as a shell would show it, and its last lines."""

    __slots__ = ("exit_code", "last_lines")

    def __init__(self, exit_code: int, last_lines: list[str]) -> None:
        self.exit_code = exit_code
        self.last_lines = last_lines


def run_script(
    script: str,
    *,
    directory: str,
    stop: Stop,
    echo: Callable[[bytes], None],
    report_line: Callable[[str], None],
) -> Outcome:
    """Returns when the shell has ended, even if something it left behind still runs."""
    last_lines: deque[str] = deque(maxlen=KEPT_LINES)
    lines = LineSplitter()

    def take(chunk: bytes) -> None:
        echo(chunk)
        keep(lines.feed(chunk))

    def keep(complete: list[str]) -> None:
        last_lines.extend(complete)
        for line in complete:
            report_line(line)

    try:
        process = _start(script, directory)
    except OSError as error:
        return Outcome(COULD_NOT_START, [f"could not start: {error.strerror or error}"])
    with process:
        stop.watch(process.pid)
        read_until_end(process, take, stop)
        stop.watch(None)
    keep(lines.rest())
    code = process.returncode
    return Outcome(code if code >= 0 else 128 - code, list(last_lines))


def _start(script: str, directory: str) -> subprocess.Popen[bytes]:
    # A session of its own: signals reach the whole group, and reading the terminal, which as a
    # background group of our session would stop it, stays allowed.
    return subprocess.Popen(
        [shutil.which("bash") or "/bin/sh", "-c", script],
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def read_until_end(
    process: subprocess.Popen[bytes], take: Callable[[bytes], None], stop: Stop
) -> None:
    """Give its output to `take` as it comes; a stop that is not obeyed in time is enforced."""
    assert process.stdout is not None
    output = process.stdout.fileno()
    is_open = True
    # What the shell wrote before its end fits in the pipe; what others go on writing is not its.
    left_bytes = LONGEST_PIPE_BYTES
    while True:
        ended = process.poll() is not None
        stop.enforce()
        if not is_open:
            if ended:
                return
            time.sleep(TICK_S)
        elif select.select([output], [], [], 0 if ended else TICK_S)[0]:
            chunk = os.read(output, 65536)
            is_open = bool(chunk)
            take(chunk)
            left_bytes -= len(chunk) if ended else 0
            if left_bytes <= 0:
                return
        elif ended:
            return


class LineSplitter:
    """Puts chunks of output together to lines that are fit to be read outside a terminal."""

    def __init__(self) -> None:
        self._partial = b""

    def feed(self, chunk: bytes) -> list[str]:
        *complete, partial = (self._partial + chunk).split(b"\n")
        self._partial = partial[-LONGEST_LINE_BYTES:]
        return [readable(line) for line in complete]

    def rest(self) -> list[str]:
        partial, self._partial = self._partial, b""
        return [readable(partial)] if partial else []


def readable(line: bytes) -> str:
    """What stands on the line in the end: no colours, only the last redrawing of a progress bar."""
    text = ESCAPE_SEQUENCE.sub("", line.decode("utf-8", "replace")).replace("\t", "    ")
    drawings = [drawing for drawing in text.split("\r") if drawing.strip()]
    shown = "".join(filter(str.isprintable, drawings[-1] if drawings else ""))
    return shown.rstrip()[:SHOWN_LINE_CHARACTERS]
