"""A session's page, and what a person does to a session: answer, stop, resume, put aside."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from access_app.actors import USER
from agents_app.fragments import panel_of
from agents_app.rules import SecretsNeeded
from agents_app.services import resume_session, stop_session
from core.errors import Conflict
from queues_app.fragments import queue_views
from sessions_app import services
from sessions_app.asked import Asked, plot_size
from sessions_app.fragments import (
    SessionPicture,
    chart_of,
    session_header,
    session_picture,
    timeline_of,
)
from sessions_app.selectors import session_by_id
from sessions_app.services import SessionPatch, patch_session

PLOT_COOKIE = "maestro_plot"
ANSWER_LIMIT = 10_000
SECRET = "secret-"


@require_GET
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
        return {"chart": chart_of(seen)}
    panel = panel_of(seen.document, asked)
    if asked.view == "queue":
        return {"queue": queue_views([seen.header.id]).get(seen.header.id), "panel": panel}
    return {"timeline": timeline_of(seen), "panel": panel}


@require_POST
def answer(request: HttpRequest, session_id: str) -> HttpResponse:
    option = request.POST.get("option") or None
    services.answer(
        session_id,
        text=request.POST.get("text", "").strip()[:ANSWER_LIMIT],
        option=option,
        event_id=request.POST.get("event") or None,
        by=USER,
    )
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


def _back(request: HttpRequest, session_id: str) -> HttpResponse:
    """To the page that asked, or to the session."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    url = wanted if safe else reverse("session", args=[session_id])
    return HttpResponseRedirect(url, status=303)
