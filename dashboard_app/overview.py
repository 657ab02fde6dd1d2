"""What the page Now shows: the inbox, the line, live sessions, queues, and what happened lately."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from agents_app.line import is_paused
from agents_app.models import Launch, LaunchState
from core.clock import now_ms
from dashboard_app.inbox import Cue, cues
from dashboard_app.sparks import Spark, spark
from projects_app.models import Project
from queues_app.fragments import QueueView, queue_views
from sessions_app.fragments import SessionLink, link_to
from sessions_app.models import Session, TimelineEvent
from sessions_app.recent import last_events, moments, newest_events
from sessions_app.row_events import read_events, sign_of
from sessions_app.row_types import Event
from sessions_app.rules import SessionRole, Status
from sessions_app.selectors import live_sessions
from sessions_app.signs import Sign
from sessions_app.signs import sign_of as session_sign
from storage_app.selectors import StorageState, storage_state
from tasks_app.models import TaskSession
from tasks_app.rules import SessionStatusOfTask

RECENT = 14
# More of them would be no overview, and each sends what is new of it.
LIVES, CUES, QUEUES, PLACES = 24, 12, 6, 12
TONES = {
    "session_stopped": "ink",
    "task_started": "is-working",
    "task_completed": "is-completed",
    "task_failed": "is-failed",
    "error": "is-failed",
    "needs_input": "is-waiting",
    "milestone": "ink",
    "session_started": "ink",
}


@dataclass(frozen=True)
class LiveRow:
    id: str
    name: str
    sign: Sign
    role: str
    orchestrator: bool
    child: bool
    task: str
    message: str
    message_ms: int
    progress: float | None
    queue: QueueView | None
    started_ms: int
    spark: Spark

    @property
    def percent(self) -> int:
        return int((self.progress or 0) * 100)


@dataclass(frozen=True)
class Waiting:
    place: int
    session: SessionLink
    project_name: str
    since_ms: int


@dataclass(frozen=True)
class RecentRow:
    id: str
    session_id: str
    at_ms: int
    glyph: str
    tone: str
    session_name: str
    text: str


@dataclass(frozen=True)
class Controls:
    """What is done to all sessions at once; `live` names those that would stop."""

    paused: bool
    live: tuple[str, ...]


@dataclass(frozen=True)
class Overview:
    first_run: bool
    project_ids: tuple[str, ...]
    cues: tuple[Cue, ...]
    line: tuple[Waiting, ...]
    live: tuple[LiveRow, ...]
    queues: tuple[QueueView, ...]
    recent: tuple[RecentRow, ...]
    controls: Controls
    storage: StorageState
    live_count: int
    cue_count: int
    queue_count: int
    line_count: int
    queued: int

    @property
    def left_out(self) -> int:
        """How many of anything are not shown."""
        shown = len(self.live) + len(self.cues) + len(self.queues) + len(self.line)
        return self.live_count + self.cue_count + self.queue_count + self.line_count - shown

    @property
    def orchestrations(self) -> tuple[LiveRow, ...]:
        """Live sessions with live sessions below them, and orchestrators before they have any."""
        rows = [*self.live, None]
        return tuple(
            row
            for row, below in pairwise(rows)
            if row and not row.child and (row.orchestrator or (below and below.child))
        )

    @property
    def has_projects(self) -> bool:
        return bool(self.project_ids)

    @property
    def only_project(self) -> str:
        return self.project_ids[0] if len(self.project_ids) == 1 else ""


def overview(*, whole: bool = False) -> Overview:
    """Of what there is much, only the first, unless all is asked for."""
    sessions = list(live_sessions())
    queues = queue_views([session.pk for session in sessions])
    line, waiting = waiting_line(), cues(sessions)
    placed = {place.session.id for place in line}
    lives = [session for session in sessions if session.pk not in placed]
    shown = lives if whole else _first(lives, {cue.session_id for cue in waiting})
    running = [queues[session.pk] for session in sessions if session.pk in queues]
    return Overview(
        first_run=not Session.objects.exists(),
        project_ids=tuple(Project.objects.values_list("pk", flat=True)[:2]),
        cues=waiting if whole else waiting[:CUES],
        line=line if whole else line[:PLACES],
        live=_live_rows(in_family_order(shown), queues),
        queues=tuple(running if whole else running[:QUEUES]),
        recent=_recent(),
        controls=Controls(is_paused(), tuple(session.name for session in sessions)),
        storage=storage_state(),
        live_count=len(lives),
        cue_count=len(waiting),
        queue_count=len(running),
        line_count=len(line),
        queued=sum(queue.total - queue.ended - bool(queue.current) for queue in running),
    )


def _first(sessions: Sequence[Session], waiting: Collection[str]) -> list[Session]:
    """Those that wait for a person, then the newest: neither changes with every event."""
    return sorted(sessions, key=lambda one: (one.pk not in waiting, -one.created_at))[:LIVES]


def in_family_order(sessions: Sequence[Session]) -> list[Session]:
    """Children right below their parents, oldest first."""
    by_id = {session.pk: session for session in sessions}

    def key(session: Session) -> tuple[str, ...]:
        path, here = [session.pk], session
        while here.parent_id in by_id and here.parent_id not in path:
            here = by_id[here.parent_id]
            path.insert(0, here.pk)
        return tuple(f"{by_id[one].created_at:016d} {one}" for one in path)

    return sorted(sessions, key=key)


def waiting_line() -> tuple[Waiting, ...]:
    """Sessions that wait for a free place, in the order they will be started."""
    launches = Launch.objects.filter(state=LaunchState.WAITING, session__status=Status.SPAWNING)
    found = launches.select_related("session__project").order_by("created_at")
    return tuple(
        Waiting(place, link_to(launch.session), launch.session.project.name, launch.created_at)
        for place, launch in enumerate(found, start=1)
    )


def _live_rows(sessions: Sequence[Session], queues: Mapping[str, QueueView]) -> tuple[LiveRow, ...]:
    ids = [session.pk for session in sessions]
    last, titles = last_events(ids), working_on(ids)
    return tuple(
        _live_row(
            session,
            last.get(session.pk),
            titles.get(session.pk, ""),
            queues.get(session.pk),
            child=session.parent_id in ids,
        )
        for session in sessions
    )


def working_on(session_ids: Sequence[str]) -> dict[str, str]:
    links = TaskSession.objects.filter(
        session_id__in=session_ids, status=SessionStatusOfTask.WORKING
    )
    rows = links.order_by("attempt_started_at").values_list("session_id", "task__title")
    return {session_id: title or "" for session_id, title in rows}


def _live_row(
    session: Session,
    last: TimelineEvent | None,
    title: str,
    queue: QueueView | None,
    *,
    child: bool,
) -> LiveRow:
    now = now_ms()
    if queue and queue.current:
        title = f"{queue.current.title}, {queue.current.number} of {queue.total}"
    since = max(session.created_at, now - 10 * 60 * 1000)
    return LiveRow(
        id=session.pk,
        name=session.name,
        sign=session_sign(session),
        role=session.role + (", queue" if queue else ""),
        orchestrator=session.role == SessionRole.ORCHESTRATOR,
        child=child,
        task=title,
        message=_words_of(last) if last else "",
        message_ms=last.at if last else session.created_at,
        progress=session.progress,
        queue=queue,
        started_ms=session.created_at,
        spark=spark(moments(session.pk, since_ms=since), start_ms=since, end_ms=now),
    )


def _words_of(row: TimelineEvent) -> str:
    (event,) = read_events([row.body], start_ms=row.at)
    return event.message or sign_of(event)[1]


def _recent() -> tuple[RecentRow, ...]:
    """Newest first; of a run of progress by one session only the last."""
    found: list[RecentRow] = []
    progressing: set[str] = set()
    for row in newest_events(RECENT * 12):
        if row.type == "progress":
            if row.session_id in progressing:
                continue
            progressing.add(row.session_id)
        else:
            progressing.discard(row.session_id)
        found.append(_recent_row(row))
        if len(found) == RECENT:
            break
    return tuple(sorted(found, key=lambda one: -one.at_ms))


def _recent_row(row: TimelineEvent) -> RecentRow:
    (event,) = read_events([row.body], start_ms=row.at)
    return recent_row(event, row.session_id, row.session.name)


def recent_row(event: Event, session_id: str, session_name: str) -> RecentRow:
    glyph, word = sign_of(event)
    said = event.message or word
    return RecentRow(
        id=event.id,
        session_id=session_id,
        at_ms=event.at_ms,
        glyph=glyph,
        tone=TONES.get(event.type, "quiet"),
        session_name=session_name,
        text=said if event.type != "needs_input" else f"asks: {said}",
    )
