"""How much was said when, over all sessions: counted from the log as it grows."""

import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import connection

from charts_app.density import DensityLane, draw_density
from charts_app.frame import Chart
from core.clock import now_ms
from dashboard_app.activity import SPANS, Asked
from events_app.log import epoch
from events_app.models import LogEntry
from sessions_app.fragments import offset_min
from sessions_app.models import Session
from sessions_app.signs import sign_of

LANES = 8
GRAIN_MS = 2000
KEPT_MS = max(SPANS.values()) * 60_000
Moments = list[tuple[int, int]]
COUNT = """
SELECT max(seq), session_id, at / %s * %s, sum(json_array_length(payload, '$.events'))
FROM events_app_logentry WHERE seq > %s AND type = 'session:timeline' AND at > %s
GROUP BY 2, 3 ORDER BY 3
"""


class Pulse:
    """Events a session and moment; each entry of the log is counted once, whoever looks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._epoch, self._seq = "", 0
        self._moments: dict[str, Moments] = {}

    def since(self, start_ms: int) -> dict[str, Moments]:
        """Of each session that said something since then, when and how much, oldest first."""
        with self._lock:
            self._take_new()
            found = {
                session_id: moments[bisect_left(moments, (start_ms, 0)) :]
                for session_id, moments in self._moments.items()
            }
        return {session_id: moments for session_id, moments in found.items() if moments}

    def _take_new(self) -> None:
        oldest = now_ms() - KEPT_MS
        if self._epoch != (here := epoch()):
            self._epoch, self._seq, self._moments = here, 0, {}
        newest = LogEntry.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
        with connection.cursor() as cursor:
            cursor.execute(COUNT, [GRAIN_MS, GRAIN_MS, self._seq, oldest])
            rows = cursor.fetchall()
        for _, session_id, at_ms, count in rows:
            self._moments.setdefault(session_id, []).append((at_ms, count))
        self._seq = max([newest, *(seq for seq, *_ in rows)])
        for moments in self._moments.values():
            del moments[: bisect_left(moments, (oldest, 0))]


pulse = Pulse()


def density_chart(asked: Asked) -> tuple[Chart | None, int]:
    """The chart, or None where nothing was said; and how many sessions it leaves out."""
    now = now_ms()
    start = now - SPANS[asked.span] * 60_000
    said = pulse.since(start)
    sessions = {one.pk: one for one in _sessions(said, asked)}
    said = {session_id: said[session_id] for session_id in sessions}
    if asked.by == "strategy":
        lanes, left_out = _by_strategy(said, sessions), 0
    else:
        lanes, left_out = _by_session(said, sessions), max(0, len(said) - LANES)
    if not lanes:
        return None, 0
    chart = draw_density(
        lanes,
        start_ms=start,
        now_ms=now,
        width=asked.width,
        timezone_offset_min=offset_min(start),
        narrow=asked.narrow,
    )
    return chart, left_out


def _sessions(session_ids: Iterable[str], asked: Asked) -> Iterable[Session]:
    found = Session.objects.filter(pk__in=list(session_ids))
    if asked.session:
        found = found.filter(pk=asked.session)
    return found.filter(project_id=asked.project) if asked.project else found


def _by_session(said: dict[str, Moments], sessions: dict[str, Session]) -> list[DensityLane]:
    """Those that said most, oldest first, so that lanes keep their places."""
    loudest = sorted(said, key=lambda one: -sum(count for _, count in said[one]))[:LANES]
    ordered = sorted(loudest, key=lambda one: (sessions[one].created_at, one))
    return [_session_lane(sessions[one], said[one]) for one in ordered]


def _session_lane(session: Session, moments: Sequence[tuple[int, int]]) -> DensityLane:
    sign = sign_of(session)
    return DensityLane(
        session.pk, session.name, f"st-{sign.kind}", f"is-{sign.kind}", moments, session.pk
    )


def _by_strategy(said: dict[str, Moments], sessions: dict[str, Session]) -> list[DensityLane]:
    together: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for session_id, moments in said.items():
        together[sessions[session_id].strategy] += moments
    return [
        DensityLane(strategy, strategy.capitalize(), "st-queued", "quiet", sorted(moments))
        for strategy, moments in sorted(together.items())
    ]
