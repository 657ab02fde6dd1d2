"""What stands around every page: projects to switch to, live sessions, how much waits."""

from dataclasses import dataclass

from agents_app.line import is_paused
from dashboard_app.inbox import Cue, cues
from dashboard_app.overview import Controls, in_family_order
from projects_app.fragments import ProjectLink, project_links
from sessions_app.selectors import live_sessions
from sessions_app.signs import Sign, sign_of

LIVE_AT_MOST = 30


@dataclass(frozen=True)
class RailSession:
    id: str
    name: str
    sign: Sign
    child: bool
    started_ms: int


@dataclass(frozen=True)
class Shell:
    """`latest` is what the newest waiting thing says, for those who cannot see it appear."""

    projects: tuple[ProjectLink, ...]
    live: tuple[RailSession, ...]
    more_live: int
    waiting: int
    latest: str
    newest: Cue | None
    controls: Controls


def shell() -> Shell:
    live = list(live_sessions())
    sessions, ids = in_family_order(live), {session.pk for session in live}
    waiting = cues(live)
    newest = max(waiting, key=lambda cue: cue.since_ms, default=None)
    return Shell(
        projects=project_links(),
        live=tuple(
            RailSession(
                session.pk,
                session.name,
                sign_of(session),
                session.parent_id in ids,
                session.created_at,
            )
            for session in sessions[:LIVE_AT_MOST]
        ),
        more_live=max(0, len(sessions) - LIVE_AT_MOST),
        waiting=len(waiting),
        newest=newest,
        latest=f"{newest.session_name}: {newest.sign.word}" if newest else "",
        controls=Controls(is_paused(), tuple(session.name for session in sessions)),
    )
