"""The readings of the timelines that were asked for last, continued from the index's new rows."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from sessions_app.documents import bodies, wire_document
from sessions_app.models import Session, TimelineEvent, Transition
from sessions_app.reading import TimelineReading
from sessions_app.row_types import SessionRows
from sessions_app.rows import rows_of
from tasks_app.selectors import titles_of

# Some 3 KB each with what follows from it; one reading is always kept, however long it is.
EVENTS_KEPT = 60_000
Place = tuple[int, int, str]  # position, key, event's id


@dataclass
class _Kept:
    """A reading and the row that it ends at; `lock` is held while it is gone on with."""

    reading: TimelineReading
    newest: Place | None = None
    lock: Lock = field(default_factory=Lock)


_kept: OrderedDict[str, _Kept] = OrderedDict()
_lock = Lock()


def current_rows(
    session: Session, *, queue: Mapping[str, Any] | None, now_ms: int
) -> tuple[SessionRows, Mapping[str, Any]]:
    """A session's rows as they are now, and its wire document without what its hooks said and
    without its timeline."""
    document = {
        **wire_document(session, whole=False),
        "transitions": bodies(Transition, session.pk),
    }
    kept = _kept_for(session)
    with kept.lock:
        _go_on(kept, session)
        named = (item["taskId"] for item in (queue or {}).get("items", ()))
        rows = rows_of(
            kept.reading,
            document,
            titles=titles_of(kept.reading.task_ids.union(document["taskIds"], named)),
            queue=queue,
            now_ms=now_ms,
        )
    return rows, document


def _kept_for(session: Session) -> _Kept:
    with _lock:
        kept = _kept.setdefault(session.pk, _Kept(TimelineReading(start_ms=session.created_at)))
        _kept.move_to_end(session.pk)
        while len(_kept) > 1 and sum(_length(one) for one in _kept.values()) > EVENTS_KEPT:
            _kept.popitem(last=False)
    return kept


def _length(kept: _Kept) -> int:
    return len(kept.reading.events)


def _go_on(kept: _Kept, session: Session) -> None:
    """Rows are only ever added, except where a file that was edited has replaced them all."""
    rows = TimelineEvent.objects.filter(session_id=session.pk).order_by("position")
    if kept.newest is not None:
        position, pk, event_id = kept.newest
        if rows.filter(position=position, pk=pk, event_id=event_id).exists():
            rows = rows.filter(position__gt=position)
        else:
            kept.reading, kept.newest = TimelineReading(start_ms=session.created_at), None
    found = list(rows.values_list("position", "pk", "event_id", "body"))
    if found:
        kept.newest = found[-1][:3]
        kept.reading.add([body for *_, body in found])
