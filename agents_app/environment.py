"""What an agent's process is told: the variables of its session, and those it alone gets."""

import os
import threading
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings

from access_app.tokens import session_token
from sessions_app.models import Session
from storage_app.tree import data_dir, session_folder

_NOT_INHERITED = ("DJANGO_SETTINGS_MODULE", "MAESTRO_SECRET_KEY", "PYTHONPATH", "VIRTUAL_ENV")
_secrets: dict[str, dict[str, str]] = {}
_lock = threading.Lock()


def server_url() -> str:
    """Where the running server listens, or where it will by the settings."""
    try:
        return (data_dir() / "server-url").read_text().strip()
    except OSError:
        return f"http://{settings.MAESTRO_HOST}:{settings.MAESTRO_PORT}"


def session_variables(
    session_id: str, project_id: str, task_ids: list[str], *, role: str, strategy: str
) -> dict[str, str]:
    """The variables that are also the session's `env`; none of them is secret."""
    folder = session_folder(session_id)
    return {
        "MAESTRO_SESSION_ID": session_id,
        "MAESTRO_PROJECT_ID": project_id,
        "MAESTRO_TASK_IDS": ",".join(task_ids),
        "MAESTRO_ROLE": role,
        "MAESTRO_STRATEGY": strategy,
        "MAESTRO_SERVER_URL": server_url(),
        "MAESTRO_MANIFEST_PATH": str(folder / "manifest.json"),
        "MAESTRO_MANIFEST_MD": str(folder / "manifest.md"),
        "PATH": os.pathsep.join((str(command_folder()), os.environ.get("PATH", os.defpath))),
    }


def command_folder() -> Path:
    """Where the `maestro` command is."""
    return Path(settings.BASE_DIR) / "bin"


def process_environment(session: Session) -> dict[str, str]:
    """Everything the process gets: what the server has, the session's, its secrets, its token."""
    inherited = {k: v for k, v in os.environ.items() if k not in _NOT_INHERITED}
    return {
        **inherited,
        "TERM": "xterm-256color",
        **session.env,
        "MAESTRO_SERVER_URL": server_url(),
        "MAESTRO_AGENT_PROFILE": session.agent,
        "MAESTRO_DATA_DIR": str(data_dir()),  # where a person's own agents are described
        **take_secrets(session.pk),
        "MAESTRO_TOKEN": session_token(session.pk),
    }


def keep_secrets(session_id: str, secrets: Mapping[str, str]) -> None:
    """Until launch they live in this process's memory and nowhere else."""
    if secrets:
        with _lock:
            _secrets[session_id] = dict(secrets)


def take_secrets(session_id: str) -> dict[str, str]:
    with _lock:
        return _secrets.pop(session_id, {})


def has_secrets(session_id: str) -> bool:
    with _lock:
        return session_id in _secrets
