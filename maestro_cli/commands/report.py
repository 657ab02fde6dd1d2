"""`maestro report …`: what an agent says about its work, as events on the session's timeline."""

from __future__ import annotations

import argparse
import time

from maestro_cli.client import path_of
from maestro_cli.command import Command
from maestro_cli.context import split_ids
from maestro_cli.errors import CliError, UsageError
from maestro_cli.output import Answer
from maestro_cli.timeline import post_events

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs start-up time
    from collections.abc import Sequence
    from typing import Any

    from maestro_cli.context import Context

POLL_S = 1.0
FOREVER = float("inf")


def _progress(context: Context, args: argparse.Namespace) -> Answer:
    return _reported(context, args, "progress", split_ids(args.task))


def _error(context: Context, args: argparse.Namespace) -> Answer:
    return _reported(context, args, "error", split_ids(args.task))


def _complete(context: Context, args: argparse.Namespace) -> Answer:
    answer = _reported(context, args, "task_completed", _tasks(context, args))
    if context.strategy == "queue":
        answer.text += "; the queue goes on with `maestro queue complete`"
    return answer


def _blocked(context: Context, args: argparse.Namespace) -> Answer:
    return _reported(context, args, "task_blocked", _tasks(context, args))


def _needs_input(context: Context, args: argparse.Namespace) -> Answer:
    if args.wait is not None and len(split_ids(args.task)) > 1:
        raise UsageError("--wait takes one question: name one task, or none.")
    metadata = {
        "question": args.message,
        **({"options": args.option} if args.option else {}),
        **({"waits": True} if args.wait is not None else {}),
    }
    answer = _reported(context, args, "needs_input", split_ids(args.task), metadata)
    if args.wait is None:
        return answer
    question = answer.data
    assert isinstance(question, dict)
    text = _wait_for_answer(context, context.session(args.session), question["id"], args.wait)
    return Answer({"event": question, "answer": text}, str(text))


def _reported(
    context: Context,
    args: argparse.Namespace,
    type: str,
    task_ids: Sequence[str],
    metadata: dict[str, Any] | None = None,
) -> Answer:
    if args.percent is not None:
        shares = {"percent": args.percent, "progress": args.percent / 100}
        metadata = {**(metadata or {}), **shares}
    session_id = context.session(args.session)
    events = post_events(
        context.client, session_id, type, args.message, task_ids=task_ids, metadata=metadata
    )
    about = " for " + ", ".join(task_ids) if task_ids else ""
    return Answer(events, f"Reported {type}{about}")


def _tasks(context: Context, args: argparse.Namespace) -> Sequence[str]:
    """The tasks whose status the report changes: the named ones, else the session's only one."""
    named = split_ids(args.task)
    if not named and len(context.task_ids) != 1:
        raise UsageError("Which task? Pass --task with its id.")
    return named or context.task_ids


def _wait_for_answer(context: Context, session_id: str, question: str, wait_s: float) -> Any:
    """The text of the progress that answers the question; looks once a second."""
    deadline_s = time.monotonic() + wait_s
    path = path_of("sessions", session_id, "timeline")
    after = question
    while True:
        page = context.client.get(path, {"after": after, "type": "progress"})
        for event in page["events"]:
            after = event["id"]
            metadata = event.get("metadata") or {}
            if metadata.get("answerTo") == question and "answer" in metadata:
                return metadata["answer"]
        if page.get("hasMore") and page["events"]:
            continue
        if time.monotonic() + POLL_S > deadline_s:
            raise CliError("no_answer", f"Nobody answered within {wait_s:g} s.")
        time.sleep(POLL_S)


def _percent(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError(f"not a number from 0 to 100: {text}")
    return int(value) if value.is_integer() else value


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("message")
    parser.add_argument("--task", metavar="IDS", default="", help="comma-separated")
    parser.add_argument("--percent", type=_percent, metavar="N", help="0 to 100")
    parser.add_argument("--session", help="default: this session")


def _needs_input_arguments(parser: argparse.ArgumentParser) -> None:
    _arguments(parser)
    parser.add_argument("--option", action="append", help="an answer to choose; repeat")
    wait_help = "print the answer when it comes (no number: however long it takes)"
    parser.add_argument(
        "--wait", nargs="?", type=float, const=FOREVER, metavar="SECONDS", help=wait_help
    )


COMMANDS = (
    Command(
        "report progress",
        "Say how far the work is",
        _progress,
        _arguments,
        examples=("'Half of the tests pass' --percent 50", "'Reading the code' --task tsk_x"),
    ),
    Command(
        "report complete",
        "Say that a task is done",
        _complete,
        _arguments,
        examples=("'All tests pass' --task tsk_x",),
    ),
    Command(
        "report blocked",
        "Say that a task cannot go on",
        _blocked,
        _arguments,
        examples=("'Waits for the schema' --task tsk_x",),
    ),
    Command(
        "report error",
        "Say what went wrong",
        _error,
        _arguments,
        examples=("'The build fails: no disk space'",),
    ),
    Command(
        "report needs-input",
        "Ask a person",
        _needs_input,
        _needs_input_arguments,
        examples=("'Which branch?' --option main --option next --wait 600",),
    ),
)
