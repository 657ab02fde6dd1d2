"""A session opened for writing: appending to its timeline, and what each event sets off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import QuerySet

from access_app.actors import Actor
from core.clock import now_ms
from core.ids import new_id
from sessions_app import rules, signals
from sessions_app.documents import insert_timeline, wire_document
from sessions_app.models import Session, TimelineEvent, Transition
from sessions_app.rules import FINAL, EventType, Status, Strategy
from sessions_app.selectors import session_by_id
from storage_app.changes import Change
from tasks_app.models import Task, TaskSession
from tasks_app.rules import ENDED, SessionStatusOfTask
from tasks_app.services import note_session_status

SIGN_OF_LIFE_EVERY_MS = 60_000


@dataclass(frozen=True)
class Draft:
    """An event before it is placed: what a client or a service wants to say."""

    type: EventType
    message: str = ""
    task_id: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    event_id: str | None = None
    reported_ms: int | None = None


class OpenSession:
    """One session inside one `change()`. Appends, moves, and at `save` announces it once."""

    def __init__(self, changed: Change, session: Session) -> None:
        placed = TimelineEvent.objects.filter(session=session).order_by("-position")
        position, self._last_ms = placed.values_list("position", "at").first() or (-1, 0)
        self.changed = changed
        self.session = session
        self._next = position + 1
        self._appended: dict[str, dict[str, Any]] = {}
        self._stored: dict[str, dict[str, Any] | None] = {}
        self._newest: dict[str, Any] | None = None
        self._transitions: list[Transition] = []
        self._more_than_timeline = False

    def append(self, draft: Draft, **more: Any) -> dict[str, Any]:
        """Place an event after the last, `more` in its metadata; a repeat returns the first."""
        known = self._event_with(draft.event_id)
        if known is not None:
            self._newest = None
            return known
        now = now_ms()
        at = rules.placed_time(draft.reported_ms, last_ms=self._last_ms, now_ms=now)
        metadata = {**draft.metadata, **{k: v for k, v in more.items() if v is not None}}
        if draft.reported_ms is not None and draft.reported_ms != at:
            metadata["reportedAt"] = draft.reported_ms
        event: dict[str, Any] = {"id": draft.event_id or new_id("evt")}
        event |= {"type": draft.type.value, "timestamp": at}
        event |= {"message": draft.message} if draft.message else {}
        event |= {"taskId": draft.task_id} if draft.task_id else {}
        event |= {"metadata": metadata} if metadata else {}
        self._last_ms = at
        self._appended[event["id"]] = self._newest = event
        return event

    def _event_with(self, event_id: str | None) -> dict[str, Any] | None:
        if event_id is None:
            return None
        if event_id in self._appended:
            return self._appended[event_id]
        if event_id not in self._stored:
            self.look_up([event_id])
        return self._stored[event_id]

    def look_up(self, event_ids: Sequence[str]) -> None:
        """Read in one query which events of these ids there are already."""
        rows = TimelineEvent.objects.filter(session=self.session, event_id__in=event_ids)
        self._stored |= {**dict.fromkeys(event_ids), **dict(rows.values_list("event_id", "body"))}

    def is_new(self, event: Mapping[str, Any]) -> bool:
        """Whether the last `append` placed this event, and did not know it already."""
        return event is self._newest

    def _now(self) -> int:
        """The system's clock may have stepped back: nothing ends before it began."""
        return max(now_ms(), self._last_ms, self.session.started_at or 0)

    def note(self, what: str, by: Actor, **more: str) -> None:
        """Keep a moment that the charts show beside the status, `more` of it with it."""
        self._keep({"at": self._now(), "what": what, "by": by.role.value, **more})

    def move(self, to: Status, *, by: Actor, why: str = "") -> None:
        """Change the status by the table, or do nothing where it is that already."""
        current = self.session.state
        if current is to:
            return
        rules.check_move(current, to)
        self.became(to, by=by, why=why, came_from=current)

    def became(self, to: Status, *, by: Actor, why: str, came_from: Status | None) -> None:
        at = self._now()
        self._keep({"at": at, "from": came_from, "to": to.value, "by": by.role.value, "why": why})
        self.session.status = to
        self.session.as_found.pop("status", None)
        if to in (Status.IDLE, Status.WORKING) and self.session.started_at is None:
            self.session.started_at = at
        if to in FINAL:
            self.session.completed_at = at

    def _keep(self, body: dict[str, Any]) -> None:
        self._transitions.append(Transition(session=self.session, body=body))
        self._more_than_timeline = True

    def wait_for_person(self, message: str, event_id: str | None, by: Actor) -> None:
        self.session.needs_input = {
            "active": True,
            "since": self._now(),
            "message": message,
            "eventId": event_id,
        }
        self.note("waiting began", by)
        payload = {
            "sessionId": self.session.pk,
            "projectId": self.session.project_id,
            "message": message,
            **({"eventId": event_id} if event_id else {}),
        }
        self.changed.record("notify:needs_input", payload, **self._ids())

    def stop_waiting(self, by: Actor) -> None:
        if self.session.needs_input is None:
            return
        self.session.needs_input = None
        self.session.as_found.pop("status", None)
        self.note("waiting ended", by)

    def changed_itself(self) -> None:
        """More than its timeline changed: announce the session as well."""
        self._more_than_timeline = True

    def save(self, event_type: str = "session:updated", *, announced: bool = True) -> None:
        """Write rows, mark the document, and record what happened; nothing where nothing did.

        Asking is a sign of life, too, but told once a minute: whoever waits asks at all news.
        """
        session = self.session
        if event_type == "session:updated" and not (self._appended or self._more_than_timeline):
            if now_ms() - session.last_activity < SIGN_OF_LIFE_EVERY_MS:
                return
            self.changed_itself()
        session.updated_at = session.last_activity = max(now_ms(), session.created_at)
        session.save()
        insert_timeline(session.pk, self._next, self._appended.values())
        self._next += len(self._appended)
        self._save_transitions()
        self.changed.touch("session", session.pk)
        if self._appended:
            self._announce_events()
        if announced and (self._more_than_timeline or event_type != "session:updated"):
            self.changed.record(event_type, wire_document(session, whole=False), **self._ids())
        self._appended, self._more_than_timeline = {}, False

    def _save_transitions(self) -> None:
        if not self._transitions:
            return
        first = Transition.objects.filter(session=self.session).count()
        for offset, row in enumerate(self._transitions):
            row.position = first + offset
        Transition.objects.bulk_create(self._transitions)
        self._transitions = []

    def _announce_events(self) -> None:
        payload = {
            "sessionId": self.session.pk,
            "status": self.session.status,
            "lastActivity": self.session.last_activity,
        }
        self.changed.extend(
            "session:timeline", payload, events=list(self._appended.values()), **self._ids()
        )

    def _ids(self) -> dict[str, str]:
        return {"session_id": self.session.pk, "project_id": self.session.project_id}


