"""The pages of projects: the list, one project with its tasks, and spawning from it."""

from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from access_app.actors import USER
from agents_app.selectors import agent_names, agents_found
from agents_app.serializers import SpawnBody, check_spawn, spawn_from
from agents_app.services import Spawned, spawn_session
from core.errors import BadInput, MaestroError
from maestro_cli.profiles import PROFILES
from projects_app import services
from projects_app.forms import Form, checked, refused
from projects_app.fragments import Opened, project_context, project_page, project_rows
from projects_app.selectors import project_by_id
from projects_app.serializers import ProjectBody
from storage_app.changes import change
from tasks_app.asked import Asked
from tasks_app.forms import EMPTY_TASK, deletion_of

PROJECT_FIELDS = ("name", "workingDir", "description", "agent")
SPAWN_FIELDS = (
    "sessionName",
    "role",
    "strategy",
    "orchestratorStrategy",
    "sessions",
    "agent",
    "prompt",
    "sessionId",
    "keepOpen",
)
SPAWN_WORDS = {
    "orchestrator_strategies": (
        ("default", "As it sees fit"),
        ("intelligent-batching", "Batches that belong together"),
        ("dag", "Along the dependencies"),
    )
}


@require_http_methods(["GET", "HEAD", "POST"])
def projects(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _create(request)
    form = Form({"agent": PROFILES[0]})
    return _list_page(request, form, opened="new" in request.GET)


def _create(request: HttpRequest) -> HttpResponse:
    values = {name: request.POST.get(name, "") for name in PROJECT_FIELDS}
    try:
        body = checked(ProjectBody, values)
        _check_folder(body["working_dir"])
        project = services.create_project(**body)
    except MaestroError as error:
        return _list_page(request, refused(values, error), opened=True, status=422)
    return go(request, reverse("project", args=[project.pk]))


def _check_folder(working_dir: str) -> None:
    """A person at this machine means a folder that exists; the API takes any."""
    if not working_dir.strip() or not Path(working_dir).expanduser().is_dir():
        raise BadInput({"workingDir": ["This folder does not exist. Create it or choose another."]})


def _list_page(
    request: HttpRequest, form: Form, *, opened: bool, status: int = 200
) -> HttpResponse:
    rows = project_rows()
    context = {
        "projects": rows,
        "form": form,
        "opened": opened or not rows,
        "agents": agent_names(),
        "page": "projects",
    }
    return render(request, "project/list_page.html", context, status=status)


@require_safe
def project(request: HttpRequest, project_id: str) -> HttpResponse:
    query = request.GET
    opened = Opened(
        new_task=Form(EMPTY_TASK) if "new" in query else None,
        add_to=query.get("add", ""),
        edit_id=query.get("edit", ""),
        deletion=deletion_of(query["delete"]) if query.get("delete") else None,
    )
    return _project_page(request, project_id, opened)


def _project_page(
    request: HttpRequest, project_id: str, opened: Opened, *, status: int = 200
) -> HttpResponse:
    seen = project_page(project_id, Asked.read(request.GET.dict()), opened)
    context = {**project_context(seen), **SPAWN_WORDS, "agents": agents_found()}
    return render(request, "project/page.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def spawn(request: HttpRequest, project_id: str) -> HttpResponse:
    if request.method != "POST":
        return _spawn_page(request, project_id, _picked(request), _first_values(project_id))
    values = {name: request.POST.get(name, "") for name in SPAWN_FIELDS}
    task_ids = request.POST.getlist("task")
    moved = _moved(request, task_ids)
    if moved is not None:
        return _spawn_page(request, project_id, moved, Form(values))
    try:
        spawned = _spawn(project_id, task_ids, values)
    except MaestroError as error:
        form = refused(values, error)
        return _spawn_page(request, project_id, task_ids, form, status=422)
    if len(spawned) == 1:
        return go(request, reverse("session", args=[spawned[0].session.pk]))
    return go(request, reverse("project", args=[project_id]) + "?view=sessions")


def _spawn(project_id: str, task_ids: list[str], values: dict[str, str]) -> list[Spawned]:
    """One session over all the tasks, or one for each of them: all are made, or none."""
    if not task_ids:
        raise BadInput({"taskIds": ["Choose at least one task for it."]})
    each = values["sessions"] == "each"
    with change():
        return [
            _spawn_one(project_id, chosen, values)
            for chosen in ([[one] for one in task_ids] if each else [task_ids])
        ]


def _spawn_one(project_id: str, task_ids: list[str], values: dict[str, str]) -> Spawned:
    body: dict[str, Any] = {**values, "projectId": project_id, "taskIds": task_ids}
    body["keepOpen"] = values["strategy"] == "queue" and bool(values["keepOpen"])
    if values["role"] != "orchestrator" or not values["orchestratorStrategy"]:
        del body["orchestratorStrategy"]
    if values["sessionId"]:
        body["spawnSource"] = "session"
    else:
        del body["sessionId"]
    check_spawn(body)
    return spawn_session(spawn_from(checked(SpawnBody, body)), by=USER)


def _first_values(project_id: str) -> Form:
    agent = project_by_id(project_id).agent
    first = {"role": "worker", "strategy": "queue", "sessions": "one"}
    first |= {"agent": agent or PROFILES[0], "orchestratorStrategy": "default"}
    return Form({**dict.fromkeys(SPAWN_FIELDS, ""), **first})


def _picked(request: HttpRequest) -> list[str]:
    """The chosen tasks in the order of picking, which the page's script adds."""
    chosen = request.GET.getlist("task")
    order = {task_id: place for place, task_id in enumerate(request.GET.get("order", "").split())}
    return sorted(chosen, key=lambda task_id: order.get(task_id, len(order)))


def _moved(request: HttpRequest, task_ids: list[str]) -> list[str] | None:
    """The tasks after one of the buttons beside them; None when none was pressed."""
    for button, step in (("up", -1), ("down", 1)):
        task_id = request.POST.get(button)
        if task_id in task_ids:
            place = task_ids.index(task_id)
            task_ids.insert(max(0, place + step), task_ids.pop(place))
            return task_ids
    if "remove" in request.POST:
        return [task_id for task_id in task_ids if task_id != request.POST["remove"]]
    if request.POST.get("add"):
        return [*task_ids, request.POST["more"]] if request.POST.get("more") else task_ids
    return None


def _spawn_page(
    request: HttpRequest, project_id: str, task_ids: list[str], form: Form, *, status: int = 200
) -> HttpResponse:
    return _project_page(request, project_id, Opened(spawn=(task_ids, form)), status=status)


def go(request: HttpRequest, url: str) -> HttpResponse:
    """To another page, also where the form was sent by a script."""
    htmx: Any = getattr(request, "htmx", False)
    return HttpResponseClientRedirect(url) if htmx else HttpResponseRedirect(url, status=303)
