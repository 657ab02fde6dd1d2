"""Finding projects, tasks, sessions and events by their words, the best or the newest first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from dashboard_app.overview import TONES
from projects_app.models import Project
from sessions_app.models import Session, TimelineEvent
from sessions_app.recent import sessions_named
from sessions_app.row_events import read_events, sign_of
from sessions_app.signs import sign_of as session_sign
from tasks_app.models import Task
from tasks_app.words import TONES as TASK_TONES

KINDS = {"projects": "Projects", "tasks": "Tasks", "sessions": "Sessions", "events": "Events"}
QUERY_AT_MOST, WORDS_AT_MOST = 200, 8
ROWS, ROWS_AT_MOST = 50, 500
IN_EACH = 6
AROUND = 60
WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Asked:
    """What the URL asks to find; without a kind the first few of each."""

    q: str = ""
    kind: str = ""
    rows: int = ROWS

    @property
    def words(self) -> list[str]:
        return WORD.findall(self.q)[:WORDS_AT_MOST]

    @property
    def url(self) -> str:
        return self.but()

    @property
    def all_kinds(self) -> str:
        """Of every kind; has a query in any case, so that more can be added to it."""
        return f"{reverse('search')}?{urlencode({'q': self.q})}"

    @property
    def more(self) -> str:
        return self.but(rows=min(self.rows * 2, ROWS_AT_MOST)) if self.rows < ROWS_AT_MOST else ""

    def but(self, **changed: str | int) -> str:
        said, first = replace(self, **changed), Asked()  # type: ignore[arg-type]
        names = ("q", "kind", "rows")
        query = {n: getattr(said, n) for n in names if getattr(said, n) != getattr(first, n)}
        return f"{reverse('search')}?{urlencode(query)}"


def read_asked(q: str, kind: str = "", rows: str = "") -> Asked:
    count = int(rows) if rows.isascii() and rows.isdigit() and len(rows) < 5 else ROWS
    return Asked(
        q=q[:QUERY_AT_MOST].strip(),
        kind=kind if kind in KINDS else "",
        rows=min(max(count, ROWS), ROWS_AT_MOST),
    )


@dataclass(frozen=True)
class Hit:
    """`id` is unique on the page; `title` and `note` have what matches marked."""

    id: str
    href: str
    glyph: str
    tone: str
    title: SafeString
    note: SafeString
    record_id: str = ""
    at_ms: int | None = None
    icon: str = ""


@dataclass(frozen=True)
class Group:
    kind: str
    word: str
    hits: Sequence[Hit]
    has_more: bool


def search(asked: Asked, *, in_each: int = IN_EACH) -> tuple[Group, ...]:
    """The kinds that were asked for, without those in which nothing was found."""
    words = asked.words
    if not words:
        return ()
    kinds, limit = (asked.kind,) if asked.kind else tuple(KINDS), in_each
    if asked.kind:
        limit = asked.rows
    found = ((kind, _FIND[kind](words, limit + 1)) for kind in kinds)
    return tuple(
        Group(kind, KINDS[kind], hits[:limit], len(hits) > limit) for kind, hits in found if hits
    )


def _query(words: Sequence[str]) -> str:
    """In quotes a word is a word, whatever it means to FTS5; each may be the beginning of one."""
    return " ".join(f'"{word}"*' for word in words)


def _projects(words: Sequence[str], limit: int) -> list[Hit]:
    found = Project.objects.raw(
        "SELECT p.* FROM search_project JOIN projects_app_project p"
        " ON p.rowid = search_project.rowid WHERE search_project MATCH %s"
        " ORDER BY bm25(search_project, 4, 10, 2, 1), p.created_at DESC LIMIT %s",
        [_query(words), limit],
    )
    return [
        Hit(
            id=f"hit-{one.pk}",
            href=reverse("project", args=[one.pk]),
            glyph="",
            tone="quiet",
            title=marked(one.name, words),
            note=excerpt(words, one.description, one.working_dir),
            record_id=one.pk,
            icon="folder",
        )
        for one in found
    ]


def _tasks(words: Sequence[str], limit: int) -> list[Hit]:
    found = Task.objects.raw(
        "SELECT t.* FROM search_task JOIN tasks_app_task t"
        " ON t.rowid = search_task.rowid WHERE search_task MATCH %s"
        " ORDER BY bm25(search_task, 4, 10, 2, 1), t.created_at DESC LIMIT %s",
        [_query(words), limit],
    )
    return [
        Hit(
            id=f"hit-{one.pk}",
            href=reverse("task", args=[one.pk]),
            glyph=f"tk-{one.status}",
            tone=TASK_TONES.get(one.status, "quiet"),
            title=marked(one.title, words),
            note=excerpt(words, one.description, one.initial_prompt),
            record_id=one.pk,
        )
        for one in found
    ]


def _sessions(words: Sequence[str], limit: int) -> list[Hit]:
    found = Session.objects.raw(
        "SELECT s.* FROM search_session JOIN sessions_app_session s"
        " ON s.rowid = search_session.rowid WHERE search_session MATCH %s"
        " ORDER BY s.created_at DESC LIMIT %s",
        [_query(words), limit],
    )
    return [session_hit(one, words) for one in found]


def session_hit(session: Session, words: Sequence[str] = ()) -> Hit:
    sign = session_sign(session)
    return Hit(
        id=f"hit-{session.pk}",
        href=reverse("session", args=[session.pk]),
        glyph=f"st-{sign.kind}",
        tone=f"is-{sign.kind}",
        title=marked(session.name, words),
        note=mark_safe(sign.word),
        record_id=session.pk,
        at_ms=session.created_at,
    )


def _events(words: Sequence[str], limit: int) -> list[Hit]:
    """Newest first: the same words are said again and again."""
    rows = list(
        TimelineEvent.objects.raw(
            "SELECT e.* FROM search_event JOIN sessions_app_timelineevent e"
            " ON e.id = search_event.rowid WHERE search_event MATCH %s"
            " ORDER BY search_event.rowid DESC LIMIT %s",
            [_query(words), limit],
        )
    )
    names = {pk: one.name for pk, one in sessions_named({r.session_id for r in rows}).items()}
    return [_event_hit(row, names.get(row.session_id, row.session_id), words) for row in rows]


def _event_hit(row: TimelineEvent, session_name: str, words: Sequence[str]) -> Hit:
    (event,) = read_events([row.body], start_ms=row.at)
    glyph, word = sign_of(event)
    said = event.message or str(event.metadata.get("question") or word)
    return Hit(
        id=f"hit-{row.session_id}-{row.event_id}",
        href=f"{reverse('session', args=[row.session_id])}?event={row.event_id}",
        glyph=glyph,
        tone=TONES.get(event.type, "quiet"),
        title=excerpt(words, said) or marked(said[: 2 * AROUND], words),
        note=format_html("{}", session_name),
        at_ms=event.at_ms,
    )


_FIND = {"projects": _projects, "tasks": _tasks, "sessions": _sessions, "events": _events}


def marked(text: str, words: Sequence[str]) -> SafeString:
    """Escaped, with the beginnings of words that were looked for in <mark>."""
    if not words:
        return conditional_escape(text)
    parts = _pattern(words).split(text)
    return mark_safe(
        "".join(
            f"<mark>{conditional_escape(part)}</mark>" if place % 2 else conditional_escape(part)
            for place, part in enumerate(parts)
        )
    )


def excerpt(words: Sequence[str], *texts: str) -> SafeString:
    """What stands around the first match in the first text that has one, or nothing."""
    for text in texts:
        if match := _pattern(words).search(text):
            start = max(0, match.start() - AROUND)
            some = " ".join(text[start : match.end() + 2 * AROUND].split())
            dots = "…" if start else ""
            return mark_safe(dots + marked(some, words))
    return mark_safe("")


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    longest_first = sorted(map(re.escape, words), key=len, reverse=True)
    return re.compile(rf"(?<![^\W_])({'|'.join(longest_first)})", re.IGNORECASE)
