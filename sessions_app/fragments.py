"""A session as pages show it: header, question, timeline, chart; contexts only, read and frozen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from charts_app.frame import Chart
from charts_app.session_chart import draw_session
from core.clock import now_ms
from projects_app.models import Project
from queues_app.selectors import queue_or_none
from sessions_app.asked import ONLY, Asked
from sessions_app.documents import wire_document
from sessions_app.models import Session
from sessions_app.recent import event_of
from sessions_app.row_types import EventRow, Group, SegmentKind, SessionRows, TaskState
from sessions_app.rows import build_rows
from sessions_app.rules import LIVE
from sessions_app.selectors import children_of, descendants_with_depth, session_by_id
from sessions_app.signs import Sign, is_waiting, sign_named, sign_of
from tasks_app.selectors import titles_of

ROWS_AT_FIRST = 200
ROWS_EARLIER = 200


@dataclass(frozen=True)
class SessionLink:
    id: str
    name: str
    sign: Sign


@dataclass(frozen=True)
class Question:
    """An open question; `number` counts the options for the keyboard."""

    session_id: str
    event_id: str
    text: str
    options: tuple[str, ...]
    since_ms: int


@dataclass(frozen=True)
class Header:
    id: str
    name: str
    sign: Sign
    live: bool
    role: str
    strategy: str
    agent: str
    started_ms: int
    ended_ms: int | None
    project_id: str
    project_name: str
    parent: SessionLink | None
    children: tuple[SessionLink, ...]
    question: Question | None
    live_below: tuple[SessionLink, ...]

    @property
    def stops(self) -> int:
        return 1 + len(self.live_below)


@dataclass(frozen=True)
class Tab:
    key: str
    word: str
    icon: str
    href: str
    current: bool


@dataclass(frozen=True)
class Filter:
    word: str
    glyph: str
    count: int
    href: str
    pressed: bool


@dataclass(frozen=True)
class TaskChoice:
    id: str
    title: str
    href: str
    current: bool


@dataclass(frozen=True)
class Bar:
    """Views, filters and the task choice over the body."""

    views: tuple[Tab, ...]
    filters: tuple[Filter, ...]
    tasks: tuple[TaskChoice, ...]
    task_title: str
    all_tasks: str


@dataclass(frozen=True)
class TimelineGroup:
    key: str
    title: str
    task_id: str | None
    sign: Sign | None
    note: str
    group: Group
    rows: tuple[EventRow, ...]
    current: bool


@dataclass(frozen=True)
class Timeline:
    groups: tuple[TimelineGroup, ...]
    total: int
    earlier: str
    earlier_count: int
    open_event_id: str
    empty_words: str
    clear: str


@dataclass(frozen=True)
class SessionPicture:
    """All that a session page's live parts are drawn from, read at one moment."""

    asked: Asked
    header: Header
    bar: Bar
    rows: SessionRows
    now_ms: int
    document: Mapping[str, Any]
    queue: Mapping[str, Any] | None
    titles: Mapping[str, str]

    @property
    def can_resume(self) -> bool:
        states = [lane.state for lane in self.rows.tasks]
        return not self.header.live and any(state is not TaskState.COMPLETED for state in states)

    @property
    def elapsed_ms(self) -> int:
        return (self.rows.span.end_ms or self.now_ms) - self.rows.span.start_ms


def session_picture(session_id: str, asked: Asked) -> SessionPicture:
    """Raises NotFound."""
    session = session_by_id(session_id)
    document, queue = wire_document(session), queue_or_none(session_id)
    titles = titles_of(_task_ids(document, queue))
    header, now = session_header(session), now_ms()
    rows = build_rows(document, titles=titles, queue=queue, now_ms=now)
    return SessionPicture(
        asked=asked,
        header=header,
        bar=_bar(asked, rows, has_queue=queue is not None, tree=_tree_of(header)),
        rows=rows,
        now_ms=now,
        document=document,
        queue=queue,
        titles=titles,
    )


