"""`manage.py storage`: looking after the data directory, alone or beside a running server."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser
from django.db import OperationalError, connection

from core.files import LockTaken, exclusive_lock
from core.sqlite import refuses_writing
from storage_app import moving
from storage_app.checking import check_storage
from storage_app.commands import MaestroCommand
from storage_app.doctor import holder
from storage_app.intake import TooManyMissing
from storage_app.models import StoredDocument
from storage_app.starting import take_in_files
from storage_app.tree import data_dir, lock_path

ABOUT = """check and export only read, and import goes through the same door as every change: they
work beside a running server. rebuild and restore need the data directory for themselves.

examples:
  manage.py storage check --json
  manage.py storage export ~/maestro-copy
  manage.py storage import ~/maestro-copy --dry-run
"""
ACTIONS = {
    "check": "compare every record with its file; exit code 1 on any difference, and say which",
    "rebuild": "make the index from the files; what they do not say is gone afterwards",
    "restore": "write the files from the index; what was in their place is set aside",
    "export": "copy every document, as all are at one moment, into an empty folder",
    "import": "take in the documents of another tree; a record that is here becomes that tree's",
    "doctor": "the same as `manage.py doctor`: what is wrong, and what to do about each",
}
BAR = 30


class Command(MaestroCommand):
    help = "Look after the data directory: its files, and the index beside them."
    about = ABOUT
    needs_index = False

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        for name, words in ACTIONS.items():
            action = actions.add_parser(name, help=words, description=words)
            if name in ("export", "import"):
                action.add_argument("folder", type=Path, metavar="DIR")
            if name == "import":
                action.add_argument("--dry-run", action="store_true", help="only say what would be")
            if name in ("check", "import", "doctor"):
                action.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> None:
        try:
            super().run(options)
        except OperationalError as error:
            if not refuses_writing(error):
                raise
            index = settings.DATABASES["default"]["NAME"]
            raise CommandError(f"{index}: {error}. Even reading writes beside it.") from None
        except OSError as error:
            raise CommandError(str(error)) from None

    def _check(self, options: dict[str, Any]) -> None:
        _need_index()
        found = check_storage(server_runs=holder() is not None, progress=self._progress)
        if options["json"]:
            self.print_json(found.__dict__)
        for word in ("differences", "busy", "warnings") if not options["json"] else ():
            for line in getattr(found, word):
                self.stdout.write(f"{word.removesuffix('s')}: {line}")
        if found.differences:
            raise CommandError(f"{len(found.differences)} differences.", returncode=1)
        if not options["json"]:
            self.stdout.write(f"{found.documents} documents, no difference.")

    def _rebuild(self, options: dict[str, Any]) -> None:
        with _alone("rebuild"):
            found = moving.rebuild_index(self._progress)
        self.stdout.write(f"The index has {len(found.taken_in)} documents.")
        for name in found.set_aside:
            self.stdout.write(f"set aside, see quarantine/: {name}")

    def _restore(self, options: dict[str, Any]) -> None:
        with _alone("restore"):
            written, aside = moving.restore_files(self._progress)
        self.stdout.write(f"{written} files were written.")
        for name in aside:
            self.stdout.write(f"set aside, see quarantine/: {name}")

    def _export(self, options: dict[str, Any]) -> None:
        _need_index()
        target: Path = options["folder"].resolve()
        if target.is_relative_to(data_dir().resolve()):
            raise CommandError("Export to a folder outside the data directory.")
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise CommandError(f"{target} is not an empty folder.")
        count = moving.export_tree(target, self._progress)
        self.stdout.write(f"{count} documents are in {target}.")

    def _import(self, options: dict[str, Any]) -> None:
        source: Path = options["folder"].resolve()
        if not source.is_dir():
            raise CommandError(f"{source} is not a folder.")
        if holder() is None:  # what was done to our own files comes first
            with _alone("import"):
                _take_in()
        found = moving.import_tree(source, self._progress, dry_run=options["dry_run"])
        if options["json"]:
            self.print_json(found.__dict__)
        else:
            would = "would be " if options["dry_run"] else ""
            counts = {word: len(names) for word, names in found.__dict__.items()}
            self.stdout.write(", ".join(f"{n} {would}{word}" for word, n in counts.items()))
            for line in found.refused:
                self.stdout.write(f"refused: {line}")
        if found.refused:
            raise CommandError(f"{len(found.refused)} files were refused.", returncode=1)

    def _doctor(self, options: dict[str, Any]) -> None:
        call_command("doctor", json=options["json"], stdout=self.stdout, stderr=self.stderr)

    def _progress(self, done: int, total: int) -> None:
        """A bar for who sits in front of it."""
        if not self.stderr.isatty():
            return
        if done * 100 // total != (done - 1) * 100 // total or done == total:
            bar = "=" * (done * BAR // total)
            end = "\n" if done == total else ""
            self.stderr.write(f"\r[{bar:<{BAR}}] {done}/{total}", ending=end)
            self.stderr.flush()


@contextmanager
def _alone(action: str) -> Iterator[None]:
    """With the data directory to ourselves, and its index there."""
    try:
        with exclusive_lock(lock_path(), holder=f"pid {os.getpid()}, storage {action}"):
            call_command("migrate", verbosity=0, interactive=False)
            yield
    except LockTaken as taken:
        raise CommandError(
            f"{data_dir()} is in use by {taken.holder}. Stop it first: {action} needs the folder "
            "for itself."
        ) from None


def _take_in() -> None:
    try:
        take_in_files()
    except TooManyMissing as error:
        raise CommandError(str(error)) from None


def _need_index() -> None:
    if StoredDocument._meta.db_table not in connection.introspection.table_names():
        raise CommandError(
            f"{data_dir()} has no index yet. The next start makes it, or `storage rebuild`."
        )
