"""From events to what lasts: attempts, recoveries, waits, phases and status segments."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from sessions_app.row_events import (
    ENDINGS,
    FINAL_STATUSES,
    FINISHED,
    as_mapping,
    as_ms,
    as_text,
    is_late,
    mark_of,
)
from sessions_app.row_types import (
    Bar,
    Event,
    Mark,
    Outcome,
    Phase,
    Segment,
    SegmentKind,
    Span,
    Stretch,
    Wait,
)

START_GROUP = "start"
END_GROUP = "end"
Moves = list[tuple[int, SegmentKind]]


@dataclass(slots=True)
class TaskTrack:
    """What is known of one task while the timeline is read."""

    id: str
    bars: list[Bar] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    recoveries: list[Stretch] = field(default_factory=list)
    opened: Event | None = None
    failing: Event | None = None
    ending: Outcome | None = None
    fraction: float | None = None
    attempt_ms: int | None = None


class Placement(NamedTuple):
    """Where an event stands in the timeline, and from when its offset is counted."""

    event: Event
    mark: Mark
    group: str
    base_ms: int


class TimelineWalk:
    """One pass over the events, in order of arrival, which may come in several parts."""

    def __init__(self, task_ids: Iterable[str], span: Span) -> None:
        self.span = span
        self.tasks: dict[str, TaskTrack] = {}
        self.unfinished = set(task_ids)
        self.placements: list[Placement] = []
        self.loose_marks: list[Mark] = []
        self.lifecycle_marks: list[Mark] = []
        self.phases: list[Phase] = []
        self.asked_during: dict[str, str | None] = {}
        self.moves: Moves = []
        self.last_progress: Mark | None = None
        self._open: dict[str, None] = {}
        self._latest_group = START_GROUP

    def read(self, events: Iterable[Event], span: Span) -> None:
        """Go on with further events; `span` is the session's as it is now."""
        self.span = span
        for event in events:
            task = self._track(event.task_id) if event.task_id else None
            mark = mark_of(event)
            if task and not self._is_late(event):
                self._advance(task, event, mark)
            if event.type == "needs_input":
                self.asked_during[event.id] = event.task_id or self._current_task()
            if mark.fraction is not None:
                self.last_progress = mark
            self._keep_mark(task, event, mark)
            self._place(task, event, mark)

    def _is_late(self, event: Event) -> bool:
        end = self.span.end_ms
        return is_late(event) or (end is not None and event.at_ms > end)

    def _track(self, task_id: str) -> TaskTrack:
        track = self.tasks.get(task_id)
        if track is None:
            track = self.tasks[task_id] = TaskTrack(task_id)
        return track

    def _current_task(self) -> str | None:
        return next(reversed(self._open), None)

    def _advance(self, task: TaskTrack, event: Event, mark: Mark) -> None:
        self._recover(task, event)
        if event.type == "task_started":
            self._open_attempt(task, event)
        elif event.type in ENDINGS:
            self._close_attempt(task, event)
        elif mark.fraction is not None:
            task.fraction = mark.fraction

    def _recover(self, task: TaskTrack, event: Event) -> None:
        if event.type == "error":
            task.failing = task.failing or (event if task.opened else None)
            return
        if task.failing and event.type != "task_failed":
            task.recoveries.append(Stretch(task.failing.at_ms, event.at_ms, task.failing.id))
        task.failing = None

    def _open_attempt(self, task: TaskTrack, event: Event) -> None:
        if task.opened:
            return
        task.opened, task.ending, task.fraction = event, None, None
        task.attempt_ms = event.at_ms
        self.unfinished.add(task.id)
        self._open[task.id] = None
        self.moves.append((event.at_ms, SegmentKind.WORKING))

    def _close_attempt(self, task: TaskTrack, event: Event) -> None:
        outcome = ENDINGS[event.type]
        bar = self._closed_bar(task, event, outcome)
        if bar:
            task.bars.append(bar)
        if task.opened or task.ending not in FINISHED:
            task.ending = outcome
        task.opened = None
        self._open.pop(task.id, None)
        if outcome in FINISHED:
            self.unfinished.discard(task.id)
        if not self._open and self.unfinished:
            self.moves.append((event.at_ms, SegmentKind.IDLE))

    def _closed_bar(self, task: TaskTrack, event: Event, outcome: Outcome) -> Bar | None:
        if task.opened:
            start = task.opened.at_ms
            return Bar(start, max(start, event.at_ms), outcome, task.opened.id, event.id)
        duration = as_ms(event.metadata.get("duration"))
        if task.bars or not duration:
            return None
        start = max(self.span.start_ms, event.at_ms - duration)
        task.attempt_ms = start
        return Bar(start, event.at_ms, outcome, event.id, event.id)

    def _keep_mark(self, task: TaskTrack | None, event: Event, mark: Mark) -> None:
        if event.type == "milestone" and (phase := as_text(event.metadata.get("phase"))):
            self._begin_phase(phase, event)
        if task:
            task.marks.append(mark)
        elif event.type in ("milestone", "needs_input", "session_started", "session_stopped"):
            self.lifecycle_marks.append(mark)
        else:
            self.loose_marks.append(mark)

    def _begin_phase(self, name: str, event: Event) -> None:
        if self.phases:
            self.phases[-1] = replace(self.phases[-1], end_ms=event.at_ms)
        self.phases.append(Phase(name, event.at_ms, self.span.end_ms, event.id))

    def _place(self, task: TaskTrack | None, event: Event, mark: Mark) -> None:
        """What belongs to no task stays where it was told first: only the past decides."""
        group = self._loose_group(event)
        base = self.span.start_ms
        if task:
            group = self._latest_group = task.id
            base = task.attempt_ms if task.attempt_ms is not None else base
        self.placements.append(Placement(event, mark, group, base))

    def _loose_group(self, event: Event) -> str:
        if event.type == "session_stopped":
            return END_GROUP
        if self._latest_group == START_GROUP or event.type == "session_started":
            return START_GROUP
        finished = not self._open and not self.unfinished
        return self._current_task() or (END_GROUP if finished else self._latest_group)

    def tracks(self) -> dict[str, TaskTrack]:
        """Every task as it stands: what is still open goes on, or ended with the session."""
        return {
            key: self._so_far(task) if task.opened else task for key, task in self.tasks.items()
        }

    def _so_far(self, task: TaskTrack) -> TaskTrack:
        assert task.opened is not None
        start, end = task.opened.at_ms, self.span.end_ms
        recoveries = task.recoveries
        if end is not None:
            bar = Bar(start, max(start, end), Outcome.FAILED, task.opened.id)
            return replace(task, bars=[*task.bars, bar], ending=Outcome.FAILED)
        if task.failing:
            recoveries = [*recoveries, Stretch(task.failing.at_ms, None, task.failing.id)]
        bar = Bar(start, None, Outcome.RUNNING, task.opened.id)
        return replace(task, bars=[*task.bars, bar], recoveries=recoveries, ending=None)


