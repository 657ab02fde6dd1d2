"""`manage.py sessions`: listing, stopping and resuming sessions from a shell or a script."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from access_app.actors import USER
from agents_app.services import resume_session, stop_all, stop_session
from core.clock import as_datetime
from sessions_app.models import Session
from sessions_app.rules import STATUS_WORDS
from sessions_app.selectors import session_documents, sessions
from storage_app.commands import MaestroCommand
from storage_app.doctor import holder

ABOUT = """Beside a running server, which sees it at once: it ends the processes of what is
stopped and starts those of what is resumed. Without one, the next server does.

examples:
  manage.py sessions list --active
  manage.py sessions list --status failed --project prj_x --json
  manage.py sessions stop ses_x --cascade --reason "wrong branch"
  manage.py sessions stop --all
  manage.py sessions resume ses_x
"""


class Command(MaestroCommand):
    help = "List, stop and resume sessions."
    about = ABOUT

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        listing = actions.add_parser("list", help="newest first")
        listing.add_argument("--project", metavar="ID", help="of this project only")
        listing.add_argument("--status", choices=STATUS_WORDS, metavar="STATUS", help="such only")
        listing.add_argument("--active", action="store_true", help="only those that live")
        listing.add_argument("--limit", type=int, default=50, metavar="N", help="default: 50")
        stop = actions.add_parser("stop", help="end sessions and their processes")
        stop.add_argument("sessions", nargs="*", metavar="ID")
        stop.add_argument("--all", action="store_true", help="every session that lives")
        stop.add_argument("--cascade", action="store_true", help="and what they spawned")
        stop.add_argument("--reason", default="", help="stands in their timelines")
        resume = actions.add_parser("resume", help="spawn a successor for what was not completed")
        resume.add_argument("session", metavar="ID")
        for action in (listing, stop, resume):
            action.add_argument("--json", action="store_true", help="print JSON")

    def _list(self, options: dict[str, Any]) -> None:
        found = sessions(
            project_id=options["project"],
            status=options["status"],
            active=True if options["active"] else None,
        )
        newest = list(found.reverse()[: max(0, options["limit"])])
        if options["json"]:
            self.print_json(session_documents(newest, whole=False))
            return
        for session in newest:
            self.stdout.write(_line(session))
        if not newest:
            self.stdout.write("No sessions.")

    def _stop(self, options: dict[str, Any]) -> None:
        if bool(options["sessions"]) == options["all"]:
            raise CommandError("Name the sessions to stop, or say --all.")
        reason = options["reason"]
        if options["all"]:
            stopped = stop_all(by=USER, reason=reason)
        else:
            stopped = []
            for session_id in options["sessions"]:
                stopped += stop_session(
                    session_id, by=USER, reason=reason, cascade=options["cascade"]
                )
        if options["json"]:
            self.print_json({"stopped": stopped})
        else:
            self.stdout.write(f"Stopped {', '.join(stopped) or 'nothing: none of them lived'}.")

    def _resume(self, options: dict[str, Any]) -> None:
        spawned = resume_session(options["session"], env={}, by=USER)
        session = spawned.session
        if options["json"]:
            self.print_json(session_documents([session], whole=False)[0])
            return
        self.stdout.write(f"{session.pk}  {session.name}, {session.status}")
        if session.agent and holder() is None:
            self.stdout.write("No server is running: the next `manage.py serve` starts it.")


def _line(session: Session) -> str:
    made = as_datetime(session.created_at)
    word = "needs input" if session.needs_input else session.status
    return f"{session.pk}  {word:11}  {session.role:12}  {made:%Y-%m-%d %H:%M}  {session.name}"
