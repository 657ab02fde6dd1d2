"""Reading timeline entries for display: times, progress, glyphs and words of every event type."""

import math
from collections.abc import Mapping

from sessions_app.row_types import Event, Mark, Outcome

# The year 9999: what an imported file says beyond that is no time that a clock can show.
MAX_MS = 253_402_300_799_000
NBSP = "\u00a0"
UNKNOWN_GLYPH = "st-queued"

WORDS = {
    "session_started": "Session started",
    "session_stopped": "Session ended",
    "task_started": "Started",
    "task_completed": "Completed",
    "task_failed": "Failed",
    "task_skipped": "Skipped",
    "task_blocked": "Blocked",
    "needs_input": "Asked you",
    "progress": "Progress",
    "error": "Error",
    "milestone": "Milestone",
}
SIGNS = {kind: (f"ev-{kind}", word) for kind, word in WORDS.items()}
ENDINGS = {
    "task_completed": Outcome.COMPLETED,
    "task_failed": Outcome.FAILED,
    "task_skipped": Outcome.SKIPPED,
    "task_blocked": Outcome.BLOCKED,
}
FINISHED = frozenset({Outcome.COMPLETED, Outcome.FAILED, Outcome.SKIPPED})
FINAL_STATUSES = frozenset({"completed", "failed", "stopped"})


def as_ms(value: object) -> int | None:
    # The plain case first: this runs for each of ten thousand events.
    if type(value) is int and 0 <= value <= MAX_MS:
        return value
    number = _number(value)
    return None if number is None else int(min(max(number, 0.0), MAX_MS))


def as_text(value: object) -> str:
    return value if isinstance(value, str) else ""


def as_mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict | Mapping) else {}


def as_list(value: object) -> list[Mapping[str, object]]:
    if not isinstance(value, list | tuple):
        return []
    return [item for item in value if isinstance(item, dict | Mapping)]


def read_events(timeline: object, *, start_ms: int, first: int = 0) -> list[Event]:
    """The timeline in order of arrival; an entry without a time takes that of the one before.

    `first` is how many were read before these.
    """
    events: list[Event] = []
    at = start_ms
    for index, entry in enumerate(as_list(timeline), start=first):
        at = as_ms(entry.get("timestamp")) or at
        events.append(
            Event(
                as_text(entry.get("id")) or f"entry-{index}",
                as_text(entry.get("type")) or "unknown",
                at,
                as_text(entry.get("message")),
                as_text(entry.get("taskId")) or None,
                as_mapping(entry.get("metadata")),
            )
        )
    return events


def is_late(event: Event) -> bool:
    return event.metadata.get("late") is True


def is_warning(event: Event) -> bool:
    return event.type == "error" and event.metadata.get("level") == "warning"


def fraction_of(event: Event) -> float | None:
    """Progress as 0..1 from whichever of its spellings the agent used."""
    metadata = event.metadata
    value = _number(metadata.get("progress"))
    if value is not None:
        return _clamp(value if value <= 1 else value / 100)
    percent = _number(metadata.get("percent"))
    if percent is not None:
        return _clamp(percent / 100)
    counted = _counted(metadata, "done", "total") or _counted(metadata, "step", "totalSteps")
    return None if counted is None else _clamp(counted[0] / counted[1])


def progress_label(event: Event, fraction: float | None) -> str:
    if counted := _counted(event.metadata, "done", "total"):
        return f"{counted[0]:g}/{counted[1]:g}"
    return "" if fraction is None else percent_label(fraction)


def percent_label(fraction: float) -> str:
    # Rounding up to 100 % would call something finished that is not.
    return f"{math.floor(fraction * 100 + 1e-9)}{NBSP}%"


def sign_of(event: Event) -> tuple[str, str]:
    """The event's glyph and word; an unknown type goes by its own name."""
    if is_warning(event):
        return "ev-warning", "Warning"
    return SIGNS.get(event.type) or (UNKNOWN_GLYPH, event.type)


def mark_of(event: Event) -> Mark:
    fraction = fraction_of(event) if event.type == "progress" else None
    glyph, word = sign_of(event)
    return Mark(
        event_id=event.id,
        type=event.type,
        at_ms=event.at_ms,
        glyph=glyph,
        word=word,
        message=event.message or as_text(event.metadata.get("question")),
        task_id=event.task_id,
        fraction=fraction,
        label=progress_label(event, fraction) if event.type == "progress" else "",
    )


def _counted(
    metadata: Mapping[str, object], done_key: str, total_key: str
) -> tuple[float, float] | None:
    if done_key not in metadata:
        return None
    done, total = _number(metadata[done_key]), _number(metadata.get(total_key))
    if done is None or total is None or total <= 0:
        return None
    return done, total


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _clamp(value: float) -> float:
    return min(max(value, 0.0), 1.0)
