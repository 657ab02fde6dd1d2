"""What each kind of shape means, for the list under a chart."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A sample as markup, ready to print, and its word."""

    key: str
    word: str
    svg: str


def _bar(css: str) -> str:
    shape = f'<rect class="bar bar--{css}" x="1" y="1" width="22" height="12" rx="3"/>'
    return f'<svg width="24" height="14" aria-hidden="true">{shape}</svg>'


def _glyph(symbol: str, tone: str) -> str:
    return (
        f'<span class="{tone}"><svg class="glyph glyph--sm" aria-hidden="true">'
        f'<use href="#{symbol}"/></svg></span>'
    )


def _path(d: str, css: str, width: int) -> str:
    return (
        f'<svg width="{width}" height="16" aria-hidden="true"><path class="{css}" d="{d}"/></svg>'
    )


def _arrow() -> str:
    line = '<path class="spawn" marker-end="url(#arrow)" d="M7 0v13"/>'
    return f'<svg width="14" height="16" aria-hidden="true">{line}</svg>'


REST = "M0 0h2v5h20v-5h2v16h-2v-5h-20v5h-2z"
ENTRIES = tuple(
    LegendEntry(*entry)
    for entry in (
        ("spawning", "Spawning", _bar("spawning")),
        ("idle", "Idle", _path("M0 8h24", "idle", 24)),
        ("working", "Working", _bar("working")),
        ("waiting", "Waiting for you", _bar("waiting")),
        ("queued", "Queued", _bar("queued")),
        ("running", "Running", _bar("live")),
        ("finished", "Finished", _bar("done")),
        ("recovery", "Recovery", _bar("recovery")),
        ("progress", "Progress", _path("M4 0v16", "tick", 8)),
        ("density", "Progress, density", _path("M2.5 16v-6M6.5 16v-12M10.5 16v-9", "density", 13)),
        ("started", "Started", _glyph("ev-task_started", "is-working")),
        ("completed", "Completed", _glyph("ev-task_completed", "is-completed")),
        ("failed", "Failed", _glyph("ev-task_failed", "is-failed")),
        ("skipped", "Skipped", _glyph("ev-task_skipped", "ink")),
        ("blocked", "Blocked", _glyph("ev-task_blocked", "ink")),
        ("error", "Error", _glyph("ev-error", "is-failed")),
        ("warning", "Warning", _glyph("ev-warning", "is-waiting")),
        ("milestone", "Milestone", _glyph("ev-milestone", "ink")),
        ("question", "Question", _glyph("ev-needs_input", "is-waiting")),
        ("unknown", "Other event", _glyph("st-queued", "ink")),
        ("spawns", "Spawns", _arrow()),
        ("reports", "Reports back", _path("M6 0v16", "done-line", 12)),
        ("folded", "Folded session", _path(REST, "mrest", 24)),
        ("merged", "Several, merged", _path(REST, "mrest", 24)),
        ("session_started", "Session start", _glyph("ev-session_started", "ink")),
        ("session_stopped", "Session end", _glyph("ev-session_stopped", "ink")),
    )
)


def entries(occurring: Collection[str]) -> tuple[LegendEntry, ...]:
    return tuple(entry for entry in ENTRIES if entry.key in occurring)
