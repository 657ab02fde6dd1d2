"""Writing to the log and reading it by cursor; rows are made by `change()` and by nothing else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models.functions import Length

from core import json
from core.clock import now_ms
from core.ids import new_id
from events_app.models import Epoch, LogEntry

PROJECT_EVENTS = ("project:created", "project:updated", "project:deleted")
TASK_EVENTS = (
    "task:created",
    "task:updated",
    "task:deleted",
    "task:session_added",
    "task:session_removed",
)
SESSION_EVENTS = (
    "session:created",
    "session:spawn",
    "session:updated",
    "session:timeline",
    "session:deleted",
    "session:task_added",
    "session:task_removed",
)
NOTIFY_EVENTS = ("notify:needs_input", "notify:session_failed", "notify:session_completed")
LAUNCHER_EVENTS = ("launcher:updated",)
STORAGE_EVENTS = ("storage:problem",)
# What a reader is given at once: an event may be as large as a request's body.
CHARS_AT_ONCE = 4 * 1024 * 1024
ROWS_AT_ONCE = 100
# The seed has no such names, and its clients may take an unknown one for a fault.
OUR_OWN_EVENTS = frozenset((*LAUNCHER_EVENTS, *STORAGE_EVENTS))
EVENT_TYPES = frozenset(
    (
        *PROJECT_EVENTS,
        *TASK_EVENTS,
        *SESSION_EVENTS,
        "queue:updated",
        *NOTIFY_EVENTS,
        *LAUNCHER_EVENTS,
        *STORAGE_EVENTS,
    )
)


@dataclass
class Happening:
    """What a service records: a type of EVENT_TYPES, the records it concerns, and its payload."""

    type: str
    payload: Mapping[str, Any]
    project_id: str | None = None
    session_id: str | None = None
    task_id: str | None = None


@dataclass(frozen=True)
class Entry:
    """A row of the log as readers see it."""

    seq: int
    at: int
    type: str
    project_id: str | None
    session_id: str | None
    task_id: str | None
    payload: Mapping[str, Any] = field(repr=False)

    def fields(self) -> dict[str, Any]:
        """The seed's shape, with `seq` added: `{type, event, data, timestamp, seq}`."""
        return {
            "type": self.type,
            "event": self.type,
            "data": self.payload,
            "timestamp": self.at,
            "seq": self.seq,
        }

    @cached_property
    def text(self) -> str:
        """Those fields as JSON, made once however many clients read it."""
        return json.to_wire(self.fields()).decode()


def append(happenings: Iterable[Happening]) -> None:
    """Write rows in order, in the caller's transaction."""
    at, rows = now_ms(), []
    for happening in happenings:
        if happening.type not in EVENT_TYPES:
            raise ValueError(f"{happening.type} is not an event type")
        row = LogEntry(
            at=at,
            type=happening.type,
            project_id=happening.project_id,
            session_id=happening.session_id,
            task_id=happening.task_id,
            payload=happening.payload,
        )
        rows.append(row)
    LogEntry.objects.bulk_create(rows)


def entries_after(seq: int, *, limit: int = 1000, chars: int = CHARS_AT_ONCE) -> list[Entry]:
    """In order; where they are large fewer than `limit`, but one at least."""
    rows = LogEntry.objects.filter(seq__gt=seq).order_by("seq").annotate(chars=Length("payload"))
    found: list[Entry] = []
    for row in rows[:limit].iterator(chunk_size=ROWS_AT_ONCE):
        found.append(_entry(row))
        chars -= row.chars
        if chars <= 0:
            break
    return found


def entries_before(
    seq: int, *, session_id: str = "", project_id: str = "", limit: int = 1000
) -> list[Entry]:
    """The newest first; with 0 those at the end of the log."""
    rows = LogEntry.objects.order_by("-seq")
    if seq:
        rows = rows.filter(seq__lt=seq)
    if session_id:
        rows = rows.filter(session_id=session_id)
    if project_id:
        rows = rows.filter(project_id=project_id)
    return [_entry(row) for row in rows[:limit]]


def _entry(row: LogEntry) -> Entry:
    return Entry(
        seq=row.seq,
        at=row.at,
        type=row.type,
        project_id=row.project_id,
        session_id=row.session_id,
        task_id=row.task_id,
        payload=row.payload,
    )


def newest_seq() -> int:
    return LogEntry.objects.order_by("-seq").values_list("seq", flat=True).first() or 0


def oldest_seq() -> int:
    """The first seq still kept; 0 when the log is empty."""
    return LogEntry.objects.order_by("seq").values_list("seq", flat=True).first() or 0


def reaches(seq: int) -> bool:
    """Whether everything after `seq` is still here, and `seq` was ever given."""
    return oldest_seq() - 1 <= seq <= newest_seq()


def epoch() -> str:
    """The name of this index's life, made when first asked for."""
    row = Epoch.objects.first() or Epoch.objects.create(name=new_id("epo"))
    return row.name
