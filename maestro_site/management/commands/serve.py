"""`manage.py serve`: daphne in this process, with everything that runs beside the requests."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from maestro_site.opening import AlreadyServed, close_data_directory, open_data_directory
from storage_app.intake import TooManyMissing

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Command(BaseCommand):
    help = "Serve the dashboard, the API and the sockets, and start agents."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.MAESTRO_HOST, help="MAESTRO_HOST")
        parser.add_argument("--port", type=int, default=settings.MAESTRO_PORT, help="MAESTRO_PORT")

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        if host not in LOOPBACK:
            raise CommandError(
                f"Maestro listens on this machine only: {host} would let others in, and logins "
                "are not there yet. Use 127.0.0.1, and an SSH tunnel from elsewhere."
            )
        # Twisted's reactor is installed by this import, which must be the first of it.
        from maestro_site.daphne_server import serve

        address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        try:
            open_data_directory(address)
        except AlreadyServed as error:
            return self.served_already(error)
        except TooManyMissing as error:
            raise CommandError(str(error)) from None
        try:
            serve(host, port, lambda: self.ready(address))
        except OSError as error:
            raise CommandError(f"{error} Choose another port with --port.") from None
        finally:
            close_data_directory()

    def served_already(self, error: AlreadyServed) -> None:
        raise CommandError(str(error)) from None

    def ready(self, address: str) -> None:
        self.say(f"Maestro is at {address}")

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
