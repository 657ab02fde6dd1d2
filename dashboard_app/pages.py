"""Pages that span apps: what is going on now, an orchestration, and what is done to all at once."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from access_app.actors import USER
from agents_app.line import set_paused
from agents_app.services import stop_all
from dashboard_app.orchestration import TreeAsked, orchestration
from dashboard_app.overview import overview
from sessions_app.asked import plot_size

SCORE_COOKIE = "maestro_score"


@require_GET
def now(request: HttpRequest) -> HttpResponse:
    return render(request, "now/page.html", {"now": overview(), "page": "now"})


@require_GET
def tree(request: HttpRequest, session_id: str) -> HttpResponse:
    size = plot_size(request.COOKIES.get(SCORE_COOKIE, ""))
    seen = orchestration(session_id, TreeAsked.read({**size, **request.GET.dict()}, at=session_id))
    context = {
        "tree": seen,
        "chart": seen.chart,
        "current_project": seen.header.project_id,
        "stop_opened": request.GET.get("dialog") == "stop" and bool(seen.live),
    }
    return render(request, "tree/page.html", context)


@require_POST
def stop_everything(request: HttpRequest) -> HttpResponse:
    stop_all(by=USER)
    return _done(request)


@require_POST
def launcher(request: HttpRequest) -> HttpResponse:
    """Pause spawning, or resume it."""
    set_paused(request.POST.get("paused") == "1")
    return _done(request)


def _done(request: HttpRequest) -> HttpResponse:
    """A live page hears of it by its socket; one without script is sent to Now."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    return HttpResponseRedirect(reverse("now"), status=303)
