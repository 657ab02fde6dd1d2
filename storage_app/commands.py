"""What every management command of ours has in common: its help, its errors, its JSON."""

import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from core.errors import MaestroError
from storage_app.models import StoredDocument


class MaestroCommand(BaseCommand):
    """Looks for the index, does the command's action, and says what is refused in one line.

    `about` ends the help, with examples. Where a command has actions, each is a method of its
    name with a `_` before it.
    """

    about = ""
    needs_index = True
    requires_migrations_checks = False

    def create_parser(self, *args: Any, **options: Any) -> CommandParser:
        parser = super().create_parser(*args, **options)
        parser.epilog = self.about
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        return parser

    def handle(self, *args: Any, **options: Any) -> None:
        if self.needs_index and not _has_index():
            raise CommandError("There is no index yet. Start the server once: manage.py serve")
        try:
            self.run(options)
        except MaestroError as error:
            raise CommandError(f"{error.message} ({error.code})") from None

    def run(self, options: dict[str, Any]) -> None:
        getattr(self, f"_{options['action']}")(options)

    def print_json(self, value: Any) -> None:
        self.stdout.write(json.dumps(value))


def _has_index() -> bool:
    return StoredDocument._meta.db_table in connection.introspection.table_names()
