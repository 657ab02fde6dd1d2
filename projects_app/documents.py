"""A project's row as its JSON document, and back."""

from collections.abc import Iterable, Mapping
from typing import Any

from core.clock import now_ms
from core.ids import check_id
from projects_app.models import Project
from storage_app.fields import moment, read_keys, text, unknown_keys, write_keys
from storage_app.kinds import DocumentKind, News

KEYS = (
    text("name", "name"),
    text("workingDir", "working_dir"),
    text("description", "description"),
    text("agent", "agent", always=False),
    moment("createdAt", "created_at"),
    moment("updatedAt", "updated_at"),
)


def project_document(project: Project) -> dict[str, Any]:
    return {"id": project.id, **write_keys(project, KEYS), **project.extra}


def read(project_id: str) -> dict[str, Any] | None:
    project = Project.objects.filter(pk=project_id).first()
    return project_document(project) if project else None


def _columns(document: Mapping[str, Any]) -> dict[str, Any]:
    columns = {"id": check_id(document.get("id")), **read_keys(document, KEYS)}
    columns["created_at"] = columns["created_at"] or now_ms()
    columns["updated_at"] = columns["updated_at"] or columns["created_at"]
    columns["extra"] = unknown_keys(document, ("id", *(key.name for key in KEYS)))
    return columns


def load(document: Mapping[str, Any]) -> str:
    columns = _columns(document)
    Project.objects.update_or_create(pk=columns["id"], defaults=columns)
    return str(columns["id"])


def as_stored(document: Mapping[str, Any]) -> dict[str, Any]:
    return project_document(Project(**_columns(document)))


def remove(project_id: str) -> None:
    Project.objects.filter(pk=project_id).delete()


def ids() -> list[str]:
    return list(Project.objects.values_list("pk", flat=True))


def clear() -> None:
    Project.objects.all().delete()


def news(project_id: str) -> News:
    return News(read(project_id) or {}, project_id=project_id)


def named(document: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    return ()


KIND = DocumentKind("project", "projects", read, load, as_stored, remove, ids, clear, news, named)
