"""What the page Activity shows: the log's entries as rows, newest first, filtered."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlencode

from django.urls import reverse

from dashboard_app.overview import TONES
from events_app.log import EVENT_TYPES, Entry, entries_before
from projects_app.models import Project
from sessions_app.asked import DEFAULT_WIDTH, PlotAsked
from sessions_app.models import Session
from sessions_app.recent import sessions_named
from sessions_app.row_events import WORDS as EVENT_WORDS
from sessions_app.row_events import read_events, sign_of
from tasks_app.models import Task
from tasks_app.words import STATUS_WORDS

ROWS = 100
IN_BLOCK = 20
READ_AT_ONCE = 500
READ_AT_MOST = 10_000
SPANS = {"15m": 15, "1h": 60, "6h": 6 * 60, "24h": 24 * 60}
SPLITS = {"session": "Session", "strategy": "Strategy"}
EVERYTHING = "all"
# What only says that a record is otherwise now, or repeats what another entry tells.
QUIET = frozenset(
    (
        "session:updated",
        "session:spawn",
        "session:task_added",
        "session:task_removed",
        "queue:updated",
        "notify:needs_input",
        "notify:session_failed",
        "notify:session_completed",
    )
)
TYPES = (*EVENT_WORDS, *sorted(EVENT_TYPES))
ENTRY_WORDS = {
    "project:created": ("folder", "Project created"),
    "project:updated": ("folder", "Project changed"),
    "project:deleted": ("folder", "Project deleted"),
    "task:created": ("plus", "Task created:"),
    "task:updated": ("pencil", ""),
    "task:deleted": ("trash-2", "Task deleted:"),
    "task:session_added": ("corner-down-right", "Task taken:"),
    "task:session_removed": ("x", "Task given back:"),
    "session:created": ("plus", "Session created"),
    "session:deleted": ("trash-2", "Session deleted"),
    "storage:problem": ("file-text", "Storage:"),
}


@dataclass(frozen=True)
class Asked:
    """What the URL asks to see; `before` is a seq of the log, 0 for the newest."""

    project: str = ""
    session: str = ""
    type: str = ""
    before: int = 0
    span: str = "1h"
    by: str = "session"
    width: int = DEFAULT_WIDTH
    narrow: bool = False

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        before, span, by = query.get("before", ""), query.get("span", ""), query.get("by", "")
        plot = PlotAsked.read(query)
        wanted = query.get("type", "")
        return cls(
            project=query.get("project", "")[:64],
            session=query.get("session", "")[:64],
            type=wanted if wanted in (*TYPES, EVERYTHING) else "",
            before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else 0,
            span=span if span in SPANS else "1h",
            by=by if by in SPLITS else "session",
            width=plot.width,
            narrow=plot.narrow,
        )

    @property
    def query(self) -> str:
        first = Asked()
        names = ("project", "session", "type", "before", "span", "by")
        said = {n: getattr(self, n) for n in names if getattr(self, n) != getattr(first, n)}
        return f"?{urlencode(said)}" if said else "?"

    def but(self, **changed: str | int) -> str:
        return replace(self, **changed).query  # type: ignore[arg-type]

    @property
    def pixel_s(self) -> float:
        """How long the chart takes to move by a pixel."""
        return SPANS[self.span] * 60 / self.width

    @property
    def is_filtered(self) -> bool:
        return bool(self.project or self.session or self.type)

    def takes(self, entry: Entry) -> bool:
        if self.project and entry.project_id != self.project:
            return False
        if self.session and entry.session_id != self.session:
            return False
        if self.type in EVENT_WORDS:
            return entry.type == "session:timeline"
        if self.type and self.type != EVERYTHING:
            return entry.type == self.type
        return self.type == EVERYTHING or entry.type not in QUIET


@dataclass(frozen=True)
class Choices:
    """What the filters offer: pairs of a value and its words."""

    projects: Sequence[tuple[str, str]]
    types: Sequence[tuple[str, str]]
    session_name: str
    spans: Sequence[tuple[str, str, bool]]
    splits: Sequence[tuple[str, str, bool]]


def choices(asked: Asked) -> Choices:
    session = Session.objects.filter(pk=asked.session).first() if asked.session else None
    return Choices(
        projects=list(Project.objects.values_list("pk", "name")),
        types=[
            ("", "What happened"),
            (EVERYTHING, "Every entry"),
            *EVENT_WORDS.items(),
            *((name, name) for name in sorted(EVENT_TYPES)),
        ],
        session_name=session.name if session else asked.session,
        spans=[(one, asked.but(span=one), one == asked.span) for one in SPANS],
        splits=[(word, asked.but(by=one), one == asked.by) for one, word in SPLITS.items()],
    )


@dataclass(frozen=True)
class Row:
    """One line; `icon` is an interface icon's name where there is no glyph."""

    id: str
    seq: int
    at_ms: int
    who: str
    href: str
    text: str
    glyph: str = ""
    icon: str = ""
    tone: str = "quiet"


@dataclass(frozen=True)
class Block:
    """Rows that are sent together: all whose seq falls into one stretch of the log."""

    id: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class Feed:
    """`earlier` leads to older rows, or is empty; `newest` leads back from a page of them."""

    blocks: Sequence[Block]
    earlier: str
    newest: str