def find_waits(
    events: Sequence[Event],
    transitions: Sequence[Mapping[str, object]],
    *,
    session: Mapping[str, object],
    walk: TimelineWalk,
) -> tuple[Wait, ...]:
    """Every wait for a person: as recorded, or derived from the questions where it is not."""
    asks = [event for event in events if event.type == "needs_input" and not is_late(event)]
    times = _recorded_waits(transitions) or (_derived_waits(events) if asks else [])
    if not times:
        return ()
    still_active = as_mapping(session.get("needsInput")).get("active") is True
    ask_times = [ask.at_ms for ask in asks]
    answers = _answers(events)
    waits = []
    for start, end in times:
        if end is None:
            end = _open_end(walk.span, session, start=start, still_active=still_active)
        # The transition is written in the same breath as the event, not in the same millisecond.
        index = bisect_right(ask_times, start + 1000) - 1
        ask = asks[index] if index >= 0 else None
        waits.append(
            Wait(
                start_ms=start,
                end_ms=end,
                event_id=ask.id if ask else None,
                task_id=walk.asked_during.get(ask.id) if ask else None,
                answer=answers.get(ask.id, "") if ask else "",
            )
        )
    return tuple(waits)


def _recorded_waits(transitions: Sequence[Mapping[str, object]]) -> list[tuple[int, int | None]]:
    waits: list[tuple[int, int | None]] = []
    for entry in transitions:
        at, what = as_ms(entry.get("at")) or 0, entry.get("what")
        is_open = bool(waits) and waits[-1][1] is None
        if what == "waiting began" and not is_open:
            waits.append((at, None))
        elif is_open and (what == "waiting ended" or as_text(entry.get("to")) in FINAL_STATUSES):
            waits[-1] = (waits[-1][0], at)
    return waits


