"""Agents that a person describes in `agents.toml` in the data directory, each by its argv."""

from __future__ import annotations

import os
import re

from maestro_cli.errors import UsageError
from maestro_cli.profiles import PROFILES
from maestro_cli.profiles.brief import Brief
from maestro_cli.profiles.terminal import use_terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from maestro_cli.context import Context
    from maestro_cli.profiles import Run

FILE = "agents.toml"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
PLACEHOLDERS = ("prompt", "manifest_md", "cwd")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class OwnAgent:
    """`argv` may hold {prompt}, {manifest_md} and {cwd}; it is never given to a shell."""

    __slots__ = ("argv", "description", "env")

    def __init__(self, argv: list[str], description: str, env: dict[str, str]) -> None:
        self.argv = argv
        self.description = description
        self.env = env


class OwnAgents:
    """What the file describes, or what is wrong with it: then it describes nothing."""

    __slots__ = ("agents", "problem")

    def __init__(self, agents: dict[str, OwnAgent], problem: str = "") -> None:
        self.agents = agents
        self.problem = problem


def own_agents(data_dir: str) -> OwnAgents:
    """Never raises: a file that cannot be used takes nothing away but its own agents."""
    path = os.path.join(data_dir, FILE)
    try:
        with open(path, "rb") as file:
            found = _parsed(file.read())
        return OwnAgents({name: _agent(name, entry) for name, entry in found.items()})
    except FileNotFoundError:
        return OwnAgents({})
    except (OSError, ValueError) as error:
        return OwnAgents({}, f"{path} cannot be used: {error}")


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        import tomllib
    except ModuleNotFoundError:
        raise ValueError("reading it needs Python 3.11 or newer") from None
    found = tomllib.loads(content.decode())
    agents = found.get("agents", {})
    if not isinstance(agents, dict) or set(found) - {"agents"}:
        raise ValueError('it holds one table an agent, such as [agents.aider] argv = ["aider"]')
    return agents


def _agent(name: str, entry: Any) -> OwnAgent:
    if not NAME.fullmatch(name) or name in PROFILES:
        raise ValueError(f"{name!r} is no name for an agent, or is taken")
    if not isinstance(entry, dict) or set(entry) - {"argv", "description", "env"}:
        raise ValueError(f"agents.{name} is a table of argv, description and env")
    argv, env = entry.get("argv"), entry.get("env", {})
    if not isinstance(argv, list) or not argv or not all(_is_word(word) for word in argv):
        raise ValueError(f'agents.{name}.argv is a list of texts, such as ["aider", "{{prompt}}"]')
    unknown = {word for text in argv for word in _PLACEHOLDER.findall(text)} - set(PLACEHOLDERS)
    if unknown:
        raise ValueError(
            f"agents.{name}.argv has {{{sorted(unknown)[0]}}}; there are: "
            + ", ".join(f"{{{word}}}" for word in PLACEHOLDERS)
        )
    if not isinstance(env, dict) or not all(isinstance(value, str) for value in env.values()):
        raise ValueError(f"agents.{name}.env is a table of texts")
    return OwnAgent(argv, str(entry.get("description", "")), env)


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and bool(value) and "\0" not in value


def run_own(agent: OwnAgent) -> Run:
    def run(context: Context, session_id: str, manifest: dict[str, Any]) -> int:
        brief = Brief.of(context, manifest)
        return use_terminal(filled(agent.argv, brief), {**context.environ, **agent.env}, brief.cwd)

    return run


def filled(argv: list[str], brief: Brief) -> list[str]:
    """The words with their placeholders filled; each word stays one word."""
    values: Mapping[str, str] = {
        "prompt": brief.prompt,
        "manifest_md": brief.manifest_md,
        "cwd": brief.cwd,
    }
    words = [_PLACEHOLDER.sub(lambda found: values[found[1]], word) for word in argv]
    if not words[0]:
        raise UsageError("The agent's program has no name.")
    return words
