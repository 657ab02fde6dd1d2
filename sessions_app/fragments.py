"""A session as pages show it: header, question, timeline, chart; contexts only, read and frozen."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse
from django.utils import timezone

from charts_app.frame import Chart
from charts_app.scale import Zoom
from charts_app.session_chart import draw_session
from core.clock import as_datetime, now_ms
from projects_app.models import Project
from queues_app.selectors import queue_or_none
from sessions_app.asked import Asked, PlotAsked
from sessions_app.documents import wire_document
from sessions_app.models import Session
from sessions_app.permissions import Permission, permission_in
from sessions_app.recent import event_of
from sessions_app.row_types import SessionRows, TaskState
from sessions_app.rules import LIVE
from sessions_app.selectors import descendants_with_depth, session_by_id
from sessions_app.signs import Sign, is_waiting, sign_of
from sessions_app.timeline_cache import current_rows
from sessions_app.timeline_page import Filters, Timeline, filters_of
from sessions_app.timeline_page import timeline_of as timeline_of_rows
from sessions_app.usage import Usage, total_usage, usage_of

READ_WHOLE = ("files", "raw")  # panels
CHOSEN_AT_MOST = 20_000  # characters of an event


@dataclass(frozen=True)
class SessionLink:
    id: str
    name: str
    sign: Sign


@dataclass(frozen=True)
class Question:
    """An open question; one with a permission is decided, the others are answered."""

    session_id: str
    event_id: str
    text: str
    options: tuple[str, ...]
    since_ms: int
    permission: Permission | None = None


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
    usage: Usage | None = None
    usage_with_children: Usage | None = None

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
class Export:
    word: str
    href: str


@dataclass(frozen=True)
class Bar:
    """What stands over the body: the views, what this one can show differently, and exports."""

    views: tuple[Tab, ...]
    exports: tuple[Export, ...]
    filters: Filters | None


@dataclass(frozen=True)
class SessionPicture:
    """All that a session page's live parts are drawn from, read at one moment.

    `document` is the session's without timeline and events, but for a panel that shows them.
    """

    asked: Asked
    header: Header
    bar: Bar
    rows: SessionRows
    now_ms: int
    document: Mapping[str, Any]

    @property
    def can_resume(self) -> bool:
        states = [lane.state for lane in self.rows.tasks]
        return not self.header.live and any(state is not TaskState.COMPLETED for state in states)

    @property
    def elapsed_ms(self) -> int:
        return (self.rows.span.end_ms or self.now_ms) - self.rows.span.start_ms


def session_picture(session_id: str, asked: Asked) -> SessionPicture:
    """Raises NotFound."""
    session, queue = session_by_id(session_id), queue_or_none(session_id)
    header, now = session_header(session), now_ms()
    rows, document = current_rows(session, queue=queue, now_ms=now)
    if asked.panel in READ_WHOLE and asked.view != "chart":
        document = wire_document(session)
    return SessionPicture(
        asked=asked,
        header=header,
        bar=_bar(asked, rows, header, has_queue=queue is not None),
        rows=rows,
        now_ms=now,
        document=document,
    )


def session_header(session: Session, *, spawned: Sequence[Session] | None = None) -> Header:
    """`spawned` is everything below it, which is read where it is not given."""
    project = Project.objects.filter(pk=session.project_id).first()
    parent = Session.objects.filter(pk=session.parent_id).first() if session.parent_id else None
    if spawned is None:
        spawned = [child for _, child in descendants_with_depth(session.pk)]
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
        children=tuple(link_to(child) for child in spawned if child.parent_id == session.pk),
        question=open_question(session),
        live_below=tuple(link_to(child) for child in spawned if child.state in LIVE),
        usage=usage_of(session.metadata),
        usage_with_children=total_usage([session, *spawned]) if spawned else None,
    )


def link_to(session: Session) -> SessionLink:
    return SessionLink(session.pk, session.name, sign_of(session))


def open_question(session: Session) -> Question | None:
    asked = session.needs_input
    if session.state not in LIVE or asked is None or not is_waiting(asked):
        return None
    event = event_of(session.pk, asked.get("eventId")) or {}
    permission = permission_in(event)
    return Question(
        session_id=session.pk,
        event_id=str(asked.get("eventId") or ""),
        text=str(asked.get("message") or event.get("message") or "It asks for your input."),
        options=() if permission else _options(event.get("metadata")),
        since_ms=int(asked.get("since") or session.last_activity),
        permission=permission,
    )


def _options(metadata: Any) -> tuple[str, ...]:
    given = metadata.get("options") if isinstance(metadata, Mapping) else None
    if not isinstance(given, list):
        return ()
    words = [one.get("label") if isinstance(one, dict) else one for one in given]
    return tuple(str(word) for word in words if isinstance(word, str | int | float))[:9]


def _tree_of(header: Header) -> str:
    """The page of its orchestration, where it belongs to one."""
    return reverse("tree", args=[header.id]) if header.parent or header.children else ""


def _bar(asked: Asked, rows: SessionRows, header: Header, *, has_queue: bool) -> Bar:
    tree = _tree_of(header)
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
        exports=exports_of(header.id, tree=bool(tree)),
        filters=filters_of(rows, asked) if asked.view == "timeline" else None,
    )


def exports_of(session_id: str, *, tree: bool) -> tuple[Export, ...]:
    """Files to take away; `tree` adds those of everything that the session belongs to."""
    url = reverse("api-export", args=[session_id])
    one = (
        Export("Session, JSON", f"{url}?format=json"),
        Export("Chart, Mermaid", f"{url}?format=mermaid"),
    )
    below = (
        Export("With all it spawned, JSON", f"{url}?format=json&tree=1"),
        Export("Chart of them all, Mermaid", f"{url}?format=mermaid&tree=1"),
    )
    return (*one, *below) if tree else one


def timeline_of(picture: SessionPicture) -> Timeline:
    question = picture.header.question
    timeline = timeline_of_rows(
        picture.rows, picture.asked, open_event_id=question.event_id if question else ""
    )
    chosen = event_of(picture.header.id, picture.asked.event)
    return replace(timeline, selected=_written_out(chosen)) if chosen else timeline


def _written_out(event: Mapping[str, Any]) -> str:
    return json.dumps(event, indent=2, ensure_ascii=False)[:CHOSEN_AT_MOST]


def chart_of(picture: SessionPicture) -> Chart:
    plot = picture.asked.plot
    return draw_session(
        picture.rows,
        width=plot.width,
        now_ms=picture.now_ms,
        zoom=zoom_of(plot),
        fold=plot.folded,
        timezone_offset_min=offset_min(picture.rows.span.start_ms),
        narrow=plot.narrow,
    )


def zoom_of(plot: PlotAsked) -> Zoom | None:
    """The stretch of time that a URL asks for."""
    zoomed = plot.from_ms is not None and plot.to_ms is not None
    return Zoom(plot.from_ms or 0, plot.to_ms or 0) if zoomed else None


@dataclass(frozen=True)
class ChartTools:
    """Over a chart: each is the query that it leads to; `fold` is empty where nothing is idle."""

    zoom_in: str
    zoom_out: str
    fit: str
    fold: str
    zoomed: bool
    folded: bool
    live: bool


def tools_of(picture: SessionPicture, chart: Chart) -> ChartTools:
    asked = picture.asked
    return chart_tools(chart, asked.plot, lambda plot: asked.but(plot=plot))


def chart_tools(chart: Chart, plot: PlotAsked, link: Callable[[PlotAsked], str]) -> ChartTools:
    axis = chart.axis

    def zoomed(zoom: Zoom | None) -> str:
        start, end = (zoom.start_ms, zoom.end_ms) if zoom else (None, None)
        return link(replace(plot, from_ms=start, to_ms=end))

    return ChartTools(
        zoom_in=zoomed(axis.zoomed_by(0.5)),
        zoom_out=zoomed(axis.zoomed_by(2)),
        fit=zoomed(None),
        fold=link(replace(plot, folded=not plot.folded)) if axis.gaps or axis.folded else "",
        zoomed=axis.zoomed,
        folded=axis.folded,
        live=axis.live,
    )


def offset_min(at_ms: int) -> int:
    """Minutes east of UTC on the person's clock at that moment."""
    away = as_datetime(at_ms).astimezone(timezone.get_current_timezone()).utcoffset()
    return int(away.total_seconds() // 60) if away else 0


def pixel_s(chart: Chart) -> float | None:
    """How long a live chart takes to grow by a pixel, a second at least; None once it is over."""
    if not chart.axis.live:
        return None
    return max(1.0, 1 / (chart.axis.scale.px_per_ms * 1000))