def open_session(changed: Change, session_id: str) -> OpenSession:
    """For services, inside their own change(). Raises NotFound."""
    return OpenSession(changed, session_by_id(session_id))


def report(opened: OpenSession, draft: Draft, *, by: Actor, moves_tasks: bool) -> dict[str, Any]:
    """Append an event and let it take effect, once.

    `moves_tasks` is false for events posted to a queue session: there only the queue's own
    routes and the session's end open or close attempts.
    """
    draft = _with_message(opened, draft)
    if opened.session.state in FINAL:
        return opened.append(draft, late=True)
    link = _link(opened, draft) if moves_tasks else None
    if draft.type in rules.TASK_STATUS_AFTER and link is not None:
        event = _report_on_task(opened, draft, link, by)
    else:
        event = opened.append(draft)
    if opened.is_new(event):
        _apply_to_session(opened, draft, event, by)
    return event


def _with_message(opened: OpenSession, draft: Draft) -> Draft:
    """A task event without words says what happened to which task, as the seed's do."""
    if draft.message or draft.type not in rules.DEFAULT_MESSAGES:
        return draft
    in_project = Task.objects.filter(project_id=opened.session.project_id, pk=draft.task_id)
    title = in_project.values_list("title", flat=True).first()
    said = rules.DEFAULT_MESSAGES[draft.type]
    return replace(draft, message=f"{said}: {title}" if title else said)


def _link(opened: OpenSession, draft: Draft) -> TaskSession | None:
    if draft.task_id is None:
        return None
    return links_in(opened.session.pk).filter(task_id=draft.task_id).first()


def _report_on_task(
    opened: OpenSession, draft: Draft, link: TaskSession, by: Actor
) -> dict[str, Any]:
    if draft.type is EventType.TASK_STARTED:
        event = opened.append(draft)
        if opened.is_new(event) and link.attempt_started_at is None:
            link.attempt_started_at = event["timestamp"]
            _set_link(opened, link, SessionStatusOfTask.WORKING)
    else:
        event = _end_attempt(opened, draft, link)
    if opened.is_new(event):
        _follow_tasks(opened, draft, by)
    return event


