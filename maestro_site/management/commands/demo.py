"""`manage.py demo`: a server, or the one that runs already, with the demo started in it by HTTP."""

import argparse
import os
import signal
import threading
import time
from typing import Any

from django.core.management.base import CommandError, CommandParser

from agents_app.environment import server_url
from dashboard_app import demo
from maestro_cli.client import Client, path_of
from maestro_cli.errors import CliError, UsageError
from maestro_cli.profiles.demo import FINAL, SPEED, read_speed
from maestro_site.management.commands import serve
from maestro_site.opening import AlreadyServed

PATIENCE_S = 10.0
POLL_S = 0.5


class Command(serve.Command):
    help = "Serve as `serve` does, with an orchestrator and three workers to watch."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--speed", type=_speed, metavar="N", help=f"2 is twice as fast; {SPEED}"
        )
        parser.add_argument("--once", action="store_true", help="end when the demo has ended")

    def handle(self, *args: Any, **options: Any) -> None:
        self._env = {SPEED: options["speed"]} if options["speed"] else {}
        self._once: bool = options["once"]
        self._failure = ""
        super().handle(*args, **options)
        if self._failure:
            raise CommandError(self._failure)

    def ready(self, address: str) -> None:
        super().ready(address)
        threading.Thread(target=self._play_beside, args=(address,), daemon=True).start()

    def served_already(self, error: AlreadyServed) -> None:
        super().ready(server_url())
        self._play(server_url())

    def _play_beside(self, address: str) -> None:
        self._play(address)
        if self._once:
            os.kill(os.getpid(), signal.SIGTERM)
        elif self._failure:
            self.stderr.write(self._failure)

    def _play(self, address: str) -> None:
        client = Client(address, token=os.environ.get("MAESTRO_TOKEN"), patience_s=PATIENCE_S)
        try:
            session_id = start_demo(client, env=self._env)
            self.say(f"The demo runs at {address}/sessions/{session_id}/")
            if self._once:
                self._failure = _wait_for_end(client, session_id)
        except CliError as error:
            self._failure = f"The demo could not run: {error.message}"


def start_demo(client: Client, *, env: dict[str, str]) -> str:
    """Spawn an orchestrator on a new task of the demo's project; returns its session's id."""
    project_id = _project_id(client)
    epic = client.create(
        "/api/tasks",
        {
            "projectId": project_id,
            "title": demo.EPIC,
            "description": demo.EPIC_ABOUT,
            "priority": "high",
        },
    )
    spawned = client.create(
        "/api/sessions/spawn",
        {
            "projectId": project_id,
            "taskIds": [epic["id"]],
            "role": "orchestrator",
            "sessionName": demo.ORCHESTRATOR,
            "agent": demo.AGENT,
            "env": env,
        },
    )
    return str(spawned["sessionId"])


def _project_id(client: Client) -> str:
    folder = str(demo.demo_folder())
    for project in client.get("/api/projects"):
        if project["name"] == demo.PROJECT:
            return str(project["id"])
    body = {
        "name": demo.PROJECT,
        "workingDir": folder,
        "description": demo.ABOUT,
        "agent": demo.AGENT,
    }
    return str(client.create("/api/projects", body)["id"])


def _wait_for_end(client: Client, session_id: str) -> str:
    """Why the demo did not complete, or nothing."""
    while True:
        status = client.get(path_of("sessions", session_id))["status"]
        if status in FINAL:
            return "" if status == "completed" else f"The demo's orchestrator {status}."
        time.sleep(POLL_S)


def _speed(word: str) -> str:
    try:
        read_speed({SPEED: word})
    except UsageError as error:
        raise argparse.ArgumentTypeError(error.message) from None
    return word
