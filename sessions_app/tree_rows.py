"""The rows of a session with everything that it spawned: who made whom, and what is folded away."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sessions_app.reading import TimelineReading
from sessions_app.row_events import as_ms, as_text
from sessions_app.row_types import SessionRows, Span
from sessions_app.rows import reading_of, rows_of

FOLD_ABOVE = 12


@dataclass(frozen=True, slots=True)
class SessionNode:
    """A session's wire document with what its rows are built from, and its children's.

    `reading` is the document's timeline where that was read before.
    """

    document: Mapping[str, object]
    titles: Mapping[str, str]
    queue: Mapping[str, object] | None = None
    children: tuple["SessionNode", ...] = ()
    reading: TimelineReading | None = None


@dataclass(frozen=True, slots=True)
class SessionGroup:
    """One session; `inside` counts the sessions below a folded one that are folded into it.

    `events` counts theirs too. `parent_id` is the nearest session above that has a group.
    """

    session_id: str
    name: str
    role: str
    parent_id: str | None
    depth: int
    rows: SessionRows
    stale: bool
    folded: bool
    events: int
    inside: int


@dataclass(frozen=True, slots=True)
class SpawnLink:
    """From the parent, at the time the child was created."""

    parent_id: str
    child_id: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class EndLink:
    """From a child's end to its parent's progress that counted it."""

    child_id: str
    parent_id: str
    ended_ms: int
    counted_ms: int
    event_id: str


@dataclass(frozen=True, slots=True)
class TreeRows:
    span: Span
    groups: tuple[SessionGroup, ...]
    spawns: tuple[SpawnLink, ...]
    ends: tuple[EndLink, ...]
    sessions: int


@dataclass(slots=True)
class _Member:
    """A session while the tree is read; `shown_in` is the group that stands for it."""

    session_id: str
    node: SessionNode
    above: "_Member | None"
    depth: int
    reading: TimelineReading
    rows: SessionRows
    folded: bool = False
    hidden: bool = False

    @property
    def finished(self) -> bool:
        """What may fold by itself: neither live, nor waiting, nor failed."""
        return not self.rows.span.live and self.rows.status != "failed"

    @property
    def shown_in(self) -> "_Member":
        member = self
        while member.hidden and member.above:
            member = member.above
        return member

    @property
    def events(self) -> int:
        return len(self.reading.events)


def build_tree_rows(
    root: SessionNode,
    *,
    now_ms: int,
    unfolded: Collection[str] = (),
    folded: Collection[str] = (),
) -> TreeRows:
    """A group for each session, parents above their children in order of spawning.

    Above 12 sessions, finished children fold by themselves; `unfolded` and `folded` name the
    sessions for which a person decided. What is finished below a folded session goes into it.
    """
    members = list(_members(root, now_ms=now_ms))
    by_itself = len(members) > FOLD_ABOVE
    for member in members:
        _fold(member, by_itself=by_itself, unfolded=unfolded, folded=folded)
    return TreeRows(
        span=_span(members),
        groups=_groups(members),
        spawns=tuple(_spawns(members)),
        ends=tuple(_ends(members)),
        sessions=len(members),
    )


def _members(root: SessionNode, *, now_ms: int) -> Iterator[_Member]:
    """In the order of the score; a session that comes up again is passed over."""
    seen: set[str] = set()
    waiting: list[tuple[SessionNode, _Member | None]] = [(root, None)]
    while waiting:
        node, above = waiting.pop()
        session_id = as_text(node.document.get("id"))
        if session_id in seen:
            continue
        seen.add(session_id)
        reading = node.reading or reading_of(node.document, now_ms=now_ms)
        rows = rows_of(reading, node.document, titles=node.titles, queue=node.queue, now_ms=now_ms)
        member = _Member(session_id, node, above, above.depth + 1 if above else 0, reading, rows)
        yield member
        children = sorted(node.children, key=_spawned, reverse=True)
        waiting += [(child, member) for child in children]


def _spawned(node: SessionNode) -> tuple[int, str]:
    return as_ms(node.document.get("createdAt")) or 0, as_text(node.document.get("id"))


def _fold(
    member: _Member, *, by_itself: bool, unfolded: Collection[str], folded: Collection[str]
) -> None:
    if member.session_id in unfolded:
        return
    above = member.above
    may = member.finished and above is not None
    member.hidden = may and above is not None and above.folded
    member.folded = member.hidden or member.session_id in folded or (by_itself and may)


def _groups(members: Sequence[_Member]) -> tuple[SessionGroup, ...]:
    inside: dict[str, list[_Member]] = {}
    for member in members:
        inside.setdefault(member.shown_in.session_id, []).append(member)
    return tuple(
        _group(member, inside[member.session_id]) for member in members if not member.hidden
    )


def _group(member: _Member, stands_for: Sequence[_Member]) -> SessionGroup:
    document = member.node.document
    return SessionGroup(
        session_id=member.session_id,
        name=as_text(document.get("name")) or member.session_id,
        role=as_text(document.get("role")),
        parent_id=member.above.shown_in.session_id if member.above else None,
        depth=member.depth,
        rows=member.rows,
        stale=member.rows.span.live and bool(document.get("stale")),
        folded=member.folded,
        events=sum(each.events for each in stands_for),
        inside=len(stands_for) - 1,
    )


def _spawns(members: Sequence[_Member]) -> Iterator[SpawnLink]:
    for member in members:
        if member.above and not member.hidden:
            parent = member.above.shown_in
            yield SpawnLink(parent.session_id, member.session_id, member.rows.span.start_ms)


def _ends(members: Sequence[_Member]) -> Iterator[EndLink]:
    below: dict[str, dict[str, _Member]] = {}
    for member in members:
        if member.above and not member.hidden:
            below.setdefault(member.above.session_id, {})[member.session_id] = member
    for parent in members:
        waited_for = below.get(parent.session_id)
        if parent.hidden or not waited_for:
            continue
        for event in parent.reading.events:
            named = as_text(event.metadata.get("childSessionId"))
            child = waited_for.get(named) if event.type == "progress" else None
            if child and child.rows.span.end_ms is not None:
                del waited_for[named]
                ended = child.rows.span.end_ms
                yield EndLink(named, parent.session_id, ended, event.at_ms, event.id)


def _span(members: Sequence[_Member]) -> Span:
    spans = [member.rows.span for member in members]
    start = min(span.start_ms for span in spans)
    last = max(span.last_ms for span in spans)
    if any(span.live for span in spans):
        return Span(start, None, last)
    return Span(start, max(span.end_ms or start for span in spans), last)
