"""A task's page, and what a person does to tasks there, in the tree and on the board."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from access_app.actors import USER
from core.errors import MaestroError
from projects_app.forms import checked, refused
from projects_app.fragments import Opened, project_context, project_page
from queues_app.deleting import delete_task
from storage_app.changes import change
from tasks_app import services
from tasks_app.asked import Asked
from tasks_app.columns import Column, column_of, status_on
from tasks_app.forms import Deletion, deletion_of
from tasks_app.fragments import TaskPage, task_context, task_page
from tasks_app.models import Task
from tasks_app.selectors import named_tasks, task_by_id
from tasks_app.serializers import TaskBody, TaskFields

FIELDS = ("title", "initialPrompt", "description", "priority", "status", "parentId", "model")


@require_safe
def task(request: HttpRequest, task_id: str) -> HttpResponse:
    runs = request.GET.get("runs", "")
    seen = task_page(
        task_id,
        event=request.GET.get("event", "")[:64],
        runs=int(runs) if runs.isascii() and runs.isdigit() else 0,
        editing="edit" in request.GET,
    )
    deletion = deletion_of(task_id) if "delete" in request.GET else None
    return _task_page(request, seen, deletion=deletion)


def _task_page(
    request: HttpRequest,
    seen: TaskPage,
    *,
    deletion: Deletion | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {**task_context(seen), "deletion": deletion}
    return render(request, "task/page.html", context, status=status)


@require_POST
def create(request: HttpRequest, project_id: str) -> HttpResponse:
    """From the whole form, or with a title alone from the foot of a column."""
    column = request.POST.get("add", "")
    values = _values(request)
    if column:
        values = {"title": values["title"], "status": values["status"]}
    try:
        if column:
            values["status"] = status_on(column, coming_from=Column.TODO)
        services.create_task(**checked(TaskBody, {**values, "projectId": project_id}))
    except MaestroError as error:
        form = refused(values, error)
        failed = Opened(add_to=column, add_form=form) if column else Opened(new_task=form)
        return _project_page(request, project_id, failed)
    return _to_project(request, project_id, f"add={column}" if column else "new")


@require_POST
def update(request: HttpRequest, task_id: str) -> HttpResponse:
    task, values = task_by_id(task_id), _values(request)
    on_task_page = request.GET.get("on") == "task"
    try:
        services.update_task(task_id, **checked(TaskFields, values))
    except MaestroError as error:
        form = refused(values, error)
        if on_task_page:
            seen = task_page(task_id, editing=True, form=form)
            return _task_page(request, seen, status=422)
        return _project_page(request, task.project_id, Opened(edit_id=task_id, edit_form=form))
    if on_task_page:
        return HttpResponseRedirect(reverse("task", args=[task_id]), status=303)
    return _to_project(request, task.project_id)


def _values(request: HttpRequest) -> dict[str, Any]:
    # A browser sends lines with CRLF, which a shell does not read.
    values: dict[str, Any] = {
        name: request.POST.get(name, "").replace("\r\n", "\n") for name in FIELDS
    }
    values["status"] = values["status"] or "todo"
    values["parentId"] = values["parentId"] or None
    return {**values, "dependencies": request.POST.getlist("dependencies")}


@require_POST
def move(request: HttpRequest, task_id: str) -> HttpResponse:
    """Onto another column of the board."""
    project_id = task_by_id(task_id).project_id
    return _put_on_column(request, project_id, [task_id])


@require_POST
def set_status(request: HttpRequest, project_id: str) -> HttpResponse:
    """The same for all that are selected: all of them, or none."""
    return _put_on_column(request, project_id, request.POST.getlist("task"))


def _put_on_column(request: HttpRequest, project_id: str, task_ids: list[str]) -> HttpResponse:
    try:
        with change():
            for task in named_tasks(task_ids):
                _put(task, request.POST.get("column", ""))
    except MaestroError as error:
        what = "The task was" if len(task_ids) == 1 else f"The {len(task_ids)} tasks were"
        problem = f"{what} not moved. {refused({}, error).problem}"
        return _project_page(request, project_id, Opened(problem=problem))
    return _to_project(request, project_id)


def _put(task: Task, column: str) -> None:
    current = column_of(task.status, task.session_status)
    if column != current:
        services.update_task(task.pk, status=status_on(column, coming_from=current))


@require_POST
def delete(request: HttpRequest, task_id: str) -> HttpResponse:
    """With all that is below it, as its dialog has said."""
    project_id = task_by_id(task_id).project_id
    try:
        delete_task(task_id, by=USER, cascade="cascade" in request.POST)
    except MaestroError as error:
        refusal = deletion_of(task_id, error.message)
        if request.GET.get("on") == "task":
            return _task_page(request, task_page(task_id), deletion=refusal, status=422)
        return _project_page(request, project_id, Opened(deletion=refusal))
    return _to_project(request, project_id)


def _project_page(request: HttpRequest, project_id: str, opened: Opened) -> HttpResponse:
    seen = project_page(project_id, Asked.read(request.GET.dict()), opened)
    return render(request, "project/page.html", project_context(seen), status=422)


def _to_project(request: HttpRequest, project_id: str, opened: str = "") -> HttpResponse:
    """To the view that it was done in."""
    asked = Asked.read(request.GET.dict())
    query = f"{asked.base}{opened}" if opened else asked.query()
    return HttpResponseRedirect(reverse("project", args=[project_id]) + query, status=303)
