"""Which words `maestro` knows, and the module behind each; one module a group."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs start-up time
    from maestro_cli.command import Command

# Each word's module is imported only when its command runs: agents call this at every step.
WORDS = {
    "whoami": ("general", "the session around this command"),
    "status": ("general", "the server, and this session"),
    "commands": ("general", "every command in one list"),
    "completion": ("general", "for bash, zsh and fish"),
    "watch": ("watch", "what happens, as it happens"),
    "open": ("general", "the page in a browser"),
    "track-file": ("general", "note a file this session touched"),
    "project": ("project", "list, get, create, delete"),
    "task": ("task", "list, get, create, update, complete, block, children, tree, delete"),
    "session": ("session", "list, info, spawn, register, complete, stop, resume, tree, ..."),
    "queue": ("queue", "top, next, start, complete, fail, skip, push, list, status"),
    "report": ("report", "progress, complete, blocked, error, needs-input"),
    "launcher": ("launcher", "status, pause, resume"),
    "manifest": ("manifest", "show, generate"),
    "hook": ("hook", "claude, codex: what their hooks call"),
    "agent": ("agent", "run: what the launcher starts"),
    "worker": ("agent", "init: the same as agent run"),
    "orchestrator": ("agent", "init: the same as agent run"),
}


def commands_of(word: str) -> list[Command]:
    """The commands that begin with this word."""
    module = import_module("maestro_cli.commands." + WORDS[word][0])
    return [command for command in module.COMMANDS if command.name.split()[0] == word]
