"""Writing tasks and their links to sessions."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Max

from core.clock import now_ms
from core.errors import BadInput
from core.ids import new_id
from projects_app.selectors import named_project
from storage_app.changes import Change, change
from tasks_app import rules
from tasks_app.documents import drop_empty_links, task_document
from tasks_app.models import Task, TaskSession
from tasks_app.rules import HasChildren, SessionStatusOfTask, TaskStatus
from tasks_app.selectors import descendants_of, named_tasks, task_by_id


def create_task(*, project_id: str, title: str, **columns: Any) -> Task:
    """Raises ProjectNotFound, TaskNotFound (parent, dependencies). Records task:created."""
    now = now_ms()
    with change() as changed:
        named_project(project_id)
        task = Task(
            id=new_id("tsk"), project_id=project_id, title=title, created_at=now, updated_at=now
        )
        _set_columns(task, columns)
        task.save(force_insert=True)
        announce(changed, task, "task:created")
    return task


def update_task(task_id: str, **columns: Any) -> Task:
    """Set the given columns. Raises Cycle, BadInput, TaskNotFound. Records task:updated."""
    with change() as changed:
        task = task_by_id(task_id)
        _set_columns(task, columns)
        task.updated_at = now_ms()
        task.save()
        announce(changed, task, "task:updated")
    return task


def _set_columns(task: Task, columns: dict[str, Any]) -> None:
    if columns.get("parent_id"):
        _check_parent(task, columns["parent_id"])
    if columns.get("dependencies"):
        _check_dependencies(task, columns["dependencies"])
    for column, value in columns.items():
        setattr(task, column, value)
    if "status" in columns:
        _note_times(task)


def _note_times(task: Task) -> None:
    if task.status == TaskStatus.IN_PROGRESS:
        task.started_at = task.started_at or now_ms()
    done = task.status == TaskStatus.COMPLETED
    task.completed_at = (task.completed_at or now_ms()) if done else None


def _check_parent(task: Task, parent_id: str) -> None:
    (parent,) = named_tasks([parent_id])
    _check_same_project(task, [parent], "parentId")
    parents = dict(Task.objects.filter(project_id=task.project_id).values_list("pk", "parent_id"))
    rules.check_no_cycle(
        task.pk, [parent_id], lambda here: filter(None, [parents.get(here)]), word="is under"
    )


def _check_dependencies(task: Task, dependencies: Sequence[str]) -> None:
    _check_same_project(task, named_tasks(dependencies), "dependencies")
    rows = Task.objects.filter(project_id=task.project_id).values_list("pk", "dependencies")
    edges: dict[str, list[str]] = dict(rows)
    rules.check_no_cycle(task.pk, dependencies, lambda here: edges.get(here, []), word="waits for")


def _check_same_project(task: Task, others: Iterable[Task], field: str) -> None:
    foreign = [other.pk for other in others if other.project_id != task.project_id]
    if foreign:
        raise BadInput({field: [f"{', '.join(foreign)} is in another project."]})


def delete_task(task_id: str, *, cascade: bool = False) -> None:
    """Raises HasChildren. Records task:deleted for each, children first."""
    with change() as changed:
        task = task_by_id(task_id)
        below = descendants_of(task)
        if below and not cascade:
            raise HasChildren(
                f"{task.title} has {len(below)} tasks below it. Delete those first, or use "
                "?cascade=true to delete all.",
                {"children": [child.pk for child in below]},
            )
        for doomed in (*reversed(below), task):
            remove_task(changed, doomed)


def remove_task(changed: Change, task: Task) -> None:
    """Sessions keep its id in their documents: what happened is not rewritten."""
    TaskSession.objects.filter(task_id=task.pk).update(place_in_task=None, status=None)
    drop_empty_links(task_id=task.pk)
    changed.touch("task", task.pk)
    changed.record("task:deleted", {"id": task.pk}, task_id=task.pk, project_id=task.project_id)
    task.delete()


def link_session(changed: Change, session_id: str, task_ids: Sequence[str]) -> None:
    """Put tasks at the end of a session's list, as queued. Records task:session_added for each."""
    top = TaskSession.objects.filter(session_id=session_id).aggregate(top=Max("place_in_session"))
    place = -1 if top["top"] is None else top["top"]
    for task in named_tasks(task_ids):
        place += 1
        last = TaskSession.objects.filter(task_id=task.pk).aggregate(top=Max("place_in_task"))
        TaskSession.objects.update_or_create(
            task_id=task.pk,
            session_id=session_id,
            defaults={
                "place_in_session": place,
                "place_in_task": 0 if last["top"] is None else last["top"] + 1,
                "status": SessionStatusOfTask.QUEUED,
            },
        )
        _announce_link(changed, task, session_id, "task:session_added")
        note_session_status(changed, task, SessionStatusOfTask.QUEUED)


def unlink_session(changed: Change, session_id: str, task_ids: Sequence[str]) -> None:
    """Records task:session_removed for each task that still exists."""
    TaskSession.objects.filter(session_id=session_id, task_id__in=task_ids).delete()
    for task in Task.objects.filter(pk__in=task_ids):
        _announce_link(changed, task, session_id, "task:session_removed")
        announce(changed, task, "task:updated")


def _announce_link(changed: Change, task: Task, session_id: str, event_type: str) -> None:
    changed.record(
        event_type,
        {"sessionId": session_id, "taskId": task.pk},
        task_id=task.pk,
        session_id=session_id,
        project_id=task.project_id,
    )


def note_session_status(changed: Change, task: Task, status: SessionStatusOfTask) -> None:
    """What a session last said of a task; the first start moves it from To do to In progress."""
    task.session_status = status
    if status == SessionStatusOfTask.WORKING and task.status == TaskStatus.TODO:
        task.status = TaskStatus.IN_PROGRESS
        task.started_at = task.started_at or now_ms()
    task.updated_at = now_ms()
    task.save()
    announce(changed, task, "task:updated")


def announce(changed: Change, task: Task, event_type: str) -> None:
    changed.touch("task", task.pk)
    changed.record(event_type, task_document(task), task_id=task.pk, project_id=task.project_id)
