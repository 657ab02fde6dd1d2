"""Tasks as a project's page shows them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from projects_app.forms import Form
from projects_app.models import Project
from projects_app.selectors import project_by_id
from sessions_app.fragments import SessionLink, link_to
from sessions_app.recent import sessions_named
from tasks_app.models import Task, TaskSession
from tasks_app.rules import TaskStatus
from tasks_app.selectors import tasks, unfinished_dependencies

STATUS_WORDS = {
    "todo": "To do",
    "in_progress": "In progress",
    "completed": "Completed",
    "cancelled": "Cancelled",
    "blocked": "Blocked",
}
TONES = {"in_progress": "is-working", "completed": "is-completed", "blocked": "is-blocked"}
PRIORITY_WORDS = {"low": "Low", "medium": "Medium", "high": "High"}
CHIPS_AT_MOST = 3


@dataclass(frozen=True)
class Dependency:
    id: str
    title: str
    done: bool


@dataclass(frozen=True)
class TaskRow:
    id: str
    title: str
    status: str
    word: str
    tone: str
    priority: str
    priority_word: str
    depth: int
    after: tuple[Dependency, ...]
    waits_for: tuple[str, ...]
    sessions: tuple[SessionLink, ...]
    more_sessions: int
    prompt: str
    description: str

    @property
    def after_ids(self) -> tuple[str, ...]:
        return tuple(one.id for one in self.after)

    @property
    def indent(self) -> int:
        """What the page can show of the depth."""
        return min(self.depth, 3)


@dataclass(frozen=True)
class TaskTable:
    rows: tuple[TaskRow, ...]
    completed: int

    def named(self, task_ids: Sequence[str]) -> tuple[TaskRow, ...]:
        """Rows in the order asked for; what is not there is left out."""
        by_id = {row.id: row for row in self.rows}
        return tuple(by_id[task_id] for task_id in task_ids if task_id in by_id)


def task_table(project_id: str) -> TaskTable:
    """All tasks of a project, children under their parents, in three queries."""
    found = tasks(project_id=project_id)
    titles = {task.pk: task for task in found}
    waits = unfinished_dependencies(found)
    sessions = _sessions_of(found)
    rows = tuple(
        _row(task, depth, titles, waits[task.pk], sessions[task.pk])
        for depth, task in _in_tree_order(found)
    )
    return TaskTable(rows, sum(row.status == TaskStatus.COMPLETED for row in rows))


def _in_tree_order(found: Sequence[Task]) -> list[tuple[int, Task]]:
    known = {task.pk for task in found}
    children: dict[str | None, list[Task]] = defaultdict(list)
    for task in found:
        children[task.parent_id if task.parent_id in known else None].append(task)
    order: list[tuple[int, Task]] = []
    stack = [(0, task) for task in reversed(children[None])]
    while stack:
        depth, task = stack.pop()
        order.append((depth, task))
        stack += [(depth + 1, child) for child in reversed(children[task.pk])]
    return order


def _sessions_of(found: Sequence[Task]) -> dict[str, list[SessionLink]]:
    """Newest first."""
    links = TaskSession.objects.filter(task_id__in=[task.pk for task in found])
    pairs = list(links.order_by("-place_in_task").values_list("task_id", "session_id"))
    sessions = sessions_named({session_id for _, session_id in pairs})
    chips: dict[str, list[SessionLink]] = defaultdict(list)
    for task_id, session_id in pairs:
        if session_id in sessions:
            chips[task_id].append(link_to(sessions[session_id]))
    return chips


def _row(
    task: Task,
    depth: int,
    by_id: dict[str, Task],
    waits: Sequence[str],
    sessions: Sequence[SessionLink],
) -> TaskRow:
    after = [by_id[one] for one in task.dependencies if one in by_id]
    return TaskRow(
        id=task.pk,
        title=task.title,
        status=task.status,
        word=STATUS_WORDS.get(task.status, task.status),
        tone=TONES.get(task.status, "quiet"),
        priority=task.priority,
        priority_word=PRIORITY_WORDS.get(task.priority, task.priority),
        depth=depth,
        after=tuple(Dependency(one.pk, one.title, one.pk not in waits) for one in after),
        waits_for=tuple(by_id[one].title for one in waits if one in by_id),
        sessions=tuple(sessions[:CHIPS_AT_MOST]),
        more_sessions=max(0, len(sessions) - CHIPS_AT_MOST),
        prompt=task.initial_prompt,
        description=task.description,
    )


@dataclass(frozen=True)
class SpawnDraft:
    """The spawn dialog as it stands: tasks in order, and what was typed."""

    tasks: tuple[TaskRow, ...]
    form: Form

    @property
    def ready(self) -> int:
        return sum(not row.waits_for for row in self.tasks)


@dataclass(frozen=True)
class ProjectPage:
    project: Project
    table: TaskTable
    statuses: tuple[tuple[str, str], ...]
    priorities: tuple[tuple[str, str], ...]
    new_task: Form
    edit: TaskRow | None
    edit_form: Form
    spawn: SpawnDraft | None
    agents: tuple[str, ...]


EMPTY_TASK = {
    "title": "",
    "initialPrompt": "",
    "description": "",
    "priority": "medium",
    "dependencies": [],
}


def project_page(
    project_id: str,
    *,
    new_task: Form | None = None,
    edit_id: str = "",
    edit_form: Form | None = None,
    spawn: tuple[Sequence[str], Form] | None = None,
    agents: Sequence[str] = (),
) -> ProjectPage:
    """All that a project's page shows, with the forms as they stand. Raises NotFound."""
    project = project_by_id(project_id)
    table = task_table(project_id)
    edited = next(iter(table.named([edit_id])), None)
    return ProjectPage(
        project=project,
        table=table,
        statuses=tuple(STATUS_WORDS.items()),
        priorities=tuple(PRIORITY_WORDS.items()),
        new_task=new_task or Form(EMPTY_TASK),
        edit=edited,
        edit_form=edit_form or Form(_values_of(edited) if edited else EMPTY_TASK),
        spawn=SpawnDraft(table.named(spawn[0]), spawn[1]) if spawn else None,
        agents=tuple(agents),
    )


def _values_of(row: TaskRow) -> dict[str, object]:
    return {
        "title": row.title,
        "initialPrompt": row.prompt,
        "description": row.description,
        "priority": row.priority,
        "status": row.status,
        "dependencies": list(row.after_ids),
    }
