"""Reading about agents: which there are, and which are installed on this machine."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial

from agents_app.environment import command_folder
from maestro_cli.profiles import PROFILES, program_of
from maestro_cli.profiles.own import OwnAgents, own_agents
from storage_app.tree import data_dir

ANSWERS_WITHIN_S = 10.0
VERSION = re.compile(r"\d+\.\d+[\w.+-]*")
DESCRIPTIONS = {
    "shell": "Runs each task's prompt as a script",
    "demo": "Plays a small project, with no model behind it",
    "claude": "Claude Code, in its terminal",
    "codex": "Codex, one run a task",
    "gemini": "Gemini CLI, one run a task",
    "opencode": "opencode, one run a task",
}


@dataclass(frozen=True)
class AgentFound:
    """`path` is empty where its program is not installed; `version` while nobody knows it."""

    name: str
    description: str
    program: str
    path: str
    version: str = ""
    own: bool = False

    @property
    def installed(self) -> bool:
        return bool(self.path) or not self.program

    @property
    def note(self) -> str:
        """What a person who chooses among them wants to know."""
        if not self.installed:
            return f"{self.program} was not found on PATH"
        version = f"Version {self.version}" if self.version else ""
        return ". ".join(part for part in (self.description, version) if part)


def agents_found(*, wait_s: float = 0.0) -> tuple[AgentFound, ...]:
    """Those that Maestro brings along, then a person's own.

    A program is asked for its version once; whoever wants to see it at once waits for so long. A
    person's own is not asked: nobody knows what it does when it is started with --version.
    """
    found = [_built_in(name) for name in PROFILES]
    found += [
        _found(name, agent.description, agent.argv[0], own=True)
        for name, agent in _own().agents.items()
    ]
    return _with_versions(found, wait_s)


def agents_problem() -> str:
    """What is wrong with agents.toml, in a sentence; empty where nothing is."""
    return _own().problem


def agent_names() -> tuple[str, ...]:
    return (*PROFILES, *_own().agents)


def missing_program(agent: str, search_path: str) -> str:
    """What has to be installed before this agent can be started; empty where nothing has."""
    own = _own().agents.get(agent)
    program = own.argv[0] if own else program_of(agent) if agent in PROFILES else ""
    if not program or "{" in program:
        return ""
    return "" if shutil.which(os.path.expanduser(program), path=search_path) else program


def _own() -> OwnAgents:
    return own_agents(str(data_dir()))


def _built_in(name: str) -> AgentFound:
    return _found(name, DESCRIPTIONS.get(name, ""), program_of(name), own=False)


def _found(name: str, description: str, program: str, *, own: bool) -> AgentFound:
    search_path = os.pathsep.join((str(command_folder()), os.environ.get("PATH", os.defpath)))
    path = shutil.which(program, path=search_path) if program else ""
    return AgentFound(name, description, program, path or "", own=own)


# One thread a program: each may take a second to start, and one may hang.
_asking = ThreadPoolExecutor(max_workers=8, thread_name_prefix="version")
_versions: dict[tuple[str, int], Future[str]] = {}


def _with_versions(found: Iterable[AgentFound], wait_s: float) -> tuple[AgentFound, ...]:
    asked = [(agent, None if agent.own else _version_of(agent.path)) for agent in found]
    if wait_s:
        wait([future for _, future in asked if future is not None], timeout=wait_s)
    return tuple(
        AgentFound(**{**vars(agent), "version": future.result()})
        if future is not None and future.done()
        else agent
        for agent, future in asked
    )


def _version_of(path: str) -> Future[str] | None:
    if not path:
        return None
    try:
        key = (path, os.stat(path).st_mtime_ns)
    except OSError:
        return None
    if key not in _versions:
        _versions[key] = _asking.submit(partial(_ask_for_version, path))
    return _versions[key]


def _ask_for_version(path: str) -> str:
    try:
        answered = subprocess.run(
            [path, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=ANSWERS_WITHIN_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    match = VERSION.search(answered.stdout or answered.stderr)
    return match[0] if match else ""
