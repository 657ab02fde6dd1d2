"""The forms in which a person writes, changes or deletes a task."""

from dataclasses import dataclass

from django.urls import reverse

from projects_app.forms import Form
from tasks_app.asked import Asked
from tasks_app.models import Task
from tasks_app.selectors import descendants_of, task_by_id
from tasks_app.words import PRIORITY_WORDS, STATUS_WORDS

Choices = tuple[tuple[str, str], ...]
EMPTY_TASK = {
    "title": "",
    "initialPrompt": "",
    "description": "",
    "priority": "medium",
    "status": "todo",
    "parentId": "",
    "model": "",
    "dependencies": [],
}


@dataclass(frozen=True)
class TaskForm:
    """A task being written: a new one where `task_id` is empty. `to` is where it is sent."""

    form: Form
    to: str
    back: str
    parents: Choices
    others: Choices
    task_id: str = ""
    delete_to: str = ""
    statuses: Choices = tuple(STATUS_WORDS.items())
    priorities: Choices = tuple(PRIORITY_WORDS.items())


def new_task_form(
    project_id: str, choices: Choices, *, asked: Asked, form: Form | None = None
) -> TaskForm:
    return TaskForm(
        form=form or Form(EMPTY_TASK),
        to=reverse("create-task", args=[project_id]) + asked.query(),
        back=reverse("project", args=[project_id]) + asked.query(),
        parents=choices,
        others=choices,
    )


def edit_form(task: Task, choices: Choices, *, at: str, query: str, form: Form | None) -> TaskForm:
    """A form on the page `at`, which is sent with `query`.

    What is below the task cannot be its parent, so it is not offered.
    """
    below = {one.pk for one in descendants_of(task)} | {task.pk}
    return TaskForm(
        form=form or Form(_values_of(task)),
        to=reverse("update-task", args=[task.pk]) + query,
        back=at,
        parents=tuple(one for one in choices if one[0] not in below),
        others=tuple(one for one in choices if one[0] != task.pk),
        task_id=task.pk,
        delete_to=f"{at}{'&' if '=' in at else ''}delete={task.pk}",
    )


def _values_of(task: Task) -> dict[str, object]:
    return {
        "title": task.title,
        "initialPrompt": task.initial_prompt,
        "description": task.description,
        "priority": task.priority,
        "status": task.status,
        "parentId": task.parent_id or "",
        "model": task.model,
        "dependencies": list(task.dependencies),
    }


@dataclass(frozen=True)
class Deletion:
    """What goes with a task when it is deleted; `problem` says why it was not."""

    task_id: str
    title: str
    below: tuple[str, ...]
    problem: str = ""

    @property
    def count(self) -> int:
        return 1 + len(self.below)


def deletion_of(task_id: str, problem: str = "") -> Deletion:
    task = task_by_id(task_id)
    below = tuple(one.title for one in descendants_of(task))
    return Deletion(task_id, task.title, below, problem)
