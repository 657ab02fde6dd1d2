"""Reading tasks."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Q

from core.errors import NotFound, TaskNotFound
from core.ids import check_id
from tasks_app.documents import links_of, place_in_task, task_document
from tasks_app.models import Task, TaskSession
from tasks_app.rules import SessionStatusOfTask, TaskStatus

__all__ = ("links_of",)


def task_by_id(task_id: str) -> Task:
    """The task that a URL names. Raises NotFound."""
    task = Task.objects.filter(pk=check_id(task_id)).first()
    if task is None:
        raise NotFound(f"There is no task {task_id}.")
    return task


def named_tasks(task_ids: Iterable[str]) -> list[Task]:
    """The tasks that a body names, in that order. Raises TaskNotFound, naming the missing."""
    wanted = list(task_ids)
    found = Task.objects.in_bulk([check_id(task_id, "taskIds") for task_id in wanted])
    missing = [task_id for task_id in wanted if task_id not in found]
    if missing:
        raise TaskNotFound(f"There is no task {', '.join(missing)}.", {"taskIds": missing})
    return [found[task_id] for task_id in wanted]


def tasks(
    *,
    project_id: str | None = None,
    status: str | None = None,
    parent_id: str | None = None,
    roots: bool = False,
    q: str | None = None,
) -> list[Task]:
    found = Task.objects.all()
    if project_id:
        found = found.filter(project_id=project_id)
    if status:
        found = found.filter(status=status)
    if parent_id:
        found = found.filter(parent_id=parent_id)
    if roots:
        found = found.filter(parent_id=None)
    if q:
        found = found.filter(Q(title__icontains=q) | Q(description__icontains=q))
    return list(found)


def task_documents(found: Iterable[Task]) -> list[dict[str, Any]]:
    """The wire documents of many tasks in two queries."""
    rows = list(found)
    links: dict[str, list[TaskSession]] = defaultdict(list)
    for link in TaskSession.objects.filter(task_id__in=[task.pk for task in rows]):
        links[link.task_id].append(link)
    return [task_document(task, sorted(links[task.pk], key=place_in_task)) for task in rows]


def task_tree(root: Task) -> dict[str, Any]:
    """The task's document with its descendants nested under `children`; a circle in files made by
    hand ends where it closes."""
    by_parent: dict[str | None, list[dict[str, Any]]] = defaultdict(list)
    for document in task_documents(Task.objects.filter(project_id=root.project_id)):
        by_parent[document["parentId"]].append(document)
    (tree,) = task_documents([root])
    to_fill, seen = [tree], {root.pk}
    while to_fill:
        node = to_fill.pop()
        node["children"] = [child for child in by_parent[node["id"]] if child["id"] not in seen]
        seen |= {child["id"] for child in node["children"]}
        to_fill.extend(node["children"])
    return tree


def descendants_of(task: Task) -> list[Task]:
    """All tasks below this one, parents before children; none twice, whatever files say."""
    found: list[Task] = []
    level, seen = [task.pk], {task.pk}
    while level:
        children = list(Task.objects.filter(parent_id__in=level).exclude(pk__in=seen))
        seen |= {child.pk for child in children}
        found += children
        level = [child.pk for child in children]
    return found


def unfinished_dependencies(
    dependencies: Mapping[str, Sequence[str]],
) -> dict[str, list[str]]:
    """Of each task's dependencies those it still waits for; a missing task is not waited for."""
    wanted = {one for of_task in dependencies.values() for one in of_task}
    waiting = wanted and set(
        Task.objects.filter(pk__in=wanted)
        .exclude(status=TaskStatus.COMPLETED)
        .exclude(session_links__status=SessionStatusOfTask.COMPLETED)
        .values_list("pk", flat=True)
    )
    return {
        task_id: [one for one in of_task if one in waiting]
        for task_id, of_task in dependencies.items()
    }


def titles_of(task_ids: Iterable[str]) -> dict[str, str]:
    return dict(Task.objects.filter(pk__in=list(task_ids)).values_list("pk", "title"))
