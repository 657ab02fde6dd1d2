"""The profile that plays a small project's work in the seed's rhythm, with no model behind it."""

from __future__ import annotations

from maestro_cli.client import path_of
from maestro_cli.errors import Refused, UsageError
from maestro_cli.profiles.demo_orchestrator import orchestrate
from maestro_cli.profiles.demo_stage import Stage, Stopped, say
from maestro_cli.profiles.demo_worker import work

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from maestro_cli.client import Client
    from maestro_cli.context import Context

SPEED = "MAESTRO_DEMO_SPEED"
FINAL = ("completed", "failed", "stopped")


def run(context: Context, session_id: str, manifest: dict[str, Any]) -> int:
    """Plays the session's role to its end; 128 + n if signal n stopped it."""
    stage = Stage(context.client, session_id, speed=read_speed(context.environ))
    try:
        if context.role == "orchestrator":
            orchestrate(stage, manifest, project_id=context.project())
        else:
            work(stage, manifest)
    except Stopped as stopped:
        return 128 + stopped.signal
    except Refused:
        if not _is_over(context.client, session_id):
            raise
        say("The session has ended; nothing is left to do.")
    return 0


def read_speed(environ: Mapping[str, str]) -> float:
    """By what all waits are divided."""
    word = environ.get(SPEED) or "1"
    try:
        speed = float(word)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 1000:
        raise UsageError(f"{SPEED} is a number from above 0 to 1000, not {word!r}.")
    return speed


def _is_over(client: Client, session_id: str) -> bool:
    return client.get(path_of("sessions", session_id))["status"] in FINAL
