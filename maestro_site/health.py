"""/health and /ws-status: whether this server can do its work, and whom it is talking to."""

import time
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from access_app.actors import Actor
from access_app.rules import Level
from core.clock import now_ms
from events_app.tail import tail
from maestro_site.errors import only_read
from storage_app import availability
from storage_app.quarantine import quarantined

_started = time.monotonic()


@only_read
def health(request: HttpRequest) -> JsonResponse:
    """503 when a change would be refused or the database does not answer."""
    storage, database = availability.problem(), _database_problem()
    ok = not storage and not database
    found = {
        "status": "ok" if ok else "error",
        "timestamp": now_ms(),
        "uptime": round(time.monotonic() - _started, 3),
        "version": settings.SPECTACULAR_SETTINGS["VERSION"],
        "storage": {
            "ok": not storage,
            "dataDir": str(settings.MAESTRO_DATA_DIR),
            "problem": storage,
            "missing": availability.missing(),
        },
        "quarantine": _quarantine(),
        "database": {"ok": not database, "problem": database},
    }
    actor: Actor | None = request.actor  # type: ignore[attr-defined]
    told = found if actor and actor.may(Level.VIEWER) else _for_strangers(found)
    return JsonResponse(told, status=200 if ok else 503)


def _for_strangers(found: dict[str, Any]) -> dict[str, Any]:
    """Whether all is well, for monitors that have not logged in; not what lies where."""
    shown = {name: found[name] for name in ("status", "timestamp", "uptime", "version")}
    return {**shown, **{name: {"ok": found[name]["ok"]} for name in ("storage", "database")}}


def _quarantine() -> dict[str, Any]:
    """Files that were set aside: no reason to be ill, but one to look."""
    found = quarantined()
    return {"count": len(found), "newest": found[0].reason if found else None}


def _database_problem() -> str | None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return str(error)
    return None


@only_read
def ws_status(request: HttpRequest) -> JsonResponse:
    return JsonResponse(tail.statistics())
