"""What the sessions of one task did with it: their attempts, and what they said of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sessions_app.documents import wire_document
from sessions_app.models import Session, TimelineEvent
from sessions_app.row_types import Bar, EventRow, TaskLane
from sessions_app.rows import build_rows
from sessions_app.rules import LIVE, EventType
from sessions_app.signs import Sign, is_waiting, sign_named, sign_of
from tasks_app.models import TaskSession

PROGRESS_AT_MOST = 200
ROWS_SHOWN = 60


@dataclass(frozen=True)
class TaskRun:
    """One session's work on the task: `said` is where it is with it, `rows` its newest events."""

    session_id: str
    name: str
    sign: Sign
    live: bool
    said: Sign
    attempts: tuple[Bar, ...]
    duration_ms: int
    fraction: float | None
    rows: tuple[EventRow, ...]
    earlier: int
    open_event_id: str

    @property
    def running_since_ms(self) -> int | None:
        """When the attempt that still goes on began."""
        last = self.attempts[-1] if self.attempts else None
        return last.start_ms if last and last.end_ms is None else None


def runs_of(
    task_id: str, *, title: str, limit: int, event_id: str = "", now_ms: int
) -> tuple[tuple[TaskRun, ...], int]:
    """The newest sessions of a task, newest first, and how many there are in all.

    The session and the row of the event that a URL names are among them, however old they are.
    """
    links = TaskSession.objects.filter(task_id=task_id)
    ids = list(links.order_by("-place_in_task").values_list("session_id", flat=True))
    named = TimelineEvent.objects.filter(session_id__in=ids, event_id=event_id)
    old = [one for one in named.values_list("session_id", flat=True) if one not in ids[:limit]]
    sessions = Session.objects.in_bulk([*ids[:limit], *old])
    runs = (
        _run(sessions[one], task_id, title, event_id=event_id, now_ms=now_ms)
        for one in (*ids[:limit], *old)
        if one in sessions
    )
    return tuple(runs), len(ids)


def _run(session: Session, task_id: str, title: str, *, event_id: str, now_ms: int) -> TaskRun:
    document = {
        **wire_document(session, whole=False),
        "timeline": _events(session.pk, task_id),
        "taskIds": [task_id],
    }
    rows = build_rows(document, titles={task_id: title}, queue=None, now_ms=now_ms)
    lane = next(lane for lane in rows.tasks if lane.id == task_id)
    events = [row for group in rows.groups if group.task_id == task_id for row in group.rows]
    first = _first_shown(events, event_id)
    return TaskRun(
        session_id=session.pk,
        name=session.name,
        sign=sign_of(session),
        live=session.state in LIVE,
        said=sign_named(_said(session.pk, lane)),
        attempts=lane.bars,
        duration_ms=lane.duration_ms,
        fraction=lane.fraction,
        rows=tuple(events[first:]),
        earlier=sum(row.event_count for row in events[:first]),
        open_event_id=_open_event_id(session),
    )


def _open_event_id(session: Session) -> str:
    """The question that it waits for an answer to."""
    asked = session.needs_input if session.state in LIVE else None
    return str(asked.get("eventId") or "") if asked and is_waiting(asked) else ""


def _events(session_id: str, task_id: str) -> list[dict[str, Any]]:
    """All that opens and closes attempts, and of the progress only the newest."""
    found = TimelineEvent.objects.filter(session_id=session_id, task_id=task_id)
    columns = ("position", "body")
    progress = found.filter(type=EventType.PROGRESS).order_by("-position")
    others = found.exclude(type=EventType.PROGRESS)
    rows = [
        *others.values_list(*columns),
        *progress.values_list(*columns)[:PROGRESS_AT_MOST],
    ]
    return [body for _, body in sorted(rows, key=lambda row: row[0])]


def _said(session_id: str, lane: TaskLane) -> str:
    link = TaskSession.objects.filter(session_id=session_id, task_id=lane.id).first()
    return (link.status if link else None) or lane.state.value


def _first_shown(rows: Sequence[EventRow], event_id: str) -> int:
    first = max(0, len(rows) - ROWS_SHOWN)
    if not event_id:
        return first
    places = (place for place, row in enumerate(rows) if event_id in _ids(row))
    return min([first, *places])


def _ids(row: EventRow) -> Iterable[str]:
    return (row.id, *(one.id for one in row.folded))