def _end_attempt(opened: OpenSession, draft: Draft, link: TaskSession) -> dict[str, Any]:
    at = rules.placed_time(draft.reported_ms, last_ms=opened._last_ms, now_ms=now_ms())
    ending = rules.ending(
        draft.type, at, attempt_started_at=link.attempt_started_at, status=link.status
    )
    if ending is None:
        return opened.append(draft)
    given = "duration" in draft.metadata
    event = opened.append(draft, duration=None if given else ending.duration_ms)
    if opened.is_new(event):
        link.attempt_started_at = None
        _set_link(opened, link, ending.status)
    return event


def _set_link(opened: OpenSession, link: TaskSession, status: SessionStatusOfTask) -> None:
    link.status = status
    link.save()
    task = Task.objects.filter(pk=link.task_id).first()
    if task is not None:
        note_session_status(opened.changed, task, status)


def _follow_tasks(opened: OpenSession, draft: Draft, by: Actor) -> None:
    links = list(links_in(opened.session.pk).values_list("attempt_started_at", "status"))
    to = rules.status_after_task_event(
        opened.session.state,
        open_attempts=sum(began is not None for began, _ in links),
        unfinished=sum(status not in ENDED for _, status in links),
    )
    registering = opened.session.state is Status.SPAWNING and to is Status.WORKING
    opened.move(to, by=by, why=f"{draft.type.value} {draft.task_id}")
    if registering:
        opened.note("registered", by)


def links_in(session_id: str) -> QuerySet[TaskSession]:
    return TaskSession.objects.filter(session_id=session_id, place_in_session__isnull=False)


def links_of_session(session_id: str) -> list[TaskSession]:
    return list(links_in(session_id).order_by("place_in_session"))


def _apply_to_session(
    opened: OpenSession, draft: Draft, event: Mapping[str, Any], by: Actor
) -> None:
    if draft.type is EventType.NEEDS_INPUT:
        question = str(draft.metadata.get("question") or draft.message)
        opened.wait_for_person(question, event["id"], by)
    elif draft.type in rules.CLEARS_NEEDS_INPUT:
        opened.stop_waiting(by)
    if draft.type is EventType.PROGRESS and opened.session.strategy != Strategy.QUEUE:
        fraction = rules.fraction_of(event.get("metadata", {}))
        if fraction is not None:
            opened.session.progress = fraction


def end(opened: OpenSession, to: Status, *, by: Actor, why: str = "") -> None:
    """Make the session final: its unfinished tasks, its last event, and the news of it.

    Records session:timeline (session_stopped), notify:session_failed or notify:session_completed.
    """
    session = opened.session
    opened.move(to, by=by, why=why)
    opened.stop_waiting(by)
    unfinished = _close_tasks(opened)
    stopped = Draft(EventType.SESSION_STOPPED, rules.stop_message(to, why, by.role.value))
    opened.append(stopped, unfinished=unfinished or None)
    signals.session_ended.send(Session, session=session, changed=opened.changed)
    _tell_parent(opened)
    if to in (Status.FAILED, Status.COMPLETED):
        payload = {
            "sessionId": session.pk,
            "projectId": session.project_id,
            "message": why or stopped.message,
        }
        opened.changed.record(
            f"notify:session_{to.value}",
            payload,
            session_id=session.pk,
            project_id=session.project_id,
        )


def _tell_parent(opened: OpenSession) -> None:
    """The server's progress on the session that spawned this one: "2/3 workers done"."""
    parent = Session.objects.filter(pk=opened.session.parent_id).first()
    if parent is None or parent.state in FINAL or parent.pk == opened.session.pk:
        return
    children = Session.objects.filter(parent=parent)
    total = children.count()
    done = children.filter(status__in=FINAL).exclude(pk=opened.session.pk).count() + 1
    counted = {
        "done": done,
        "total": total,
        "progress": done / total,
        "childSessionId": opened.session.pk,
    }
    above = OpenSession(opened.changed, parent)
    above.append(Draft(EventType.PROGRESS, f"{done}/{total} workers done", metadata=counted))
    parent.progress = done / total
    above.save()


def _close_tasks(opened: OpenSession) -> list[str]:
    """What was working has failed, what was queued is skipped; the ids of what did not end."""
    unfinished = [link for link in links_of_session(opened.session.pk) if link.status not in ENDED]
    for link in unfinished:
        link.attempt_started_at = None
        if link.status in (SessionStatusOfTask.WORKING, SessionStatusOfTask.NEEDS_INPUT):
            _set_link(opened, link, SessionStatusOfTask.FAILED)
        elif link.status == SessionStatusOfTask.QUEUED:
            _set_link(opened, link, SessionStatusOfTask.SKIPPED)
        else:
            link.save()
    return [link.task_id for link in unfinished]