def feed(asked: Asked) -> Feed:
    """At least ROWS rows, where there are as many, and whole entries."""
    entries, cursor = _entries(asked)
    rows = _rows(entries, asked)
    blocks: dict[int, list[Row]] = {}
    for row in rows:
        blocks.setdefault(row.seq // IN_BLOCK, []).append(row)
    return Feed(
        blocks=[Block(f"log-{number}", some) for number, some in blocks.items()],
        earlier=asked.but(before=cursor) if cursor else "",
        newest=asked.but(before=0) if asked.before else "",
    )


def _entries(asked: Asked) -> tuple[list[Entry], int]:
    """Those to show, newest first, and the seq before which there is more, or 0."""
    taken: list[Entry] = []
    cursor, count, read = asked.before, 0, 0
    while read < READ_AT_MOST:
        some = entries_before(
            cursor, session_id=asked.session, project_id=asked.project, limit=READ_AT_ONCE
        )
        for entry in some:
            # Whole blocks, so that new rows at the top leave those at the bottom as they are.
            if count >= ROWS and entry.seq // IN_BLOCK != taken[-1].seq // IN_BLOCK:
                return taken, taken[-1].seq // IN_BLOCK * IN_BLOCK
            cursor, read = entry.seq, read + 1
            if asked.takes(entry) and (events := _events_of(entry, asked)):
                taken.append(entry)
                count += events
        if len(some) < READ_AT_ONCE:
            return taken, 0
    return taken, cursor


def _events_of(entry: Entry, asked: Asked) -> int:
    if entry.type != "session:timeline":
        return 1
    return sum(_is_wanted(event, asked) for event in entry.payload["events"])


def _is_wanted(event: Mapping[str, Any], asked: Asked) -> bool:
    return asked.type not in EVENT_WORDS or event.get("type") == asked.type


def _rows(entries: Sequence[Entry], asked: Asked) -> Iterator[Row]:
    names = _Names.of(entries)
    for entry in entries:
        if entry.type == "session:timeline":
            yield from _event_rows(entry, names, asked)
        else:
            yield _entry_row(entry, names)


@dataclass(frozen=True)
class _Names:
    projects: Mapping[str, str]
    tasks: Mapping[str, str]
    sessions: Mapping[str, Session]

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Self:
        entries = list(entries)
        project_ids = {entry.project_id for entry in entries if entry.project_id}
        task_ids = {entry.task_id for entry in entries if entry.task_id}
        return cls(
            dict(Project.objects.filter(pk__in=project_ids).values_list("pk", "name")),
            dict(Task.objects.filter(pk__in=task_ids).values_list("pk", "title")),
            sessions_named({entry.session_id for entry in entries if entry.session_id}),
        )

    def session(self, session_id: str | None) -> tuple[str, str]:
        """A session's name and address; only its id where it is gone."""
        found = self.sessions.get(session_id or "")
        if found is None:
            return session_id or "", ""
        return found.name, reverse("session", args=[found.pk])

    def project(self, project_id: str | None) -> tuple[str, str]:
        name = self.projects.get(project_id or "")
        return (name, reverse("project", args=[project_id])) if name else (project_id or "", "")

    def task(self, task_id: str | None) -> str:
        return self.tasks.get(task_id or "") or task_id or ""


def _event_rows(entry: Entry, names: _Names, asked: Asked) -> Iterator[Row]:
    name, href = names.session(entry.session_id)
    wanted = [event for event in entry.payload["events"] if _is_wanted(event, asked)]
    for event in reversed(read_events(wanted, start_ms=entry.at)):
        glyph, word = sign_of(event)
        said = event.message or str(event.metadata.get("question") or word)
        yield Row(
            id=f"act-{entry.seq}-{event.id}",
            seq=entry.seq,
            at_ms=event.at_ms,
            who=name,
            href=f"{href}?event={event.id}" if href else "",
            text=said if event.type != "needs_input" else f"asks: {said}",
            glyph=glyph,
            tone=TONES.get(event.type, "quiet"),
        )


def _entry_row(entry: Entry, names: _Names) -> Row:
    who, href = (names.session if entry.session_id else names.project)(
        entry.session_id or entry.project_id
    )
    icon, _ = ENTRY_WORDS.get(entry.type, ("braces", ""))
    return Row(
        id=f"act-{entry.seq}",
        seq=entry.seq,
        at_ms=entry.at,
        who=who or "Maestro",
        href=href,
        text=_text_of(entry, names),
        icon=icon,
    )


def _text_of(entry: Entry, names: _Names) -> str:
    _, words = ENTRY_WORDS.get(entry.type, ("", entry.type))
    if entry.type == "launcher:updated":
        return "Spawning paused" if entry.payload.get("paused") else "Spawning goes on"
    if entry.type == "storage:problem":
        return f"{words} {entry.payload.get('reason', '')}"
    if entry.type == "task:updated":
        status = str(entry.payload.get("status", ""))
        return f"{names.task(entry.task_id)}: {STATUS_WORDS.get(status, status)}"
    return f"{words} {names.task(entry.task_id)}".strip() if entry.task_id else words
