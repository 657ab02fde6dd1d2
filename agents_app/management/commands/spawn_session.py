"""`manage.py spawn_session`: the fourth door to spawning."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from rest_framework.exceptions import ValidationError

from access_app.actors import USER
from agents_app.rules import SpawnSource
from agents_app.serializers import SpawnBody, check_spawn, spawn_from
from agents_app.services import spawn_session
from core.secrecy import is_secret
from sessions_app.documents import wire_document
from sessions_app.rules import SessionRole, Strategy
from storage_app.commands import MaestroCommand
from storage_app.doctor import holder

ABOUT = """examples:
  manage.py spawn_session --project prj_x --task tsk_a --task tsk_b --strategy queue --agent shell
  manage.py spawn_session --project prj_x --task tsk_a --role orchestrator --json
"""


class Command(MaestroCommand):
    help = "Spawn a session on tasks; the running server starts its agent, or the next one does."
    about = ABOUT

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", required=True, metavar="ID")
        parser.add_argument(
            "--task", action="append", default=[], metavar="ID", help="repeat; in this order"
        )
        parser.add_argument("--role", default="worker", choices=[r.value for r in SessionRole])
        parser.add_argument("--strategy", default="simple", choices=[s.value for s in Strategy])
        parser.add_argument("--orchestrator-strategy", metavar="WORD")
        parser.add_argument("--parent", metavar="ID", help="the session that spawns")
        parser.add_argument("--name", default="")
        parser.add_argument("--agent", default="", help="a profile; else the project's")
        parser.add_argument("--model", default="")
        parser.add_argument("--prompt", default="")
        parser.add_argument("--skill", action="append", default=[])
        parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE")
        parser.add_argument("--keep-open", action="store_true", help="the queue waits for more")
        parser.add_argument("--json", action="store_true", help="print the session as JSON")

    def run(self, options: dict[str, Any]) -> None:
        body = _body(options)
        check_spawn(body)
        checked = SpawnBody(data=body)
        try:
            checked.is_valid(raise_exception=True)
        except ValidationError as error:
            raise CommandError(f"{error.detail} (validation_error)") from None
        spawned = spawn_session(spawn_from(checked.validated_data), by=USER)
        session = spawned.session
        if options["json"]:
            self.print_json(wire_document(session))
            return
        self.stdout.write(f"{session.pk}  {session.name}, {session.status}")
        self.stdout.write(f"manifest: {spawned.manifest_path}")
        if session.agent and holder() is None:
            self.stdout.write("No server is running: the next `manage.py serve` starts it.")


def _body(options: dict[str, Any]) -> dict[str, Any]:
    env = dict(_variable(word) for word in options["env"])
    source = SpawnSource.SESSION if options["parent"] else SpawnSource.UI
    given = {
        "orchestratorStrategy": options["orchestrator_strategy"],
        "sessionId": options["parent"],
        "sessionName": options["name"],
        "agent": options["agent"],
        "model": options["model"],
        "prompt": options["prompt"],
        "skills": options["skill"],
        "env": env,
    }
    return {
        "projectId": options["project"],
        "taskIds": options["task"],
        "role": options["role"],
        "strategy": options["strategy"],
        "spawnSource": source.value,
        "keepOpen": options["keep_open"],
        **{name: value for name, value in given.items() if value},
    }


def _variable(word: str) -> tuple[str, str]:
    name, separator, value = word.partition("=")
    if not separator or not name:
        raise CommandError(f"--env {word}: say NAME=VALUE.")
    if is_secret(name):
        raise CommandError(
            f"--env {name} looks secret, and this command has no process to keep it in. Spawn "
            "through the API or the dashboard of a running server."
        )
    return name, value
