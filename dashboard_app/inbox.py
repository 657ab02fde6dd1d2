"""What waits for a person: questions, failures, silence, and sessions that never registered."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents_app.models import Launch, LaunchState
from core.clock import now_ms
from projects_app.models import Project
from sessions_app.documents import stale
from sessions_app.fragments import Question, open_question
from sessions_app.models import Session, TimelineEvent
from sessions_app.recent import failed_since, last_error, last_events
from sessions_app.rules import Status
from sessions_app.signs import Sign, sign_named
from tasks_app.models import TaskSession
from tasks_app.rules import SessionStatusOfTask

FAILURES_KEPT_MS = 24 * 3600 * 1000
FAILURES_AT_MOST = 10
REGISTERS_WITHIN_MS = 20_000
OUTPUT_LINES = 6


@dataclass(frozen=True)
class Cue:
    """One card of the inbox."""

    kind: str
    sign: Sign
    session_id: str
    session_name: str
    project_id: str
    project_name: str
    since_ms: int
    task_title: str = ""
    text: str = ""
    output: str = ""
    question: Question | None = None
    live: bool = True

    @property
    def about(self) -> str:
        return self.question.text if self.question else self.text


def cues(live: Sequence[Session]) -> tuple[Cue, ...]:
    """Of all live sessions and those that failed: oldest question first, then failures, then
    silence, then what has not registered."""
    failed = list(failed_since(now_ms() - FAILURES_KEPT_MS, limit=FAILURES_AT_MOST))
    asked = [(session, question) for session in live if (question := open_question(session))]
    waiting = {session.pk for session, _ in asked}
    quiet = [session for session in live if session.pk not in waiting]
    found = [_asking(session, question) for session, question in asked]
    found.sort(key=lambda cue: cue.since_ms)
    found += [_failure(session) for session in failed]
    found += _silences(quiet)
    found += _unregistered(quiet)
    names = _project_names({cue.project_id for cue in found})
    titles = _current_titles({cue.session_id for cue in found})
    return tuple(_placed(cue, names, titles) for cue in found)


def _project_names(ids: Collection[str]) -> dict[str, str]:
    return dict(Project.objects.filter(pk__in=ids).values_list("pk", "name"))


def _current_titles(session_ids: Collection[str]) -> dict[str, str]:
    """What each session works on, or worked on when it failed."""
    links = TaskSession.objects.filter(
        session_id__in=session_ids,
        status__in=(
            SessionStatusOfTask.FAILED,
            SessionStatusOfTask.NEEDS_INPUT,
            SessionStatusOfTask.WORKING,
        ),
    )
    rows = links.order_by("status").values_list("session_id", "task__title")
    return {session_id: title or "" for session_id, title in rows}


def _placed(cue: Cue, names: Mapping[str, str], titles: Mapping[str, str]) -> Cue:
    return Cue(
        **{
            **cue.__dict__,
            "project_name": names.get(cue.project_id, cue.project_id),
            "task_title": titles.get(cue.session_id, ""),
        }
    )


def _cue(kind: str, sign: str, session: Session, since_ms: int, **more: Any) -> Cue:
    return Cue(
        kind=kind,
        sign=sign_named(sign),
        session_id=session.pk,
        session_name=session.name,
        project_id=session.project_id,
        project_name="",
        since_ms=since_ms,
        **more,
    )


def _asking(session: Session, question: Question) -> Cue:
    return _cue("waiting", "waiting", session, question.since_ms, question=question)


def _failure(session: Session) -> Cue:
    error = last_error(session.pk) or {}
    metadata = error.get("metadata") or {}
    output = str(metadata.get("output") or "").strip().splitlines()[-OUTPUT_LINES:]
    at = session.completed_at or session.last_activity
    text = " ".join(part for part in (_why(session, error), _progress_words(session)) if part)
    return _cue("failed", "failed", session, at, text=text, output="\n".join(output), live=False)


def _why(session: Session, error: Mapping[str, Any]) -> str:
    metadata = error.get("metadata") or {}
    said = metadata.get("error") or metadata.get("reason") or error.get("message")
    return _sentence(str(said or "The session ended as failed"))


def _sentence(words: str) -> str:
    words = words[:1].upper() + words[1:]
    return words if words[-1:] in ".!?…" else f"{words}."


def _progress_words(session: Session) -> str:
    statuses = list(
        TaskSession.objects.filter(
            session_id=session.pk, place_in_session__isnull=False
        ).values_list("status", flat=True)
    )
    done, failed = (statuses.count(word) for word in ("completed", "failed"))
    if not statuses:
        return ""
    safe = {0: "No task was finished", 1: "1 task was finished and is safe"}
    said = safe.get(done, f"{done} tasks were finished and are safe")
    return f"{said}; {failed} of {len(statuses)} failed." if failed else f"{said}."


def _silences(quiet: Sequence[Session]) -> list[Cue]:
    now = now_ms()
    silent = [(session, found) for session in quiet if (found := stale(session, now))]
    last = last_events([session.pk for session, _ in silent])
    return [_silence(session, found["since"], last.get(session.pk)) for session, found in silent]


def _silence(session: Session, since_ms: int, last: TimelineEvent | None) -> Cue:
    said = (last.body.get("message") or "") if last else ""
    words = f"No sign of life since “{said}”." if said else "No sign of life."
    words += " It may only be quiet: nothing says that it ended."
    return _cue("stale", "stale", session, since_ms, text=words)


def _unregistered(sessions: Sequence[Session]) -> list[Cue]:
    by_id = {session.pk: session for session in sessions}
    launches = Launch.objects.filter(
        session__status=Status.SPAWNING,
        state__in=(
            LaunchState.EXTERNAL,
            LaunchState.STARTING,
            LaunchState.RUNNING,
        ),
    )
    found = []
    for launch in launches.order_by("pk"):
        since = launch.started_at or launch.created_at
        if launch.pk not in by_id or now_ms() - since < REGISTERS_WITHIN_MS:
            continue
        external = launch.state == LaunchState.EXTERNAL
        words = (
            "No agent has taken it. It needs a client that listens for session:spawn."
            if external
            else "Its process runs, but the agent has not registered."
        )
        found.append(_cue("unregistered", "spawning", by_id[launch.pk], since, text=words))
    return found
