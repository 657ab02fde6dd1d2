"""Pages that span apps: what goes on now, an orchestration, activity, search; and what is done to
all at once."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from access_app.actors import USER
from agents_app.line import set_paused
from agents_app.services import stop_all
from dashboard_app.activity import Asked as ActivityAsked
from dashboard_app.activity import choices, feed
from dashboard_app.demo import start_demo
from dashboard_app.orchestration import TreeAsked, orchestration
from dashboard_app.overview import overview
from dashboard_app.palette import IN_PALETTE, actions, latest
from dashboard_app.pulse import density_chart
from dashboard_app.search import KINDS, read_asked, search
from sessions_app.asked import plot_size

SCORE_COOKIE, ACTIVITY_COOKIE = "maestro_score", "maestro_activity"


@require_safe
def now(request: HttpRequest) -> HttpResponse:
    whole = request.GET.get("all") == "1"
    context = {"now": overview(whole=whole), "whole": whole, "page": "now"}
    return render(request, "now/page.html", context)


@require_safe
def tree(request: HttpRequest, session_id: str) -> HttpResponse:
    size = plot_size(request.COOKIES.get(SCORE_COOKIE, ""))
    seen = orchestration(session_id, TreeAsked.read({**size, **request.GET.dict()}, at=session_id))
    context = {
        "tree": seen,
        "chart": seen.chart,
        "tools": seen.tools,
        "current_project": seen.header.project_id,
        "stop_opened": request.GET.get("dialog") == "stop" and bool(seen.live),
    }
    return render(request, "tree/page.html", context)


@require_safe
def activity(request: HttpRequest) -> HttpResponse:
    size = plot_size(request.COOKIES.get(ACTIVITY_COOKIE, ""))
    asked = ActivityAsked.read({**size, **request.GET.dict()})
    chart, left_out = density_chart(asked)
    context = {
        "asked": asked,
        "feed": feed(asked),
        "chart": chart,
        "left_out": left_out,
        "choices": choices(asked),
        "page": "activity",
    }
    return render(request, "activity/page.html", context)


@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    query = request.GET
    asked = read_asked(query.get("q", ""), query.get("kind", ""), query.get("rows", ""))
    context = {"asked": asked, "found": search(asked), "kinds": KINDS.items(), "page": "search"}
    return render(request, "search/page.html", context)


@require_safe
def palette(request: HttpRequest) -> HttpResponse:
    """What the palette shows: a fragment, asked for with every word."""
    asked = read_asked(request.GET.get("q", ""))
    context = {
        "asked": asked,
        "found": search(asked, in_each=IN_PALETTE) if asked.words else latest(),
        "actions": actions(asked.words),
    }
    return render(request, "search/_palette.html", context)


@require_POST
def demo(request: HttpRequest) -> HttpResponse:
    return go(request, reverse("tree", args=[start_demo(by=USER)]))


@require_POST
def stop_everything(request: HttpRequest) -> HttpResponse:
    stop_all(by=USER)
    return _done(request)


@require_POST
def launcher(request: HttpRequest) -> HttpResponse:
    """Pause spawning, or resume it."""
    set_paused(request.POST.get("paused") == "1")
    return _done(request)


def go(request: HttpRequest, url: str) -> HttpResponse:
    """To another page, also where the form was sent by a script."""
    if request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(url)
    return HttpResponseRedirect(url, status=303)


def _done(request: HttpRequest) -> HttpResponse:
    """A live page hears of it by its socket; any other is sent to where it shows."""
    wanted = request.POST.get("next") == reverse("settings")
    if request.headers.get("HX-Request") and not wanted:
        return HttpResponse(status=204)
    return HttpResponseRedirect(reverse("settings" if wanted else "now"), status=303)
