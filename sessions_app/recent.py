"""Reading the newest of many sessions at once, for overviews."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Max

from sessions_app.models import Session, TimelineEvent
from sessions_app.rules import EventType, Status


def sessions_named(session_ids: Iterable[str]) -> dict[str, Session]:
    return Session.objects.in_bulk(list(session_ids))


def newest_events(limit: int) -> list[TimelineEvent]:
    """Over all sessions, newest first, in order of arrival."""
    rows = TimelineEvent.objects.select_related("session").order_by("-pk")
    return list(rows[:limit])


def last_events(session_ids: Iterable[str]) -> dict[str, TimelineEvent]:
    """Each session's newest event."""
    newest = (
        TimelineEvent.objects.filter(session_id__in=list(session_ids))
        .values("session_id")
        .annotate(newest=Max("pk"))
        .values_list("newest", flat=True)
    )
    return {row.session_id: row for row in TimelineEvent.objects.filter(pk__in=list(newest))}


def last_error(session_id: str) -> dict[str, Any] | None:
    """The newest error, or where there is none, what the last failed task said."""
    wrong = (EventType.ERROR, EventType.TASK_FAILED)
    rows = TimelineEvent.objects.filter(session_id=session_id, type__in=wrong)
    return rows.order_by("-position").values_list("body", flat=True).first()


def event_of(session_id: str, event_id: str | None) -> dict[str, Any] | None:
    if not event_id:
        return None
    rows = TimelineEvent.objects.filter(session_id=session_id, event_id=event_id)
    return rows.values_list("body", flat=True).first()


def moments(session_id: str, *, since_ms: int, limit: int = 2000) -> list[tuple[int, str]]:
    """When something was said, and of which type; newest first."""
    rows = TimelineEvent.objects.filter(session_id=session_id, at__gte=since_ms)
    return list(rows.order_by("-position").values_list("at", "type")[:limit])


def failed_since(since_ms: int, *, limit: int) -> Sequence[Session]:
    """Sessions that failed and that nobody has put aside or resumed, newest first."""
    rows = Session.objects.filter(status=Status.FAILED, completed_at__gte=since_ms)
    found = list(rows.order_by("-completed_at")[: limit * 2])
    successors = Session.objects.filter(metadata__resumedFrom__in=[session.pk for session in found])
    resumed = {session.metadata["resumedFrom"] for session in successors}
    return [
        session
        for session in found
        if not session.metadata.get("dismissed") and session.pk not in resumed
    ][:limit]
