"""`manage.py tokens`: making, listing and revoking the tokens that programs carry."""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandParser

from access_app import services
from access_app.models import Token
from access_app.rules import Level
from projects_app.selectors import project_by_id
from storage_app.commands import MaestroCommand

ABOUT = """A token is sent as Authorization: Bearer mst_…; `maestro` takes it from MAESTRO_TOKEN.

examples:
  manage.py tokens create "nightly report"
  manage.py tokens create ci --level operator --project prj_x --days 30
  manage.py tokens list --json
  manage.py tokens revoke 4f1c0a9b7d2e
"""
WORDS = tuple(level.word for level in Level if level)


class Command(MaestroCommand):
    help = "Make, list and revoke the tokens that programs carry."
    about = ABOUT

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        create = actions.add_parser("create", help="make one; its secret is shown once")
        create.add_argument("name", help="what it is for")
        create.add_argument("--level", choices=WORDS, default=WORDS[0], help="default: viewer")
        create.add_argument("--project", metavar="ID", default="", help="reaches this one only")
        create.add_argument(
            "--days", type=int, default=services.DAYS, metavar="N", help="how long; default: 90"
        )
        revoke = actions.add_parser("revoke", help="from now on it is refused")
        revoke.add_argument("token", metavar="ID", help="the part after mst_")
        for action in (create, revoke, actions.add_parser("list", help="all, newest first")):
            action.add_argument("--json", action="store_true", help="print JSON")

    def _create(self, options: dict[str, Any]) -> None:
        if options["project"]:
            project_by_id(options["project"])
        made = services.create_token(
            name=options["name"],
            level=Level[options["level"].upper()],
            project_id=options["project"],
            days=options["days"],
        )
        if options["json"]:
            self.print_json({**as_json(made.token), "secret": made.secret})
            return
        self.stdout.write(made.secret)
        self.stderr.write("Keep it now: it is not shown again.")

    def _list(self, options: dict[str, Any]) -> None:
        tokens = list(Token.objects.order_by("-created_at", "-pk"))
        if options["json"]:
            self.print_json([as_json(token) for token in tokens])
            return
        for token in tokens:
            self.stdout.write(
                f"{token.pk}  {token.get_level_display():8}  {token.state:7}  "
                f"until {_day(token.expires_at)}  used {_day(token.last_used_at)}  "
                f"{token.project_id or 'all projects'}  {token.name}"
            )
        if not tokens:
            self.stdout.write("No tokens.")

    def _revoke(self, options: dict[str, Any]) -> None:
        token = services.revoke_token(options["token"].removeprefix("mst_"))
        if options["json"]:
            self.print_json(as_json(token))
        else:
            self.stdout.write(f"Revoked {token}.")


def as_json(token: Token) -> dict[str, Any]:
    """All there is to say of it; times are Unix milliseconds, or null."""
    return {
        "id": token.pk,
        "name": token.name,
        "level": token.get_level_display(),
        "projectId": token.project_id or None,
        "state": token.state,
        "createdAt": token.created_at,
        "expiresAt": token.expires_at,
        "revokedAt": token.revoked_at,
        "lastUsedAt": token.last_used_at,
    }


def _day(at_ms: int | None) -> str:
    if at_ms is None:
        return "never     "
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d}"
