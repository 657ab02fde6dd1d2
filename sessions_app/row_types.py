"""The shape of a session's rows, shared by timeline, chart and queue view; no behaviour beyond it.

All times are Unix milliseconds; an end of None means that the thing still goes on. What exists
once for each event is a NamedTuple: a frozen dataclass takes four times as long to make.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class SegmentKind(StrEnum):
    SPAWNING = "spawning"
    IDLE = "idle"
    WORKING = "working"
    WAITING = "waiting"


class Outcome(StrEnum):
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"
    BLOCKED = "blocked"


class TaskState(StrEnum):
    """What a session reports about one of its tasks, in the words of taskSessionStatuses."""

    QUEUED = "queued"
    WORKING = "working"
    NEEDS_INPUT = "needs_input"
    BLOCKED = "blocked"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"


class Event(NamedTuple):
    """One entry of the timeline, read from its document."""

    id: str
    type: str
    at_ms: int
    message: str
    task_id: str | None
    metadata: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Span:
    """From the session's creation to its end; `last_ms` also covers what was said after the end."""

    start_ms: int
    end_ms: int | None
    last_ms: int

    @property
    def live(self) -> bool:
        return self.end_ms is None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Queued time, a recovery or a wait inside a task; `event_id` names what began it."""

    start_ms: int
    end_ms: int | None
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    kind: SegmentKind
    start_ms: int
    end_ms: int | None
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class Phase:
    name: str
    start_ms: int
    end_ms: int | None
    event_id: str


@dataclass(frozen=True, slots=True)
class Wait:
    """A question from its asking until something showed that it was answered."""

    start_ms: int
    end_ms: int | None
    event_id: str | None
    task_id: str | None
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One attempt at a task."""

    start_ms: int
    end_ms: int | None
    outcome: Outcome
    event_id: str | None
    end_event_id: str | None = None


class Mark(NamedTuple):
    """A point in time; `label` is a progress' number, `word` the event's type in plain words."""

    event_id: str
    type: str
    at_ms: int
    glyph: str
    word: str
    message: str
    task_id: str | None = None
    fraction: float | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class LifecycleLane:
    segments: tuple[Segment, ...]
    phases: tuple[Phase, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class QueueStep:
    """A stretch during which the same number of items was waiting in the queue."""

    start_ms: int
    end_ms: int | None
    queued: int


@dataclass(frozen=True, slots=True)
class QueueLane:
    steps: tuple[QueueStep, ...]
    marks: tuple[Mark, ...]
    total: int
    ended: int
    failed: int


@dataclass(frozen=True, slots=True)
class TaskLane:
    id: str
    title: str
    state: TaskState
    bars: tuple[Bar, ...]
    queued: Stretch | None
    recoveries: tuple[Stretch, ...]
    waits: tuple[Stretch, ...]
    marks: tuple[Mark, ...]
    fraction: float | None
    duration_ms: int


class EventRow(NamedTuple):
    """A line of the timeline; repeated progress is one row that carries the others in `folded`."""

    id: str
    type: str
    word: str
    at_ms: int
    message: str
    detail: str
    task_id: str | None
    offset_ms: int
    duration_ms: int | None
    glyph: str
    label: str = ""
    fraction: float | None = None
    folded: tuple["EventRow", ...] = ()

    @property
    def event_count(self) -> int:
        return len(self.folded) or 1

    @property
    def last_ms(self) -> int:
        return self.folded[-1].at_ms if self.folded else self.at_ms

    @property
    def percents(self) -> tuple[str, ...]:
        return tuple(row.label for row in self.folded if row.label)


@dataclass(frozen=True, slots=True)
class Group:
    """Events that are read together: the start, one task each, the end."""

    id: str
    title: str
    task_id: str | None
    state: TaskState | None
    duration_ms: int
    fraction: float | None
    rows: tuple[EventRow, ...]

    @property
    def event_count(self) -> int:
        return sum(row.event_count for row in self.rows)


@dataclass(frozen=True, slots=True)
class SessionRows:
    span: Span
    status: str
    lifecycle: LifecycleLane
    queue: QueueLane | None
    tasks: tuple[TaskLane, ...]
    session_marks: tuple[Mark, ...]
    groups: tuple[Group, ...]
    waits: tuple[Wait, ...]
    progress: float | None
    progress_label: str
    spent_ms: Mapping[SegmentKind, int]

    @property
    def waiting(self) -> bool:
        return bool(self.waits) and self.waits[-1].end_ms is None and self.span.live
