"""Reading the manifest that tells an agent what to work on."""

from __future__ import annotations

import json

from maestro_cli.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs start-up time
    from typing import Any

    from maestro_cli.context import Context


def load_manifest(context: Context) -> dict[str, Any]:
    path = context.environ.get("MAESTRO_MANIFEST_PATH")
    if not path:
        raise UsageError("No manifest: MAESTRO_MANIFEST_PATH is not set.")
    try:
        manifest = json.loads(_read(path))
    except ValueError:
        manifest = None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("tasks"), list):
        raise UsageError(f"The manifest {path} is not one that Maestro wrote.")
    return manifest


def read_brief(context: Context) -> str | None:
    """The manifest as an agent reads it, where there is one."""
    path = context.environ.get("MAESTRO_MANIFEST_MD")
    return _read(path) if path else None


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise UsageError(f"Cannot read the manifest {path}: {reason}.") from error


def manifest_for(
    project: dict[str, Any], tasks: list[dict[str, Any]], *, role: str, strategy: str
) -> dict[str, Any]:
    """The seed's manifest.json for tasks that no session has yet."""
    return {
        "manifestVersion": "1.0",
        "role": role,
        "strategy": strategy,
        "tasks": [_task(task) for task in tasks],
        "session": {
            "model": "sonnet",
            "permissionMode": "acceptEdits",
            "thinkingMode": "auto",
            "workingDirectory": project["workingDir"],
        },
        "context": {"custom": {}},
        "skills": [f"maestro-{role}"],
    }


def _task(task: dict[str, Any]) -> dict[str, Any]:
    from datetime import datetime, timezone

    created = datetime.fromtimestamp(task["createdAt"] / 1000, timezone.utc)
    same = ("id", "title", "description", "dependencies", "priority", "parentId", "projectId")
    return {
        **{key: task[key] for key in same},
        "acceptanceCriteria": ["Task completion as described"],
        "createdAt": created.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
