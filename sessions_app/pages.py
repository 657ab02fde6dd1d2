"""A session's page, and what a person does to a session: answer, stop, resume, put aside."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from access_app.actors import USER
from agents_app.answering import answer_session
from agents_app.fragments import panel_of
from agents_app.rules import SecretsNeeded
from agents_app.services import resume_session, stop_session
from core.errors import BadInput, Conflict
from queues_app.fragments import queue_rows
from queues_app.selectors import queued_tasks
from queues_app.services import reorder_items, requeue_item
from sessions_app.asked import Asked, plot_size
from sessions_app.fragments import (
    SessionPicture,
    chart_of,
    session_header,
    session_picture,
    timeline_of,
    tools_of,
)
from sessions_app.selectors import session_by_id
from sessions_app.services import SessionPatch, Words, patch_session
from sessions_app.timeline_page import report_groups

REPORT_WIDTH = "500"  # beside the lanes' names on a sheet of A4
PLOT_COOKIE = "maestro_plot"
ANSWER_LIMIT = 10_000
SECRET = "secret-"


@require_safe
def session(request: HttpRequest, session_id: str) -> HttpResponse:
    size = plot_size(request.COOKIES.get(PLOT_COOKIE, ""))
    asked = Asked.read({**size, **request.GET.dict()})
    seen = session_picture(session_id, asked)
    context = {
        "session": seen,
        "header": seen.header,
        "bar": seen.bar,
        "asked": asked,
        "current_project": seen.header.project_id,
        "stop_opened": request.GET.get("dialog") == "stop" and seen.header.live,
        **_body(seen),
    }
    return render(request, "session/page.html", context)


def _body(seen: SessionPicture) -> dict[str, Any]:
    asked = seen.asked
    if asked.view == "chart":
        chart = chart_of(seen)
        return {"chart": chart, "tools": tools_of(seen, chart)}
    panel = panel_of(seen.document, asked)
    if asked.view == "queue":
        return {**queue_rows(seen.header.id, asked), "panel": panel}
    return {"timeline": timeline_of(seen), "panel": panel}


@require_safe
def report(request: HttpRequest, session_id: str) -> HttpResponse:
    """One session on paper: its facts, tasks, chart, and what its timeline says in short."""
    asked = Asked.read({**request.GET.dict(), "w": REPORT_WIDTH, "view": "timeline", "panel": ""})
    seen = session_picture(session_id, asked)
    context = {
        "session": seen,
        "header": seen.header,
        "chart": chart_of(seen),
        "groups": report_groups(seen.rows),
        "current_project": seen.header.project_id,
    }
    return render(request, "session/report.html", context)


@require_POST
def answer(request: HttpRequest, session_id: str) -> HttpResponse:
    """Whether it was sent or came too late is said on the page that is shown next."""
    words = Words(
        text=request.POST.get("text", "").strip()[:ANSWER_LIMIT],
        option=request.POST.get("option") or None,
        decision=request.POST.get("decision") or None,
    )
    try:
        answer_session(session_id, words, event_id=request.POST.get("event") or None, by=USER)
    except Conflict as error:
        messages.error(request, f"Not answered: {error.message}")
    else:
        messages.success(request, f"Answer sent to {session_by_id(session_id).name}")
    return _back(request, session_id)


@require_POST
def stop(request: HttpRequest, session_id: str) -> HttpResponse:
    stop_session(session_id, by=USER, cascade="cascade" in request.POST)
    return _back(request, session_id)


@require_POST
def resume(request: HttpRequest, session_id: str) -> HttpResponse:
    """A successor on what is not completed; secrets that it needs again are asked for."""
    given = request.POST.items()
    env = {key.removeprefix(SECRET): str(word) for key, word in given if key.startswith(SECRET)}
    try:
        spawned = resume_session(session_id, env={k: v for k, v in env.items() if v}, by=USER)
    except Conflict as error:
        names = error.details.get("names", ()) if isinstance(error, SecretsNeeded) else ()
        context = {
            "header": session_header(session_by_id(session_id)),
            "error": error,
            "names": names,
            "next": request.POST.get("next", ""),
        }
        refused = render(request, "session/resume.html", context, status=error.status)
        refused.headers["HX-Push-Url"] = "false"  # a form's address is no page
        return refused
    return _back(request, spawned.session.pk)


@require_POST
def dismiss(request: HttpRequest, session_id: str) -> HttpResponse:
    """Out of everybody's inbox: kept with the session, so that all browsers agree."""
    patch_session(session_id, SessionPatch(metadata={"dismissed": True}), by=USER)
    return _back(request, session_id)


@require_POST
def reorder_queue(request: HttpRequest, session_id: str) -> HttpResponse:
    """Put a queued task before another, or at the end of the queue."""
    task_id, before = request.POST.get("task", ""), request.POST.get("before", "")
    order = [one for one in queued_tasks(session_id) if one != task_id]
    place = order.index(before) if before in order else len(order)
    _on_queue(request, lambda: reorder_items(session_id, [*order[:place], task_id, *order[place:]]))
    return _back(request, session_id)


@require_POST
def requeue(request: HttpRequest, session_id: str) -> HttpResponse:
    task_id = request.POST.get("task", "")
    _on_queue(request, lambda: requeue_item(session_id, task_id, by=USER))
    return _back(request, session_id)


def _on_queue(request: HttpRequest, change: Callable[[], object]) -> None:
    """What is refused, because the queue went on meanwhile, is said on the page shown next."""
    try:
        change()
    except (Conflict, BadInput) as error:
        messages.error(request, f"The queue was not changed: {error.message}")


def _back(request: HttpRequest, session_id: str) -> HttpResponse:
    """To the page that asked, or to the session."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    url = wanted if safe else reverse("session", args=[session_id])
    return HttpResponseRedirect(url, status=303)
