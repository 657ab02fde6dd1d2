"""`manage.py serve`: daphne in this process, with everything that runs beside the requests."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from access_app import first_admin
from access_app.authentication import logins_are_required
from access_app.origins import is_local
from access_app.selectors import admin_exists
from maestro_site.opening import AlreadyServed, close_data_directory, open_data_directory
from storage_app.intake import TooManyMissing

EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}


class Command(BaseCommand):
    help = "Serve the dashboard, the API and the sockets, and start agents."
    requires_migrations_checks = False
    _welcome = ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.MAESTRO_HOST, help="MAESTRO_HOST")
        parser.add_argument("--port", type=int, default=settings.MAESTRO_PORT, help="MAESTRO_PORT")

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        check_open_to(host)
        settings.MAESTRO_HOST = host  # the name that a request may have in its Host
        # Twisted's reactor is installed by this import, which must be the first of it.
        from maestro_site.daphne_server import serve

        address = address_for(host, port)
        try:
            open_data_directory(address)
        except AlreadyServed as error:
            return self.served_already(error)
        except (TooManyMissing, OSError) as error:
            raise CommandError(str(error)) from None
        self._welcome = welcome_page() if logins_are_required() else ""
        try:
            serve(host, port, lambda: self.ready(address))
        except OSError as error:
            raise CommandError(f"{error} Choose another port with --port.") from None
        finally:
            close_data_directory()

    def served_already(self, error: AlreadyServed) -> None:
        raise CommandError(str(error)) from None

    def ready(self, address: str) -> None:
        public = settings.MAESTRO_PUBLIC_URL or address
        self.say(f"Maestro is at {public}")
        if self._welcome:
            self.say(
                f"Nobody can log in yet. Make the first admin within an hour, once, at\n"
                f"  {public}{self._welcome}"
            )

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def check_open_to(host: str) -> None:
    """Beyond this machine only with logins: who reaches the server can start processes.

    Raises CommandError.
    """
    if logins_are_required():
        return
    public = urlsplit(settings.MAESTRO_PUBLIC_URL).hostname
    if not is_local(host) or (public and not is_local(public)):
        raise CommandError(
            f"{host if not is_local(host) else public} would let everybody who reaches it start "
            "processes here. Set MAESTRO_AUTH=required, so that people log in, or use 127.0.0.1 "
            "and an SSH tunnel from elsewhere."
        )


def address_for(host: str, port: int) -> str:
    """Where agents on this machine find the server."""
    name = EVERY_ADDRESS.get(host, host)
    return f"http://{f'[{name}]' if ':' in name else name}:{port}"


def welcome_page() -> str:
    """The path where the first admin is made, while there is none."""
    return "" if admin_exists() else reverse("welcome", args=[first_admin.offer()])
