"""What a person does to tasks on their project's page."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from core.errors import MaestroError
from maestro_cli.profiles import PROFILES
from projects_app.forms import checked, refused
from tasks_app import services
from tasks_app.fragments import ProjectPage, project_page
from tasks_app.selectors import task_by_id
from tasks_app.serializers import TaskBody, TaskFields

FIELDS = ("title", "initialPrompt", "description", "priority")


@require_POST
def create(request: HttpRequest, project_id: str) -> HttpResponse:
    values = _values(request, FIELDS)
    try:
        services.create_task(**checked(TaskBody, {**values, "projectId": project_id}))
    except MaestroError as error:
        seen = project_page(project_id, new_task=refused(values, error), agents=PROFILES)
        return _page(request, seen, new_opened=True)
    return HttpResponseRedirect(reverse("project", args=[project_id]) + "?new", status=303)


@require_POST
def update(request: HttpRequest, task_id: str) -> HttpResponse:
    task = task_by_id(task_id)
    values = _values(request, (*FIELDS, "status"))
    try:
        services.update_task(task_id, **checked(TaskFields, values))
    except MaestroError as error:
        form = refused(values, error)
        seen = project_page(task.project_id, edit_id=task_id, edit_form=form, agents=PROFILES)
        return _page(request, seen, new_opened=False)
    return HttpResponseRedirect(reverse("project", args=[task.project_id]), status=303)


def _values(request: HttpRequest, fields: tuple[str, ...]) -> dict[str, Any]:
    values: dict[str, Any] = {name: request.POST.get(name, "") for name in fields}
    # A browser sends lines with CRLF, which a shell does not read.
    values = {name: value.replace("\r\n", "\n") for name, value in values.items()}
    return {**values, "dependencies": request.POST.getlist("dependencies")}


def _page(request: HttpRequest, seen: ProjectPage, *, new_opened: bool) -> HttpResponse:
    context: dict[str, Any] = {
        "seen": seen,
        "table": seen.table,
        "project_id": seen.project.pk,
        "new_opened": new_opened,
        "page": "projects",
        "current_project": seen.project.pk,
    }
    return render(request, "project/page.html", context, status=422)
