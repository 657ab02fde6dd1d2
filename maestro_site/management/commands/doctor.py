"""`manage.py doctor`: whether everything is well, and what to do where it is not."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from maestro_site.doctor import findings
from storage_app.commands import MaestroCommand
from storage_app.doctor import Finding
from storage_app.tree import data_dir

ABOUT = """It only looks, alone or beside a running server. What is wrong has a ! and,
below it, what to do. The exit code is 1 when something is wrong, else 0.

examples:
  manage.py doctor
  manage.py doctor --json | jq '.[] | select(.advice != "")'
"""


class Command(MaestroCommand):
    help = "Say whether everything is well: files, index, server, logins, agents, versions."
    requires_system_checks = ()
    about = ABOUT
    needs_index = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print [{about, said, advice}]")

    def run(self, options: dict[str, Any]) -> None:
        found = []
        for one in findings():
            found.append(one)
            if not options["json"]:
                self.stdout.write(_line(one))
        if options["json"]:
            self.print_json([one.__dict__ for one in found])
        wrong = [one for one in found if one.advice]
        if wrong:
            raise CommandError(f"{_count(wrong)} with {data_dir()}.", returncode=1)
        if not options["json"]:
            self.stdout.write("All is well.")


def _line(finding: Finding) -> str:
    todo = f"\n    {finding.advice}" if finding.advice else ""
    return f"{'!' if finding.advice else ' '} {finding.about}: {finding.said}{todo}"


def _count(wrong: list[Finding]) -> str:
    return "1 thing is wrong" if len(wrong) == 1 else f"{len(wrong)} things are wrong"
