"""`maestro agent run`: what the launcher starts in a session's terminal."""

from __future__ import annotations

from maestro_cli.client import path_of
from maestro_cli.command import Command
from maestro_cli.errors import Refused
from maestro_cli.manifest import load_manifest
from maestro_cli.output import Answer
from maestro_cli.profiles import PROFILES, load_profile

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs start-up time
    from argparse import ArgumentParser, Namespace

    from maestro_cli.context import Context


def _run(context: Context, args: Namespace) -> Answer:
    session_id = context.session()
    name = args.profile or context.environ.get("MAESTRO_AGENT_PROFILE") or "shell"
    run = load_profile(name)
    manifest = load_manifest(context)
    try:
        context.client.patch(path_of("sessions", session_id), {"status": "idle"})
    except Refused as error:
        if error.code != "session_is_final":
            raise
        return Answer({"profile": name}, "The session is finished already; nothing to do.")
    exit_code = run(context, session_id, manifest)
    return Answer({"profile": name, "exitCode": exit_code}, "", exit_code=exit_code)


def _arguments(parser: ArgumentParser) -> None:
    known = ", ".join(PROFILES)
    parser.add_argument("--profile", help=f"{known} (default: MAESTRO_AGENT_PROFILE, else shell)")


COMMANDS = (
    Command("agent run", "Register and work on this session's tasks", _run, _arguments),
    Command("worker init", "The same as agent run", _run, _arguments),
    Command("orchestrator init", "The same as agent run", _run, _arguments),
)
