"""An orchestration as its page shows it: the score, the hierarchy, what happened across it."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from heapq import nsmallest
from itertools import islice
from typing import Any, Self
from urllib.parse import urlencode

from charts_app.frame import Chart, LaneLabel
from charts_app.score import draw_score
from core.clock import now_ms
from core.ids import is_valid_id
from dashboard_app.overview import RecentRow, recent_row, working_on
from queues_app.documents import queue_document
from queues_app.models import Queue
from sessions_app.asked import PlotAsked
from sessions_app.fragments import (
    ChartTools,
    Export,
    Header,
    Question,
    chart_tools,
    exports_of,
    offset_min,
    open_question,
    session_header,
    zoom_of,
)
from sessions_app.models import Session
from sessions_app.reading import TimelineReading
from sessions_app.row_types import Event, Span
from sessions_app.rules import FINAL, LIVE
from sessions_app.selectors import descendants_with_depth
from sessions_app.signs import Sign, sign_of
from sessions_app.timeline_cache import current_readings
from sessions_app.tree_rows import SessionNode, TreeRows, build_tree_rows
from sessions_app.trees import documents_beside_timelines, root_of
from tasks_app.selectors import titles_of

RUN_ROWS = 8
NODE_ROWS = 2
LOOKED_AT = 40  # of each session's newest events


@dataclass(frozen=True)
class TreeAsked:
    """What the URL asks to see. `at` is the session that the page was opened for, `event` is
    `<session>/<event>`; `fold` and `unfold` are what a person decided. In the URL `1` in `fold`
    folds idle time."""

    at: str = ""
    fold: tuple[str, ...] = ()
    unfold: tuple[str, ...] = ()
    event: str = ""
    plot: PlotAsked = field(default_factory=PlotAsked)

    @classmethod
    def read(cls, query: Mapping[str, str], *, at: str = "") -> Self:
        at = at or query.get("at", "")[:64]
        event = query.get("event", "")[:130]
        return cls(
            at=at,
            fold=_ids(query.get("fold", "")),
            unfold=_ids(query.get("unfold", "")),
            event=event if "/" in event or not event else f"{at}/{event}",
            plot=PlotAsked.read(query),
        )

    def query(self) -> str:
        """As a page's query: `at` is in its path, and the chart's size is no part of it."""
        return self._written({})

    def topic(self) -> str:
        return self._written({"at": self.at})

    def _written(self, first: Mapping[str, str]) -> str:
        fold = ("1", *self.fold) if self.plot.folded else self.fold
        said = {**first, "fold": ",".join(fold), "unfold": ",".join(self.unfold)}
        said |= {"event": self.event, **self.plot.said()}
        return "?" + urlencode({key: word for key, word in said.items() if word}, safe=",/")

    def toggled(self, session_id: str, *, folded: bool) -> str:
        """The query after a person unfolds what is folded, or folds what is not."""
        fold = tuple(one for one in self.fold if one != session_id)
        unfold = tuple(one for one in self.unfold if one != session_id)
        if folded:
            return replace(self, fold=fold, unfold=(*unfold, session_id)).query()
        return replace(self, fold=(*fold, session_id), unfold=unfold).query()


def _ids(words: str) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(one for one in words[:8000].split(",") if one != "1" and is_valid_id(one))
    )


@dataclass(frozen=True)
class LaneView:
    """A lane's label; `href` folds or unfolds it, and is empty where nothing can be."""

    label: LaneLabel
    href: str
    current: bool


