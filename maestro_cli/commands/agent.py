"""`maestro agent run`: what the launcher starts in a session's terminal."""

from __future__ import annotations

from maestro_cli.client import path_of
from maestro_cli.command import Command
from maestro_cli.errors import Refused
from maestro_cli.hooks import drain
from maestro_cli.manifest import load_manifest
from maestro_cli.output import Answer
from maestro_cli.profiles import PROFILES, data_dir_of, load_profile, registers_itself

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs start-up time
    from argparse import ArgumentParser, Namespace

    from maestro_cli.context import Context


def _run(context: Context, args: Namespace) -> Answer:
    session_id = context.session()
    name = args.profile or context.environ.get("MAESTRO_AGENT_PROFILE") or "shell"
    run = load_profile(name, data_dir_of(context.environ))
    manifest = load_manifest(context)
    if not registers_itself(name) and not _register(context, session_id):
        return Answer({"profile": name}, "The session is finished already; nothing to do.")
    try:
        exit_code = run(context, session_id, manifest)
    finally:
        drain(context)
    return Answer({"profile": name, "exitCode": exit_code}, "", exit_code=exit_code)


def _register(context: Context, session_id: str) -> bool:
    """False when the session has ended meanwhile."""
    try:
        context.client.patch(path_of("sessions", session_id), {"status": "idle"})
    except Refused as error:
        if error.code != "session_is_final":
            raise
        return False
    return True


def _arguments(parser: ArgumentParser) -> None:
    known = ", ".join(PROFILES)
    told = f"{known}, or one of agents.toml (default: MAESTRO_AGENT_PROFILE, else shell)"
    parser.add_argument("--profile", help=told)


COMMANDS = (
    Command(
        "agent run",
        "Register and work on this session's tasks",
        _run,
        _arguments,
        examples=("", "--profile shell"),
    ),
    Command("worker init", "The same as agent run", _run, _arguments),
    Command("orchestrator init", "The same as agent run", _run, _arguments),
)
