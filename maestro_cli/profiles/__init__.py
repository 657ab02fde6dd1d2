"""The agents that Maestro brings along, each a module with `run(context, session, manifest)`."""

from __future__ import annotations

import os
from importlib import import_module

from maestro_cli.context import DEFAULT_DATA_DIR
from maestro_cli.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs start-up time
    from collections.abc import Callable, Mapping
    from typing import Any

    from maestro_cli.context import Context

    Run = Callable[[Context, str, dict[str, Any]], int]

# Those of a tool name the program that has to be installed for them as PROGRAM.
PROFILES = ("shell", "demo", "claude", "codex", "gemini", "opencode")


def data_dir_of(environ: Mapping[str, str]) -> str:
    """Where a person's own agents are described."""
    return os.path.expanduser(environ.get("MAESTRO_DATA_DIR") or DEFAULT_DATA_DIR)


def load_profile(name: str, data_dir: str = "") -> Run:
    """The profile's function, which works until the session's end and returns an exit code.

    Raises UsageError for a name that is none, saying what is wrong with agents.toml if it is that.
    """
    if name in PROFILES:
        run: Run = import_module(f"maestro_cli.profiles.{name}").run
        return run
    from maestro_cli.profiles.own import own_agents, run_own

    own = own_agents(data_dir)
    if name not in own.agents:
        known = ", ".join((*PROFILES, *own.agents))
        raise UsageError(own.problem or f"No profile {name!r}; there are: {known}.")
    return run_own(own.agents[name])


def program_of(name: str) -> str:
    """What has to be installed for a built-in profile; nothing for those that bring all along."""
    return str(getattr(import_module(f"maestro_cli.profiles.{name}"), "PROGRAM", ""))


def registers_itself(name: str) -> bool:
    """Whether the tool's own hooks say that it runs, so that nobody has to say it before."""
    return name in PROFILES and bool(
        getattr(import_module(f"maestro_cli.profiles.{name}"), "REGISTERS_ITSELF", False)
    )
