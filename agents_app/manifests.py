"""The brief that an agent reads: manifest.json in the seed's format, manifest.md for its eyes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

from core import json
from core.clock import as_datetime
from core.files import write_atomically
from projects_app.models import Project
from sessions_app.documents import task_ids_of
from sessions_app.models import Session
from storage_app.tree import session_folder
from tasks_app.models import Task

MODELS = ("sonnet", "opus", "haiku")
DEFAULT_CRITERION = "Task completion as described"


def manifest_of(session: Session) -> dict[str, Any]:
    """The object of manifest.json: the seed's keys and no more."""
    project = Project.objects.get(pk=session.project_id)
    tasks = _tasks_of(session)
    orchestrator_strategy = session.metadata.get("orchestratorStrategy")
    context = session.metadata.get("context") or {}
    model = str(context.get("model", ""))
    return {
        "manifestVersion": "1.0",
        "role": session.role,
        "strategy": session.strategy,
        **({"orchestratorStrategy": orchestrator_strategy} if orchestrator_strategy else {}),
        "tasks": [_task(task) for task in tasks],
        "session": {
            "model": model if model in MODELS else MODELS[0],
            "permissionMode": "acceptEdits",
            "thinkingMode": "auto",
            "workingDirectory": project.working_dir,
        },
        "context": {"custom": context},
        "skills": session.metadata.get("skills") or [],
    }


def _tasks_of(session: Session) -> Sequence[Task]:
    found = Task.objects.in_bulk(task_ids_of(session.pk))
    return [found[task_id] for task_id in task_ids_of(session.pk) if task_id in found]


def _task(task: Task) -> dict[str, Any]:
    return {
        "id": task.pk,
        "title": task.title,
        "description": task.description,
        "acceptanceCriteria": [DEFAULT_CRITERION],
        "dependencies": task.dependencies,
        "priority": task.priority,
        "parentId": task.parent_id,
        "projectId": task.project_id,
        "createdAt": as_datetime(task.created_at)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z"),
    }


def manifest_markdown(session: Session, manifest: Mapping[str, Any]) -> str:
    return render_to_string(
        "agents/manifest.md",
        {
            "session": session,
            "project": Project.objects.get(pk=session.project_id),
            "tasks": _tasks_of(session),
            "manifest": manifest,
            "prompt": manifest["context"]["custom"].get("prompt", ""),
        },
    )


def manifest_path(session_id: str) -> Path:
    return session_folder(session_id) / "manifest.json"


def write_manifests(session: Session) -> None:
    """Write both files into the session's folder."""
    manifest = manifest_of(session)
    folder = session_folder(session.pk)
    write_atomically(folder / "manifest.md", manifest_markdown(session, manifest).encode())
    write_atomically(manifest_path(session.pk), json.to_disk(manifest))
