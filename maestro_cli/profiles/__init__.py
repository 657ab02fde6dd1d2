"""The agents that Maestro brings along, each a module with `run(context, session, manifest)`."""

from __future__ import annotations

from importlib import import_module

from maestro_cli.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs start-up time
    from collections.abc import Callable
    from typing import Any

    from maestro_cli.context import Context

    Run = Callable[[Context, str, dict[str, Any]], int]

PROFILES = ("shell", "demo")


def load_profile(name: str) -> Run:
    """The profile's function, which works until the session's end and returns an exit code."""
    if name not in PROFILES:
        raise UsageError(f"No profile {name!r}; there are: {', '.join(PROFILES)}.")
    run: Run = import_module(f"maestro_cli.profiles.{name}").run
    return run
