"""A task's row as its JSON document, and back."""

from collections.abc import Iterable, Mapping
from typing import Any

from core.clock import now_ms
from core.errors import BadInput
from core.ids import check_id, is_valid_id
from storage_app.fields import Key, moment, read_keys, text, unknown_keys, write_keys
from storage_app.kinds import DocumentKind, News
from tasks_app.models import Task, TaskSession

FIRST_KEYS = (
    text("projectId", "project_id"),
    text("parentId", "parent_id", default=None),
    text("title", "title"),
    text("description", "description"),
    text("status", "status", default="todo"),
    text("priority", "priority", default="medium"),
    text("initialPrompt", "initial_prompt"),
    Key("dependencies", "dependencies", (list,), default=list),
)
LINK_KEYS = ("sessionIds", "taskSessionStatuses")
LAST_KEYS = (
    text("sessionStatus", "session_status", default=None),
    Key("skillIds", "skill_ids", (list,), default=list),
    Key("agentIds", "agent_ids", (list,), default=list),
    text("model", "model", always=False),
    moment("createdAt", "created_at"),
    moment("updatedAt", "updated_at"),
    moment("startedAt", "started_at"),
    moment("completedAt", "completed_at"),
)
KNOWN = ("id", *(key.name for key in (*FIRST_KEYS, *LAST_KEYS)), *LINK_KEYS)


def task_document(task: Task, links: list[TaskSession] | None = None) -> dict[str, Any]:
    """`links` are the task's, ordered by place; read here when they are not given."""
    links = links_of(task.pk) if links is None else links
    return {
        "id": task.pk,
        **write_keys(task, FIRST_KEYS),
        "sessionIds": [link.session_id for link in links if link.place_in_task is not None],
        "taskSessionStatuses": {link.session_id: link.status for link in links if link.status},
        **write_keys(task, LAST_KEYS),
        **task.extra,
    }


def links_of(task_id: str) -> list[TaskSession]:
    links = TaskSession.objects.filter(task_id=task_id)
    return sorted(links, key=place_in_task)


def place_in_task(link: TaskSession) -> tuple[bool, int, str]:
    return link.place_in_task is None, link.place_in_task or 0, link.session_id


def read(task_id: str) -> dict[str, Any] | None:
    task = Task.objects.filter(pk=task_id).first()
    return task_document(task) if task else None


def _columns(document: Mapping[str, Any]) -> dict[str, Any]:
    columns = {
        "id": check_id(document.get("id")),
        **read_keys(document, (*FIRST_KEYS, *LAST_KEYS)),
    }
    check_id(columns["project_id"], "projectId")
    if not all(isinstance(task_id, str) for task_id in columns["dependencies"]):
        raise BadInput({"dependencies": ["This is a list of task ids."]})
    columns["parent_id"] = columns["parent_id"] or None
    columns["created_at"] = columns["created_at"] or now_ms()
    columns["updated_at"] = columns["updated_at"] or columns["created_at"]
    columns["extra"] = unknown_keys(document, KNOWN)
    return columns


def load(document: Mapping[str, Any]) -> str:
    columns, links = _columns(document), _links(document)
    task_id = str(columns["id"])
    Task.objects.update_or_create(pk=task_id, defaults=columns)
    TaskSession.objects.filter(task_id=task_id).update(place_in_task=None, status=None)
    for link in links:
        TaskSession.objects.update_or_create(
            task_id=task_id,
            session_id=link.session_id,
            defaults={"place_in_task": link.place_in_task, "status": link.status},
        )
    drop_empty_links(task_id=task_id)
    return task_id


def as_stored(document: Mapping[str, Any]) -> dict[str, Any]:
    columns = _columns(document)
    return task_document(Task(**columns), sorted(_links(document), key=place_in_task))


def _links(document: Mapping[str, Any]) -> list[TaskSession]:
    """The task's side of its links, as the document has them."""
    session_ids = document.get("sessionIds") or []
    statuses = document.get("taskSessionStatuses") or {}
    if not isinstance(session_ids, list) or not isinstance(statuses, dict):
        raise BadInput({"sessionIds": ["sessionIds is a list, taskSessionStatuses an object."]})
    if not all(is_valid_id(session_id) for session_id in (*session_ids, *statuses)):
        raise BadInput({"sessionIds": ["Every session is named by its id."]})
    if not all(status is None or isinstance(status, str) for status in statuses.values()):
        raise BadInput({"taskSessionStatuses": ["A status is a text."]})
    places = {session_id: place for place, session_id in reversed([*enumerate(session_ids)])}
    return [
        TaskSession(
            task_id=document["id"],
            session_id=session_id,
            place_in_task=places.get(session_id),
            status=statuses.get(session_id),
        )
        for session_id in dict.fromkeys((*session_ids, *statuses))
    ]


def drop_empty_links(**which: Any) -> None:
    """A pair that neither side names is no pair."""
    TaskSession.objects.filter(
        place_in_task=None, place_in_session=None, status=None, **which
    ).delete()


def remove(task_id: str) -> None:
    TaskSession.objects.filter(task_id=task_id).update(place_in_task=None, status=None)
    drop_empty_links(task_id=task_id)
    Task.objects.filter(pk=task_id).delete()


def ids() -> list[str]:
    return list(Task.objects.values_list("pk", flat=True))


def clear() -> None:
    TaskSession.objects.all().delete()
    Task.objects.all().delete()


def news(task_id: str) -> News:
    task = Task.objects.get(pk=task_id)
    return News(task_document(task), project_id=task.project_id, task_id=task_id)


def named(document: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    yield "project", document["projectId"]
    if document["parentId"]:
        yield "task", document["parentId"]
    yield from (("task", task_id) for task_id in document["dependencies"])
    yield from (("session", session_id) for session_id in document["sessionIds"])


KIND = DocumentKind("task", "tasks", read, load, as_stored, remove, ids, clear, news, named)
