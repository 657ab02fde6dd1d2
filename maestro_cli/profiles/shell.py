"""The profile without a model: runs each task's prompt as a script in the project's directory."""

from __future__ import annotations

import contextlib
import os
import sys
import time

from maestro_cli.client import path_of
from maestro_cli.errors import CliError, UsageError
from maestro_cli.output import printable
from maestro_cli.profiles.progress import ProgressReporter
from maestro_cli.profiles.script import COULD_NOT_START, Outcome, run_script
from maestro_cli.profiles.stop import Stop
from maestro_cli.profiles.work import QueueWork, SimpleWork
from maestro_cli.timeline import post_events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from maestro_cli.client import Client
    from maestro_cli.context import Context
    from maestro_cli.profiles.work import Work

NOTHING_TO_RUN = "the task has no prompt to run as a script"


def run(context: Context, session_id: str, manifest: dict[str, Any]) -> int:
    """Works through the session's tasks; 0 when all were tried, 128 + n if signal n stopped it."""
    directory = _working_directory(manifest)
    client, tasks = context.client, manifest["tasks"]
    stop = Stop(client)
    stop.listen()
    work: Work
    if manifest.get("strategy") == "queue":
        work = QueueWork(client, session_id, _say)
    else:
        work = SimpleWork(client, session_id, tasks)
    number = 0
    while (task_id := work.next(stop)) is not None:
        number += 1
        task = client.get(path_of("tasks", task_id))
        _say(f"── Task {number} of {max(number, len(tasks))}: {task['title']} ──")
        _attempt(client, session_id, task, directory=directory, work=work, stop=stop)
    if stop.signal:
        return 128 + stop.signal
    work.finish()
    return 0


def _attempt(
    client: Client, session_id: str, task: dict[str, Any], *, directory: str, work: Work, stop: Stop
) -> None:
    started_s = time.monotonic()
    outcome = _run_task(client, session_id, task, directory=directory, stop=stop)
    took = f"{time.monotonic() - started_s:.1f} s"
    reason = _failure(outcome, stop)
    if reason is None:
        _say(f"── completed in {took} ──\n")
        work.complete(task["id"])
        return
    _say(f"── failed after {took}: {reason} ──\n")
    metadata = {"exitCode": outcome.exit_code, "output": "\n".join(outcome.last_lines)}
    work.fail(task["id"], reason, metadata)


def _run_task(
    client: Client, session_id: str, task: dict[str, Any], *, directory: str, stop: Stop
) -> Outcome:
    script = (task.get("initialPrompt") or "").strip()
    if not script:
        return Outcome(COULD_NOT_START, [NOTHING_TO_RUN])
    _say("$ " + script.replace("\n", "\n> "))

    def post(line: str, count: int) -> None:
        try:
            metadata = {"lines": count}
            post_events(
                client, session_id, "progress", line, task_ids=[task["id"]], metadata=metadata
            )
        except CliError as error:
            _say(f"(progress not reported: {error.message})")

    with ProgressReporter(post) as reporter:
        return run_script(
            script, directory=directory, stop=stop, echo=_echo, report_line=reporter.add_line
        )


def _failure(outcome: Outcome, stop: Stop) -> str | None:
    """Why the task is not done, in one line, or None if it is."""
    if stop.signal:
        return f"stopped by {stop.signal.name}"
    if outcome.exit_code == 0:
        return None
    last = next((line for line in reversed(outcome.last_lines) if line), "")
    return f"exit code {outcome.exit_code}" + (f": {last}" if last else "")


def _working_directory(manifest: dict[str, Any]) -> str:
    named = (manifest.get("session") or {}).get("workingDirectory")
    directory = os.path.expanduser(named) if named else "."
    if not os.path.isdir(directory):
        raise UsageError(f"The working directory {directory} does not exist.")
    return directory


def _say(line: str) -> None:
    _echo(printable(line).encode() + b"\n")


def _echo(chunk: bytes) -> None:
    # The terminal may be gone; the work goes on without it.
    with contextlib.suppress(OSError):
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
