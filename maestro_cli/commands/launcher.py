"""`maestro launcher …`: whether spawned agents are started, and which wait."""

from __future__ import annotations

from maestro_cli.command import Command
from maestro_cli.output import Answer

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs start-up time
    from argparse import Namespace
    from typing import Any

    from maestro_cli.context import Context

PATH = "/api/launcher"


def _status(context: Context, args: Namespace) -> Answer:
    return _described(context.client.get(PATH))


def _pause(context: Context, args: Namespace) -> Answer:
    return _described(context.client.patch(PATH, {"paused": True}))


def _resume(context: Context, args: Namespace) -> Answer:
    return _described(context.client.patch(PATH, {"paused": False}))


def _described(launcher: dict[str, Any]) -> Answer:
    state = "paused" if launcher["paused"] else "starting agents"
    running = launcher["running"]
    count = len(running) if isinstance(running, list) else running
    waiting = len(launcher["waiting"])
    line = f"{state}: {count} of {launcher['maxAgents']} running, {waiting} waiting"
    return Answer(launcher, line)


COMMANDS = (
    Command("launcher status", "Show what runs and what waits", _status),
    Command("launcher pause", "Start no further agents", _pause),
    Command("launcher resume", "Start agents again", _resume),
)
