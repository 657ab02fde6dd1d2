"""A session's rows as a Mermaid gantt, in the notation of the seed's own charts; pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from core.clock import as_datetime
from sessions_app.row_events import as_ms, as_text
from sessions_app.row_types import Mark, Outcome, SegmentKind, SessionRows, TaskLane
from sessions_app.rows import build_rows
from sessions_app.tree_rows import SessionNode

TEXT_AT_MOST = 80
# What separates, comments, configures or opens a tag in Mermaid.
INERT = str.maketrans(dict.fromkeys(":,;#{}<>\"'`\\", " "))
SEGMENTS = {
    SegmentKind.SPAWNING: ("Spawning", "active"),
    SegmentKind.IDLE: ("Idle", "done"),
    SegmentKind.WORKING: ("Working", "active"),
    SegmentKind.WAITING: ("Waiting for input", "crit"),
}
OUTCOMES = {
    Outcome.COMPLETED: "Completed",
    Outcome.FAILED: "Failed",
    Outcome.SKIPPED: "Skipped",
    Outcome.BLOCKED: "Blocked",
}
ENDS = ("session_started", "session_stopped")
MARKS = ("progress", "error", "needs_input")


def mermaid_gantt(node: SessionNode, *, now_ms: int) -> str:
    """The chart of one session, or, where it has children, of all: a section each."""
    members = list(_members(node, now_ms=now_ms))
    (root, rows), *below = members
    name, session_id = inert(as_text(root.document.get("name"))), as_text(root.document.get("id"))
    lines = _Lines(_time_format([rows for _, rows in members]))
    if below:
        for member, its_rows in members:
            _session_section(lines, member, its_rows, now_ms=now_ms)
    else:
        _whole_session(lines, rows, now_ms=now_ms)
    head = [
        "gantt",
        f"    title Session Timeline: {name} ({inert(session_id)})",
        f"    dateFormat  {lines.notation}",
        "    axisFormat  %H:%M:%S",
    ]
    return "\n".join([*head, *lines.written]) + "\n"


def inert(words: str) -> str:
    """Text that can only be read: nothing in it ends a line or a field, or means something."""
    printable = "".join(letter if letter.isprintable() else " " for letter in words)
    plain = printable.translate(INERT).replace("%%", " ")
    return " ".join(plain.split())[:TEXT_AT_MOST].strip() or "untitled"


@dataclass
class _Lines:
    """What was written so far; every line of a chart has a number of its own as its id."""

    notation: str
    written: list[str] = field(default_factory=list)
    count: int = 0

    def section(self, words: str) -> None:
        self.written += ["", f"    section {words}"]

    def point(self, words: str, at_ms: int, tag: str = "milestone") -> None:
        self._add(words, tag, at_ms, "0s")

    def bar(self, words: str, tag: str, start_ms: int, end_ms: int) -> None:
        took_ms = max(1, end_ms - start_ms)
        self._add(words, tag, start_ms, f"{took_ms}ms" if took_ms < 1000 else f"{took_ms // 1000}s")

    def _add(self, words: str, tag: str, at_ms: int, took: str) -> None:
        self.count += 1
        when = as_datetime(at_ms).strftime(
            "%Y-%m-%d %H:%M:%S" if "YYYY" in self.notation else "%H:%M:%S"
        )
        self.written.append(f"    {words:<32}:{tag}, n{self.count}, {when}, {took}")


def _members(node: SessionNode, *, now_ms: int) -> Iterator[tuple[SessionNode, SessionRows]]:
    rows = build_rows(node.document, titles=node.titles, queue=node.queue, now_ms=now_ms)
    yield node, rows
    for child in node.children:
        yield from _members(child, now_ms=now_ms)


def _time_format(all_rows: list[SessionRows]) -> str:
    """The seed's, and with the date where a chart passes midnight."""
    times = [at for rows in all_rows for at in (rows.span.start_ms, rows.span.last_ms)]
    days = {as_datetime(at).date() for at in times}
    return "HH:mm:ss" if len(days) == 1 else "YYYY-MM-DD HH:mm:ss"