def _task_ids(document: Mapping[str, Any], queue: Mapping[str, Any] | None) -> set[str]:
    ids = {event["taskId"] for event in document["timeline"] if event.get("taskId")}
    ids |= set(document["taskIds"])
    return ids | {item["taskId"] for item in (queue or {}).get("items", ())}


def session_header(session: Session) -> Header:
    project = Project.objects.filter(pk=session.project_id).first()
    parent = Session.objects.filter(pk=session.parent_id).first() if session.parent_id else None
    below = [child for _, child in descendants_with_depth(session.pk) if child.state in LIVE]
    return Header(
        id=session.pk,
        name=session.name,
        sign=sign_of(session),
        live=session.state in LIVE,
        role=session.role,
        strategy=session.strategy,
        agent=session.agent,
        started_ms=session.created_at,
        ended_ms=session.completed_at,
        project_id=session.project_id,
        project_name=project.name if project else session.project_id,
        parent=link_to(parent) if parent else None,
        children=tuple(link_to(child) for child in children_of(session.pk)),
        question=open_question(session),
        live_below=tuple(link_to(child) for child in below),
    )


def link_to(session: Session) -> SessionLink:
    return SessionLink(session.pk, session.name, sign_of(session))


def open_question(session: Session) -> Question | None:
    asked = session.needs_input
    if session.state not in LIVE or asked is None or not is_waiting(asked):
        return None
    event = event_of(session.pk, asked.get("eventId")) or {}
    return Question(
        session_id=session.pk,
        event_id=str(asked.get("eventId") or ""),
        text=str(asked.get("message") or event.get("message") or "It asks for your input."),
        options=_options(event.get("metadata") or {}),
        since_ms=int(asked.get("since") or session.last_activity),
    )


