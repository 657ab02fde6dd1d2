"""What every template gets: the shell around it, and where in the log it was rendered."""

from typing import Any

from django.http import HttpRequest

from access_app.actors import Actor
from core.clock import now_ms
from dashboard_app.middleware import SEQ
from dashboard_app.shell import shell
from events_app import log
from events_app.models import LogEntry

THEMES = ("system", "light", "dark")


def page_shell(request: HttpRequest) -> dict[str, Any]:
    """The log's place was read before the view ran, so nothing falls between page and socket."""
    if request.path.startswith("/admin"):
        return {}
    actor: Actor | None = getattr(request, "actor", None)  # none where it failed before
    if actor is None or not actor.level:
        return _door(request, actor)
    return {
        **_door(request, actor),
        "seq": request.META.get(SEQ, 0),
        "epoch": log.epoch(),
        "server_ms": now_ms(),
        "last_ms": LogEntry.objects.order_by("-seq").values_list("at", flat=True).first() or "",
        "themes": (
            ("system", "Same as system", "monitor"),
            ("light", "Light", "sun"),
            ("dark", "Dark", "moon"),
        ),
        "shell": shell(),
        "stop_all_opened": request.GET.get("dialog") == "stop-all",
    }


def _door(request: HttpRequest, actor: Actor | None) -> dict[str, Any]:
    """For pages of those who may see nothing, too. `level` is told where people log in."""
    theme = request.COOKIES.get("maestro_theme", "")
    return {
        "theme": theme if theme in THEMES else "system",
        "person": actor.name if actor else "",
        "level": actor.level.word if actor and actor.name else "",
    }
