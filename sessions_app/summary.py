"""What is derived from a session, as a document: times, progress, counts, bars and marks; pure.

Nothing here is stored. All times are Unix milliseconds; an `endedAt` of null still goes on.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sessions_app.row_events import as_list, as_text
from sessions_app.row_types import (
    Bar,
    Mark,
    Outcome,
    Phase,
    Segment,
    SessionRows,
    Stretch,
    TaskLane,
)
from sessions_app.rows import build_rows
from sessions_app.tree_rows import SessionNode

Document = dict[str, Any]


def summary_of(node: SessionNode, *, now_ms: int) -> Document:
    """One session's summary; those of the node's children are under `children`."""
    rows = build_rows(node.document, titles=node.titles, queue=node.queue, now_ms=now_ms)
    end = now_ms if rows.span.end_ms is None else rows.span.end_ms
    return {
        "sessionId": as_text(node.document.get("id")),
        "name": as_text(node.document.get("name")),
        "role": as_text(node.document.get("role")),
        "status": rows.status,
        "startedAt": rows.span.start_ms,
        "endedAt": rows.span.end_ms,
        "duration": max(0, end - rows.span.start_ms),
        "spent": {kind.value: spent_ms for kind, spent_ms in rows.spent_ms.items()},
        "progress": rows.progress,
        "progressLabel": rows.progress_label,
        "expectedEnd": expected_end_ms(rows, now_ms=now_ms),
        "counts": _counts(node),
        "lifecycle": [{"kind": s.kind.value, **_stretch(s)} for s in rows.lifecycle.segments],
        "phases": [{"name": phase.name, **_stretch(phase)} for phase in rows.lifecycle.phases],
        "tasks": [_task(lane) for lane in rows.tasks],
        "marks": _marks((*rows.lifecycle.marks, *_queue_marks(rows), *rows.session_marks)),
        "children": [summary_of(child, now_ms=now_ms) for child in node.children],
    }


def expected_end_ms(rows: SessionRows, *, now_ms: int) -> int | None:
    """When a live queue runs out if its items go on taking as long as those that ended.

    None for what has ended, has no queue, or has no ended item to tell from.
    """
    if rows.queue is None or not rows.span.live:
        return None
    bars = [bar for lane in rows.tasks for bar in lane.bars]
    took = [bar.end_ms - bar.start_ms for bar in bars if bar.end_ms is not None]
    if not took:
        return None
    usual_ms = sum(took) / len(took)
    running = [now_ms - bar.start_ms for bar in bars if bar.outcome is Outcome.RUNNING]
    waiting = rows.queue.total - rows.queue.ended - len(running)
    left_ms = usual_ms * max(0, waiting) + sum(max(0.0, usual_ms - ran) for ran in running)
    return round(now_ms + left_ms)


def _counts(node: SessionNode) -> dict[str, int]:
    entries = as_list(node.document.get("timeline"))
    return dict(sorted(Counter(as_text(entry.get("type")) for entry in entries).items()))


def _task(lane: TaskLane) -> Document:
    return {
        "taskId": lane.id,
        "title": lane.title,
        "status": lane.state.value,
        "duration": lane.duration_ms,
        "progress": lane.fraction,
        "queued": _stretch(lane.queued) if lane.queued else None,
        "bars": [{"outcome": bar.outcome.value, **_stretch(bar)} for bar in lane.bars],
        "waits": [_stretch(wait) for wait in lane.waits],
        "recoveries": [_stretch(recovery) for recovery in lane.recoveries],
        "marks": _marks(lane.marks),
    }


def _stretch(stretch: Segment | Phase | Bar | Stretch) -> Document:
    return {
        "startedAt": stretch.start_ms,
        "endedAt": stretch.end_ms,
        "eventId": stretch.event_id,
    }


def _queue_marks(rows: SessionRows) -> tuple[Mark, ...]:
    return rows.queue.marks if rows.queue else ()


def _marks(marks: Iterable[Mark]) -> list[Document]:
    return [
        {
            "eventId": mark.event_id,
            "type": mark.type,
            "at": mark.at_ms,
            "message": mark.message or mark.word,
            "taskId": mark.task_id,
            "progress": mark.fraction,
        }
        for mark in marks
    ]
