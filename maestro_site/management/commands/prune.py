"""`manage.py prune`: removes what is kept for a while only, and says how much it was."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.sessions.models import Session as Login
from django.core.management.base import CommandParser
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from access_app.idempotency import outlived_answers
from agents_app import hosts, recording
from core.clock import now_ms
from core.sqlite import writers_turn
from events_app.pruning import doomed_rows, prune_log
from sessions_app.models import Session
from sessions_app.rules import FINAL
from storage_app.commands import MaestroCommand
from storage_app.tree import session_folder

DAY_MS = 24 * 3600 * 1000
RECORDING_DAYS = 90
ABOUT = """No record goes: projects, tasks, sessions, timelines and queues stay. The event log
follows MAESTRO_LOG_DAYS and MAESTRO_LOG_ROWS, as in the server, which prunes it by itself.

examples:
  manage.py prune --dry-run
  manage.py prune --recording-days 30 --json
"""
SAYS = {
    "logRows": "rows of the event log",
    "recordings": "terminal recordings",
    "logins": "expired logins",
    "answers": "answers kept for repeated requests",
}


class Command(MaestroCommand):
    help = "Remove old log rows, terminal recordings, expired logins and kept answers."
    about = ABOUT

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--recording-days",
            type=int,
            default=RECORDING_DAYS,
            metavar="N",
            help="recordings of sessions that ended so long ago; 0 keeps all; default: 90",
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would go")
        parser.add_argument("--json", action="store_true", help="print the numbers as JSON")

    def run(self, options: dict[str, Any]) -> None:
        dry_run = options["dry_run"]
        folders = list(_old_recordings(options["recording_days"]))
        size = sum(map(_size_of, folders))
        found = {
            "logRows": doomed_rows().count() if dry_run else prune_log(),
            "recordings": len(folders),
            "logins": _prune(Login.objects.filter(expire_date__lt=timezone.now()), dry_run),
            "answers": _prune(outlived_answers(), dry_run),
        }
        for folder in folders if not dry_run else ():
            _remove_recording(folder)
        if options["json"]:
            self.print_json({**found, "recordingBytes": size})
            return
        for name, says in SAYS.items():
            more = f", {size / 2**20:.1f} MiB" if name == "recordings" else ""
            self.stdout.write(f"{found[name]:8} {says}{more}")
        self.stdout.write("Nothing was removed: --dry-run." if dry_run else "Removed.")


def _prune(rows: QuerySet[Any], dry_run: bool) -> int:
    if dry_run:
        return rows.count()
    with writers_turn(), transaction.atomic():
        return rows.delete()[0]


def _old_recordings(days: int) -> Iterator[Path]:
    """Folders of sessions that ended so long ago, and of which no process lives on."""
    if days <= 0:
        return
    ended = Session.objects.filter(status__in=FINAL, completed_at__lt=now_ms() - days * DAY_MS)
    for session_id in ended.values_list("pk", flat=True):
        folder = session_folder(session_id)
        if recording.segments(folder) and hosts.find(folder) is None:
            yield folder


def _size_of(folder: Path) -> int:
    return sum(one.size() + one.index_size() for one in recording.segments(folder))


def _remove_recording(folder: Path) -> None:
    for segment in recording.segments(folder):
        segment.output.unlink(missing_ok=True)
        segment.index.unlink(missing_ok=True)
