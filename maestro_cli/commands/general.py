"""Commands about where one is: whoami, status, commands, completion, open, track-file."""

from __future__ import annotations

import os

from maestro_cli.client import path_of
from maestro_cli.command import Command
from maestro_cli.commands import WORDS, commands_of
from maestro_cli.output import Answer, table

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs start-up time
    from argparse import ArgumentParser, Namespace

    from maestro_cli.context import Context


def _whoami(context: Context, args: Namespace) -> Answer:
    identity = {
        "sessionId": context.session_id,
        "projectId": context.project_id,
        "taskIds": context.task_ids,
        "role": context.role,
        "strategy": context.strategy,
        "serverUrl": context.server_url,
    }
    if not context.session_id:
        return Answer(identity, f"Not in a session; the server is {context.server_url}")
    tasks = ", ".join(context.task_ids) or "none"
    role, strategy = context.role or "worker", context.strategy or "simple"
    return Answer(identity, f"{context.session_id}: {role}, {strategy} strategy, tasks: {tasks}")


def _status(context: Context, args: Namespace) -> Answer:
    health = context.client.get("/health")
    line = f"{context.server_url}: {health['status']}, version {health.get('version')}"
    if not context.session_id:
        return Answer({"server": health}, line)
    session = context.client.get(path_of("sessions", context.session_id))
    session.pop("timeline", None)
    line += f"\n{session['id']}: {session['status']}"
    return Answer({"server": health, "session": session}, line)


def _commands(context: Context, args: Namespace) -> Answer:
    every = [command for word in WORDS for command in commands_of(word)]
    data = [{"name": command.name, "help": command.help} for command in every]
    return Answer(data, table([(c.name, c.help) for c in every], empty="No commands."))


def _open(context: Context, args: Namespace) -> Answer:
    import webbrowser

    named = args.session or context.session_id
    address = context.server_url.rstrip("/") + (f"/sessions/{named}/" if named else "/")
    opened = webbrowser.open(address)
    return Answer({"url": address, "opened": opened}, address)


def _track_file(context: Context, args: Namespace) -> Answer:
    event = {"type": "file_touched", "data": {"path": os.path.abspath(args.path)}}
    context.client.create(path_of("sessions", context.session(args.session), "events"), event)
    return Answer(event, f"Noted {args.path}")


def _completion(context: Context, args: Namespace) -> Answer:
    from maestro_cli.completion import script

    text = script(args.shell)
    return Answer({"shell": args.shell, "script": text}, text.rstrip("\n"))


def _shell_argument(parser: ArgumentParser) -> None:
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="for this shell")


def _open_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("session", nargs="?", help="the session's page (default: this session's)")


def _path_argument(parser: ArgumentParser) -> None:
    parser.add_argument("path", help="the file")
    parser.add_argument("--session", help="default: this session")


COMMANDS = (
    Command("whoami", "Show the session around this command", _whoami),
    Command("status", "Show the server's health, and this session's status", _status),
    Command("commands", "List every command", _commands),
    Command(
        "completion",
        "Print what completes these commands in a shell",
        _completion,
        _shell_argument,
        examples=("bash", "zsh", "fish"),
    ),
    Command(
        "open",
        "Open the page in a browser",
        _open,
        _open_arguments,
        examples=("", "ses_x"),
    ),
    Command(
        "track-file",
        "Note a file this session touched",
        _track_file,
        _path_argument,
        examples=("src/login.py",),
    ),
)