def _whole_session(lines: _Lines, rows: SessionRows, *, now_ms: int) -> None:
    lines.section("Session Lifecycle")
    lines.point("Session Created (spawning)", rows.span.start_ms)
    for mark in rows.lifecycle.marks:
        if mark.type not in ENDS:
            lines.point(_words(mark), mark.at_ms)
    for segment in rows.lifecycle.segments:
        words, tag = SEGMENTS[segment.kind]
        lines.bar(words, tag, segment.start_ms, _end(segment.end_ms, now_ms))
    _phases(lines, rows, now_ms=now_ms)
    for number, lane in enumerate(rows.tasks, start=1):
        _task_section(lines, lane, number=number, now_ms=now_ms)
    lines.section("Completion")
    for mark in rows.queue.marks[1:] if rows.queue else ():
        lines.point(inert(mark.message), mark.at_ms)
    _end_of_session(lines, rows, now_ms=now_ms)


def _task_section(lines: _Lines, lane: TaskLane, *, number: int, now_ms: int) -> None:
    lines.section(f"Task {number} ({inert(lane.title)})")
    name = f"Task {number}"
    if lane.queued:
        queued_until = _end(lane.queued.end_ms, now_ms)
        lines.bar(f"{name} Queued", "done", lane.queued.start_ms, queued_until)
    for bar in lane.bars:
        lines.point(f"{name} Started (working)", bar.start_ms)
        lines.bar(f"{name} Processing", "active", bar.start_ms, _end(bar.end_ms, now_ms))
        if bar.end_ms is not None and bar.outcome in OUTCOMES:
            lines.point(f"{name} {OUTCOMES[bar.outcome]}", bar.end_ms)
    for mark in lane.marks:
        if mark.type in MARKS:
            lines.point(_words(mark), mark.at_ms, "crit")
    for wait in lane.waits:
        lines.bar("Waiting for input", "crit", wait.start_ms, _end(wait.end_ms, now_ms))
    for recovery in lane.recoveries:
        lines.bar("Recovery", "active", recovery.start_ms, _end(recovery.end_ms, now_ms))


def _session_section(lines: _Lines, node: SessionNode, rows: SessionRows, *, now_ms: int) -> None:
    role = as_text(node.document.get("role")).capitalize()
    lines.section(f"{role} ({inert(as_text(node.document.get('name')))})")
    lines.point("Created", rows.span.start_ms)
    _phases(lines, rows, now_ms=now_ms)
    for lane in rows.tasks:
        for bar in lane.bars:
            until = _end(bar.end_ms, now_ms)
            lines.bar(f"Processing {inert(lane.title)}", "active", bar.start_ms, until)
    for child in node.children:
        created = as_ms(child.document.get("createdAt")) or rows.span.start_ms
        lines.point(f"Spawn {inert(as_text(child.document.get('name')))}", created, "crit")
    _end_of_session(lines, rows, now_ms=now_ms)


def _phases(lines: _Lines, rows: SessionRows, *, now_ms: int) -> None:
    for phase in rows.lifecycle.phases:
        until = _end(phase.end_ms, now_ms)
        lines.bar(f"Phase {inert(phase.name)}", "active", phase.start_ms, until)


def _end_of_session(lines: _Lines, rows: SessionRows, *, now_ms: int) -> None:
    if rows.span.end_ms is None:
        lines.point(f"Session {inert(rows.status)} until now", max(now_ms, rows.span.start_ms))
    else:
        lines.point(f"Session {inert(rows.status).capitalize()}", rows.span.end_ms)


def _words(mark: Mark) -> str:
    """Our word first, so that no line of the chart begins with somebody else's."""
    said = mark.label or mark.message
    return f"{inert(mark.word)} {inert(said)}" if said else inert(mark.word)


def _end(end_ms: int | None, now_ms: int) -> int:
    return now_ms if end_ms is None else end_ms
