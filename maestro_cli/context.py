"""Where a command runs: the session around it and the server to ask, from flags and environment."""

from __future__ import annotations

import os

from maestro_cli.client import ANSWER_TIMEOUT_S, Client
from maestro_cli.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs start-up time
    from collections.abc import Mapping

DEFAULT_SERVER_URL = "http://127.0.0.1:8000"
DEFAULT_DATA_DIR = "~/.maestro/data"
SESSION_PATIENCE_S = 30.0


class Context:
    """The environment of one command, read when asked for."""

    def __init__(self, environ: Mapping[str, str], *, server: str | None = None) -> None:
        self.environ = environ
        self.session_id = environ.get("MAESTRO_SESSION_ID") or None
        self.project_id = environ.get("MAESTRO_PROJECT_ID") or None
        self.task_ids = split_ids(environ.get("MAESTRO_TASK_IDS", ""))
        self.role = environ.get("MAESTRO_ROLE") or None
        self.strategy = environ.get("MAESTRO_STRATEGY") or None
        self.server_url = server or _discover_server(environ)
        self._client: Client | None = None

    @property
    def client(self) -> Client:
        if self._client is None:
            self._client = self.new_client()
        return self._client

    def new_client(
        self, *, patience_s: float | None = None, timeout_s: float = ANSWER_TIMEOUT_S
    ) -> Client:
        """A client of its own; by default as patient as the session around it is."""
        if patience_s is None:
            patience_s = SESSION_PATIENCE_S if self.session_id else 0.0
        token = self.environ.get("MAESTRO_TOKEN") or None
        return Client(self.server_url, token=token, patience_s=patience_s, timeout_s=timeout_s)

    def session(self, named: str | None = None) -> str:
        """The session a command is about: the named one, else the one around it."""
        session_id = named or self.session_id
        if not session_id:
            raise UsageError("Which session? Name it, or set MAESTRO_SESSION_ID.")
        return session_id

    def project(self, named: str | None = None) -> str:
        project_id = named or self.project_id
        if not project_id:
            raise UsageError("Which project? Pass --project, or set MAESTRO_PROJECT_ID.")
        return project_id


def split_ids(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _discover_server(environ: Mapping[str, str]) -> str:
    named = environ.get("MAESTRO_SERVER_URL")
    if named:
        return named
    data_dir = os.path.expanduser(environ.get("MAESTRO_DATA_DIR") or DEFAULT_DATA_DIR)
    try:
        with open(os.path.join(data_dir, "server-url"), encoding="utf-8") as file:
            return file.read().strip() or DEFAULT_SERVER_URL
    except OSError:
        return DEFAULT_SERVER_URL
