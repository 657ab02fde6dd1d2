"""What every template gets: the shell around it, and where in the log it was rendered."""

from typing import Any

from django.http import HttpRequest

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
    theme = request.COOKIES.get("maestro_theme", "")
    return {
        "seq": request.META.get(SEQ, 0),
        "epoch": log.epoch(),
        "server_ms": now_ms(),
        "last_ms": LogEntry.objects.order_by("-seq").values_list("at", flat=True).first() or "",
        "theme": theme if theme in THEMES else "system",
        "themes": (
            ("system", "Same as system", "monitor"),
            ("light", "Light", "sun"),
            ("dark", "Dark", "moon"),
        ),
        "shell": shell(),
        "stop_all_opened": request.GET.get("dialog") == "stop-all",
    }
