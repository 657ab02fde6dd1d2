"""Lending the session's terminal to a tool that a person can use there."""

from __future__ import annotations

import shutil
import signal
import subprocess

from maestro_cli.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType

# What makes a tool believe that another one started it: Claude Code then hides its session.
NOT_PASSED_ON = ("CLAUDECODE", "CLAUDE_CODE_CHILD_SESSION", "CLAUDE_CODE_SESSION_ID")


def use_terminal(argv: list[str], environ: Mapping[str, str], cwd: str) -> int:
    """Run this program in our terminal until it ends; its exit code, or 128 + n for signal n.

    We stay, because its hooks may leave something to deliver. Raises UsageError if it cannot start.
    """
    env = {name: value for name, value in environ.items() if name not in NOT_PASSED_ON}
    program = find_program(argv[0], env)
    # The terminal interrupts both of us, and what that means is the tool's to decide. A handler,
    # not SIG_IGN, which the tool would inherit.
    signal.signal(signal.SIGINT, _leave_it)
    try:
        process = subprocess.Popen(argv, executable=program, cwd=cwd, env=env)
    except OSError as error:
        raise UsageError(f"{argv[0]} could not be started in {cwd}: {error.strerror}.") from error

    def pass_on(number: int, frame: FrameType | None) -> None:
        process.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, pass_on)
    code = process.wait()
    return code if code >= 0 else 128 - code


def _leave_it(number: int, frame: FrameType | None) -> None:
    """It is the tool's."""


def find_program(name: str, environ: Mapping[str, str]) -> str:
    found = shutil.which(name, path=environ.get("PATH"))
    if found is None:
        raise UsageError(f"{name} was not found on PATH; set MAESTRO_AGENT or install it")
    return found