def _options(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    given = metadata.get("options")
    if not isinstance(given, list):
        return ()
    words = [one.get("label") if isinstance(one, dict) else one for one in given]
    return tuple(str(word) for word in words if isinstance(word, str | int | float))[:9]


def _tree_of(header: Header) -> str:
    """The page of its orchestration, where it belongs to one."""
    return reverse("tree", args=[header.id]) if header.parent or header.children else ""


def _bar(asked: Asked, rows: SessionRows, *, has_queue: bool, tree: str) -> Bar:
    counts = {key: _count(rows, types) for key, types in ONLY.items()}
    chosen = next((lane.title for lane in rows.tasks if lane.id == asked.task), "")
    return Bar(
        views=tuple(
            Tab(key, word, icon, tree if key == "tree" else asked.but(view=key), asked.view == key)
            for key, word, icon in (
                ("timeline", "Timeline", "list"),
                ("chart", "Chart", "chart-gantt"),
                ("queue", "Queue", "list-ordered"),
                ("tree", "Orchestration", "network"),
            )
            if {"queue": has_queue, "tree": bool(tree)}.get(key, True)
        ),
        filters=tuple(
            Filter(
                word,
                glyph,
                counts[key],
                asked.but(only="" if asked.only == key else key),
                asked.only == key,
            )
            for key, word, glyph in (
                ("errors", "Errors", "ev-error"),
                ("questions", "Questions", "ev-needs_input"),
            )
        ),
        tasks=tuple(
            TaskChoice(lane.id, lane.title, asked.but(task=lane.id), lane.id == asked.task)
            for lane in rows.tasks
        ),
        task_title=chosen,
        all_tasks=asked.but(task=""),
    )


def _count(rows: SessionRows, types: Sequence[str]) -> int:
    return sum(row.type in types for group in rows.groups for row in group.rows)


def timeline_of(picture: SessionPicture) -> Timeline:
    asked, rows = picture.asked, picture.rows
    shown = [(group, _matching(group, asked)) for group in rows.groups]
    ends = sorted(_last_ms(row) for _, found in shown for row in found)
    cut = _cut(asked, ends, shown)
    earlier = sum(end < cut for end in ends)
    groups = [(group, tuple(r for r in found if _last_ms(r) >= cut)) for group, found in shown]
    kept = [(group, found) for group, found in groups if found]
    question = picture.header.question
    before = ends[max(0, earlier - ROWS_EARLIER)] if earlier else 0
    return Timeline(
        groups=tuple(
            _timeline_group(group, found, picture, current=group is kept[-1][0])
            for group, found in kept
        ),
        total=sum(row.event_count for group in rows.groups for row in group.rows),
        earlier=asked.but(since=before) if earlier else "",
        earlier_count=min(earlier, ROWS_EARLIER),
        open_event_id=question.event_id if question else "",
        empty_words=_empty_words(picture),
        clear=asked.but(only="", task="", since=None),
    )


def _matching(group: Group, asked: Asked) -> tuple[EventRow, ...]:
    if asked.task and group.task_id != asked.task:
        return ()
    if not asked.only:
        return group.rows
    return tuple(row for row in group.rows if row.type in ONLY[asked.only])


def _last_ms(row: EventRow) -> int:
    return row.folded[-1].at_ms if row.folded else row.at_ms


def _cut(
    asked: Asked, ends: Sequence[int], shown: Sequence[tuple[Group, Sequence[EventRow]]]
) -> int:
    """The first moment shown: what the URL says, else the newest rows; a named event is shown."""
    cut = asked.since if asked.since is not None else (ends[-ROWS_AT_FIRST:] or [0])[0]
    named = [_last_ms(row) for _, found in shown for row in found if names(row, asked.event)]
    return min([cut, *named])


def names(row: EventRow, event_id: str) -> bool:
    return bool(event_id) and (
        row.id == event_id or any(folded.id == event_id for folded in row.folded)
    )


def _timeline_group(
    group: Group, found: tuple[EventRow, ...], picture: SessionPicture, *, current: bool
) -> TimelineGroup:
    return TimelineGroup(
        key=f"group-{group.id}",
        title=group.title,
        task_id=group.task_id,
        sign=sign_named(group.state.value) if group.state else None,
        note=_start_note(picture.rows) if group.id == picture.rows.groups[0].id else "",
        group=group,
        rows=found,
        current=current,
    )


def _start_note(rows: SessionRows) -> str:
    spawning = rows.spent_ms[SegmentKind.SPAWNING]
    return f"spawning {round(spawning / 1000)}\u00a0s" if spawning >= 1000 else ""


def _empty_words(picture: SessionPicture) -> str:
    total = sum(row.event_count for group in picture.rows.groups for row in group.rows)
    what = {"errors": " is an error", "questions": " is a question"}.get(picture.asked.only, "")
    where = f" in {picture.bar.task_title}" if picture.bar.task_title else ""
    if total == 1:
        return f"The only event is not{what.removeprefix(' is') or ' here'}{where}."
    return f"None of the {total} events{what or ' is'}{where}."


def chart_of(picture: SessionPicture) -> Chart:
    return draw_session(
        picture.rows,
        width=picture.asked.width,
        now_ms=picture.now_ms,
        timezone_offset_min=offset_min(picture.rows.span.start_ms),
        narrow=picture.asked.narrow,
    )


def offset_min(at_ms: int) -> int:
    """Minutes east of UTC on the person's clock at that moment."""
    moment = datetime.fromtimestamp(at_ms / 1000, tz=timezone.get_current_timezone())
    away = moment.utcoffset()
    return int(away.total_seconds() // 60) if away else 0


def pixel_s(picture: SessionPicture) -> float | None:
    """How long a live chart takes to grow by a pixel, a second at least; None once it is over."""
    span = picture.rows.span
    if not span.live:
        return None
    return max(1.0, (picture.now_ms - span.start_ms) / 1000 / picture.asked.width)