@dataclass(frozen=True)
class Node:
    """A session in the hierarchy. `task` is what it works on; `events` are its newest."""

    id: str
    name: str
    sign: Sign
    current: bool
    live: bool
    task: str
    tasks: int
    progress: float | None
    started_ms: int
    ended_ms: int
    events: tuple[RecentRow, ...]
    children: tuple["Node", ...]

    @property
    def card(self) -> "Node":
        """Without those below it."""
        return replace(self, children=())

    def walk(self) -> Iterator["Node"]:
        """Itself and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Asking:
    session_name: str
    question: Question


@dataclass(frozen=True)
class Orchestration:
    """`live` names who would stop; `fold_all` and `unfold_all` are empty where nothing would be."""

    asked: TreeAsked
    header: Header
    rows: TreeRows
    chart: Chart
    tools: ChartTools
    exports: tuple[Export, ...]
    lanes: tuple[LaneView, ...]
    root: Node
    questions: tuple[Asking, ...]
    live: tuple[str, ...]
    depth: int
    events: int
    run: tuple[RecentRow, ...]
    fold_all: str
    unfold_all: str
    session_ids: frozenset[str]
    now_ms: int

    @property
    def sessions(self) -> int:
        return self.rows.sessions

    @property
    def below(self) -> int:
        return self.sessions - 1

    @property
    def folded(self) -> int:
        return _folded(self.rows)

    @property
    def span(self) -> Span:
        return self.rows.span

    @property
    def elapsed_ms(self) -> int:
        return (self.span.end_ms or self.now_ms) - self.span.start_ms


@dataclass(frozen=True)
class _Found:
    """All of an orchestration that is read, at one moment. `depth` counts from its root."""

    sessions: Sequence[Session]
    depth: int
    documents: Mapping[str, Mapping[str, Any]]
    readings: Mapping[str, TimelineReading]
    below: Mapping[str | None, Sequence[Session]]
    titles: Mapping[str, str]
    queues: Mapping[str, Mapping[str, Any]]


def orchestration(session_id: str, asked: TreeAsked) -> Orchestration:
    """The whole orchestration that a session belongs to. Raises NotFound."""
    with _read(session_id) as found:
        return _seen(found, asked)


def _seen(found: _Found, asked: TreeAsked) -> Orchestration:
    root, *spawned = found.sessions
    now = now_ms()
    rows = build_tree_rows(
        _tree_of(root, found, frozenset()), now_ms=now, unfolded=asked.unfold, folded=asked.fold
    )
    chart = draw_score(
        rows,
        width=asked.plot.width,
        now_ms=now,
        zoom=zoom_of(asked.plot),
        fold=asked.plot.folded,
        timezone_offset_min=offset_min(rows.span.start_ms),
        narrow=asked.plot.narrow,
    )
    finished = tuple(session.pk for session in spawned if session.state in FINAL)
    return Orchestration(
        asked=asked,
        header=session_header(root, spawned=spawned),
        rows=rows,
        chart=chart,
        tools=chart_tools(chart, asked.plot, lambda plot: replace(asked, plot=plot).query()),
        exports=exports_of(root.pk, tree=True),
        lanes=tuple(_lane(label, asked) for label in chart.lanes),
        root=_node(root, found, asked=asked, working=working_on([s.pk for s in found.sessions])),
        questions=tuple(
            Asking(session.name, question)
            for session in found.sessions
            if (question := open_question(session))
        ),
        live=tuple(session.name for session in found.sessions if session.state in LIVE),
        depth=found.depth,
        events=sum(len(reading.events) for reading in found.readings.values()),
        run=_run(found),
        fold_all=replace(asked, fold=finished, unfold=()).query() if finished else "",
        # Above a dozen, finished sessions fold by themselves, so that they have to be named.
        unfold_all=replace(asked, fold=(), unfold=finished).query() if _folded(rows) else "",
        session_ids=frozenset(session.pk for session in found.sessions),
        now_ms=now,
    )


@contextmanager
def _read(session_id: str) -> Iterator[_Found]:
    """Raises NotFound."""
    root = root_of(session_id)
    levels = descendants_with_depth(root.pk)
    sessions = [root, *(session for _, session in levels)]
    documents = documents_beside_timelines(sessions)
    queues = Queue.objects.filter(session_id__in=list(documents)).prefetch_related("items")
    below: dict[str | None, list[Session]] = defaultdict(list)
    for session in sessions:
        below[session.parent_id].append(session)
    for children in below.values():
        children.sort(key=lambda child: (child.created_at, child.pk))
    with current_readings(sessions) as readings:
        task_ids = {one for document in documents.values() for one in document["taskIds"]}
        yield _Found(
            sessions=sessions,
            depth=1 + max((depth for depth, _ in levels), default=0),
            documents=documents,
            readings=readings,
            below=below,
            titles=titles_of(task_ids.union(*(one.task_ids for one in readings.values()))),
            queues={queue.session_id: queue_document(queue) for queue in queues},
        )


def _tree_of(session: Session, found: _Found, above: Collection[str]) -> SessionNode:
    """A circle in files made by hand ends where it closes."""
    path = frozenset((*above, session.pk))
    return SessionNode(
        document=found.documents[session.pk],
        titles=found.titles,
        queue=found.queues.get(session.pk),
        children=tuple(
            _tree_of(child, found, path)
            for child in found.below[session.pk]
            if child.pk not in path
        ),
        reading=found.readings[session.pk],
    )


def _lane(label: LaneLabel, asked: TreeAsked) -> LaneView:
    if label.session_id is None or label.folded is None:
        return LaneView(label, "", current=False)
    href = asked.toggled(label.session_id, folded=label.folded)
    return LaneView(label, href, current=label.session_id == asked.at)


def _folded(rows: TreeRows) -> int:
    return sum(group.folded + group.inside for group in rows.groups)


def _node(
    session: Session,
    found: _Found,
    *,
    asked: TreeAsked,
    working: Mapping[str, str],
    above: frozenset[str] = frozenset(),
) -> Node:
    path = above | {session.pk}
    told = islice(_told_last(found.readings[session.pk]), NODE_ROWS + (not above))
    return Node(
        id=session.pk,
        name=session.name,
        sign=sign_of(session),
        current=session.pk == asked.at,
        live=session.state in LIVE,
        task=working.get(session.pk, ""),
        tasks=len(found.documents[session.pk]["taskIds"]),
        progress=session.progress,
        started_ms=session.created_at,
        ended_ms=session.completed_at or session.last_activity,
        events=tuple(recent_row(event, session.pk, session.name) for event in told),
        children=tuple(
            _node(child, found, asked=asked, working=working, above=path)
            for child in found.below[session.pk]
            if child.pk not in path
        ),
    )


def _told_last(reading: TimelineReading) -> Iterator[Event]:
    """Of its last events, newest first; of a run of progress only the last."""
    after = ""
    for event in reading.events[: -LOOKED_AT - 1 : -1]:
        if event.type != "progress" or after != "progress":
            yield event
        after = event.type


def _run(found: _Found) -> tuple[RecentRow, ...]:
    """What was said last in any of the sessions, newest first."""
    told = (
        (event, session)
        for session in found.sessions
        for event in _told_last(found.readings[session.pk])
    )
    newest = nsmallest(RUN_ROWS, told, key=lambda one: -one[0].at_ms)
    return tuple(recent_row(event, session.pk, session.name) for event, session in newest)