def _derived_waits(events: Sequence[Event]) -> list[tuple[int, int | None]]:
    waits: list[tuple[int, int | None]] = []
    for event in events:
        if is_late(event):
            continue
        is_open = bool(waits) and waits[-1][1] is None
        ends = event.type == "progress" or event.type.startswith("task_")
        if is_open and (ends or event.type in ("needs_input", "session_stopped")):
            waits[-1] = (waits[-1][0], event.at_ms)
        if event.type == "needs_input":
            waits.append((event.at_ms, None))
    return waits


def _open_end(
    span: Span, session: Mapping[str, object], *, start: int, still_active: bool
) -> int | None:
    """Nothing in the timeline ended this wait; what the session says of itself does."""
    if span.end_ms is not None:
        return max(start, span.end_ms)
    if still_active:
        return None
    return max(start, min(as_ms(session.get("updatedAt")) or start, span.last_ms))


def _answers(events: Sequence[Event]) -> dict[str, str]:
    answers: dict[str, str] = {}
    asked: str | None = None
    for event in events:
        if event.type == "needs_input":
            asked = event.id
        elif asked and (answer := event.metadata.get("answer")) is not None:
            answers[asked] = str(answer)
            asked = None
    return answers


def status_moves(
    session: Mapping[str, object],
    transitions: Sequence[Mapping[str, object]],
    *,
    walk: TimelineWalk,
    events: Sequence[Event],
) -> Moves:
    """When the session became spawning, idle or working, in order."""
    return _recorded_moves(transitions) or _derived_moves(session, walk=walk, events=events)


def _recorded_moves(transitions: Sequence[Mapping[str, object]]) -> Moves:
    words = {"running": SegmentKind.WORKING} | {str(kind): kind for kind in SegmentKind}
    return [
        (as_ms(entry.get("at")) or 0, words[as_text(entry.get("to"))])
        for entry in transitions
        if as_text(entry.get("to")) in words
    ]


def _derived_moves(
    session: Mapping[str, object], *, walk: TimelineWalk, events: Sequence[Event]
) -> Moves:
    """Spawning until the first sign of life, then whatever the attempts say."""
    created = walk.span.start_ms
    signs = (event.at_ms for event in events if event.type != "session_started")
    started = as_ms(session.get("startedAt")) or 0
    alive = started if started > created else next(signs, None)
    moves = [(created, SegmentKind.SPAWNING)]
    if alive is None or session.get("status") == "spawning":
        return moves
    without_tasks = not walk.moves and session.get("status") != "idle"
    first = SegmentKind.WORKING if without_tasks else SegmentKind.IDLE
    return [*moves, (alive, first), *walk.moves]


def lifecycle_segments(moves: Moves, waits: Sequence[Wait], *, span: Span) -> tuple[Segment, ...]:
    """The status over time with the waits laid over it; neighbours of one kind are one segment."""
    points: list[tuple[int, int, SegmentKind | Wait | None]] = []
    points += [(max(at, span.start_ms), 0, kind) for at, kind in moves]
    for wait_ in waits:
        if wait_.end_ms != wait_.start_ms:
            points.append((wait_.start_ms, 2, wait_))
        if wait_.end_ms is not None:
            points.append((wait_.end_ms, 1, None))
    points.sort(key=lambda point: point[:2])
    kind = SegmentKind.SPAWNING
    wait: Wait | None = None
    segments: list[Segment] = []
    for at, _, change in points:
        if isinstance(change, SegmentKind):
            kind = change
        else:
            wait = change
        shown = SegmentKind.WAITING if wait else kind
        _extend(segments, shown, at=at, event_id=wait.event_id if wait else None, span=span)
    if segments:
        segments[-1] = replace(segments[-1], end_ms=span.end_ms)
    return tuple(segment for segment in segments if segment.end_ms != segment.start_ms)


def _extend(
    segments: list[Segment], kind: SegmentKind, *, at: int, event_id: str | None, span: Span
) -> None:
    if span.end_ms is not None and at > span.end_ms:
        return
    if segments and segments[-1].kind == kind and segments[-1].event_id == event_id:
        return
    if segments:
        last = segments.pop()
        if last.start_ms != at:
            segments.append(Segment(last.kind, last.start_ms, at, last.event_id))
    if segments and segments[-1].kind == kind and segments[-1].event_id == event_id:
        segments[-1] = replace(segments[-1], end_ms=None)
    else:
        segments.append(Segment(kind, at, None, event_id))
