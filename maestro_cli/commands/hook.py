"""`maestro hook …`: what an agent's tool calls at every step, with the event on standard input."""

from __future__ import annotations

import json
import sys

from maestro_cli.command import Command
from maestro_cli.errors import UsageError
from maestro_cli.output import Answer, complain

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs start-up time
    from argparse import ArgumentParser, Namespace
    from typing import Any

    from maestro_cli.command import Run
    from maestro_cli.context import Context


def _hook_of(tool: str) -> Run:
    def run(context: Context, args: Namespace) -> Answer:
        try:
            return _delivered(context, tool, args.event)
        except Exception as error:
            # Whatever is wrong here, the work goes on: a tool takes a hook that fails for a no.
            complain(f"The hook did nothing: {error or type(error).__name__}")
            return Answer(None, "")

    return run


def _delivered(context: Context, tool: str, word: str | None) -> Answer:
    content = sys.stdin.buffer.read() if word is None else word
    if not context.session_id:
        return Answer(None, "")  # the tool was started by hand
    answer = _deliver(context, tool, _event(content))
    return Answer(answer, json.dumps(answer) if answer else "")


def _event(content: bytes | str) -> dict[str, Any]:
    try:
        event = json.loads(content)
    except ValueError:
        event = None
    if not isinstance(event, dict):
        raise UsageError("what it was given is not a JSON object.")
    return event


def _deliver(context: Context, tool: str, event: dict[str, Any]) -> Any:
    from maestro_cli.hooks import deliver

    return deliver(context, tool, event)


def _arguments(parser: ArgumentParser) -> None:
    told = "the event's JSON, where the tool passes it so (default: read standard input)"
    parser.add_argument("event", nargs="?", help=told)


COMMANDS = (
    Command(
        "hook claude",
        "Deliver a hook event of Claude Code",
        _hook_of("claude"),
        _arguments,
        examples=("< event.json",),
    ),
    Command(
        "hook codex",
        "Deliver a hook event of Codex",
        _hook_of("codex"),
        _arguments,
        examples=("< event.json",),
    ),
)
