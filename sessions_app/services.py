"""Writing sessions."""

import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from access_app.actors import AGENT, Actor, Role
from core.clock import now_ms
from core.errors import BadInput, Conflict, Forbidden, TaskNotFound
from core.ids import check_id, new_id
from core.secrecy import divide
from projects_app.selectors import named_project
from sessions_app import rules, signals
from sessions_app.appending import append_drafts, append_raw
from sessions_app.documents import task_ids_of
from sessions_app.models import Session
from sessions_app.permissions import WORDS as DECIDED
from sessions_app.permissions import decision_named, is_permission, permission_in
from sessions_app.recent import event_of
from sessions_app.rules import (
    FINAL,
    LIVE,
    NEEDS_USER_INPUT,
    RUNNING,
    EventType,
    SessionRole,
    Status,
    Strategy,
)
from sessions_app.selectors import chain_above
from sessions_app.timeline import (
    Draft,
    OpenSession,
    end,
    links_of_session,
    open_session,
    report,
)
from storage_app.changes import change
from tasks_app.models import Task
from tasks_app.rules import Cycle, SessionStatusOfTask
from tasks_app.selectors import named_tasks
from tasks_app.services import link_session, note_session_status, unlink_session

# What the wire shows as parentSessionId and role: it is decided when the session is made.
FIXED_METADATA = ("spawnedBy", "role")


@dataclass(frozen=True)
class NewSession:
    """What a session is made of; `env` may not hold secrets any more."""

    project_id: str
    task_ids: Sequence[str] = ()
    name: str = ""
    status: Status = Status.SPAWNING
    strategy: Strategy = Strategy.SIMPLE
    role: SessionRole = SessionRole.WORKER
    parent_id: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    agent: str = ""
    agent_id: str = ""
    session_id: str | None = None


class SessionExists(Conflict):
    code = "session_exists"


class AlreadyAnswered(Conflict):
    code = "already_answered"


def create_session(
    new: NewSession, *, by: Actor, event_type: str = "session:created", announced: bool = True
) -> Session:
    """Raises ProjectNotFound, TaskNotFound, SessionExists, Cycle.

    Writes session_started; records task:session_added for each task and `event_type`, unless the
    caller announces the session itself.
    """
    with change() as changed:
        named_project(new.project_id)
        named_tasks(new.task_ids)
        opened = OpenSession(changed, _new_row(new))
        opened.session.save(force_insert=True)
        opened.became(new.status, by=by, why="", came_from=None)
        opened.append(Draft(EventType.SESSION_STARTED, "Session created"))
        link_session(changed, opened.session.pk, list(dict.fromkeys(new.task_ids)))
        opened.save(event_type, announced=announced)
    return opened.session


def _new_row(new: NewSession) -> Session:
    session_id = check_id(new.session_id) if new.session_id else new_id("ses")
    if Session.objects.filter(pk=session_id).exists():
        raise SessionExists(f"There is a session {session_id} already.", {"id": session_id})
    if session_id in chain_above(new.parent_id):
        raise Cycle(f"{session_id} would be above itself.", {"id": session_id})
    now = now_ms()
    metadata = {**new.metadata}
    metadata.setdefault("spawnedBy", new.parent_id)
    metadata["role"] = new.role.value
    return Session(
        id=session_id,
        project_id=new.project_id,
        parent_id=new.parent_id,
        name=new.name or _name_from(new),
        status=new.status,
        strategy=new.strategy,
        role=new.role,
        env=divide(new.env)[0],
        metadata=metadata,
        agent=new.agent,
        agent_id=new.agent_id,
        hostname=socket.gethostname(),
        platform=sys.platform,
        created_at=now,
        updated_at=now,
        last_activity=now,
    )


def _name_from(new: NewSession) -> str:
    titles = list(Task.objects.filter(pk__in=new.task_ids[:1]).values_list("title", flat=True))
    if not titles:
        return f"{new.role.value.capitalize()} session"
    more = len(new.task_ids) - 1
    return f"{titles[0]} and {more} more" if more else titles[0]


@dataclass(frozen=True)
class SessionPatch:
    """What a PATCH asks for; None leaves a thing as it is."""

    status: str | None = None
    name: str | None = None
    task_ids: Sequence[str] | None = None
    env: Mapping[str, str] | None = None
    metadata: Mapping[str, Any] | None = None
    agent_id: str | None = None
    completed_at: int | None = None
    timeline: Sequence[Draft] = ()
    events: Sequence[Mapping[str, Any]] = ()


def patch_session(session_id: str, patch: SessionPatch, *, by: Actor) -> Session:
    """Apply a PATCH: columns, then appended entries, then the status.

    Raises SessionIsFinal, InvalidTransition, TaskNotFound. Records session:updated.
    """
    with change() as changed:
        opened = open_session(changed, session_id)
        if opened.session.state in FINAL and _says_again_that_it_ended(patch):
            return opened.session
        _set_columns(opened, patch)
        if patch.task_ids is not None:
            _set_tasks(opened, list(dict.fromkeys(patch.task_ids)))
        if patch.events:
            append_raw(opened, patch.events)
        append_drafts(opened, patch.timeline, by)
        if patch.status is not None:
            _ask_for_status(opened, patch.status, by)
        opened.changed_itself()
        opened.save()
    return opened.session


def _says_again_that_it_ended(patch: SessionPatch) -> bool:
    """Agents' exit hooks always do."""
    ended = patch.status in (*FINAL, NEEDS_USER_INPUT)
    return ended and patch == SessionPatch(status=patch.status)


def _set_columns(opened: OpenSession, patch: SessionPatch) -> None:
    session = opened.session
    session.name = patch.name if patch.name is not None else session.name
    session.agent_id = patch.agent_id if patch.agent_id is not None else session.agent_id
    if patch.env is not None:
        session.env = divide(patch.env)[0]
    if patch.metadata is not None:
        wanted = {k: v for k, v in patch.metadata.items() if k not in FIXED_METADATA}
        session.metadata = {**session.metadata, **wanted}
    if patch.completed_at is not None and session.state in FINAL:
        session.completed_at = patch.completed_at


def _set_tasks(opened: OpenSession, task_ids: list[str]) -> None:
    before = task_ids_of(opened.session.pk)
    added = [task_id for task_id in task_ids if task_id not in before]
    removed = [task_id for task_id in before if task_id not in task_ids]
    if added and opened.session.state in FINAL:
        rules.raise_final(opened.session.state)
    if added:
        _add_tasks(opened, added)
    if removed:
        _remove_tasks(opened, removed)


def _add_tasks(opened: OpenSession, task_ids: list[str]) -> None:
    link_session(opened.changed, opened.session.pk, task_ids)
    _announce_tasks(opened, "session:task_added", added=task_ids, removed=[])


def _remove_tasks(opened: OpenSession, task_ids: list[str]) -> None:
    _check_not_in_process(opened.session, task_ids)
    unlink_session(opened.changed, opened.session.pk, task_ids)
    _announce_tasks(opened, "session:task_removed", added=[], removed=task_ids)


def _check_not_in_process(session: Session, task_ids: list[str]) -> None:
    open_attempts = [
        link.task_id
        for link in links_of_session(session.pk)
        if link.task_id in task_ids and link.attempt_started_at is not None
    ]
    if open_attempts and session.state in LIVE:
        raise rules.TaskInProcess(
            f"{session.name} works on {', '.join(open_attempts)}. Let it end, skip it, or stop "
            "the session first.",
            {"sessionId": session.pk, "taskIds": open_attempts},
        )


def _announce_tasks(
    opened: OpenSession, event_type: str, *, added: list[str], removed: list[str]
) -> None:
    session = opened.session
    for task_id in added or removed:
        opened.changed.record(
            event_type,
            {"sessionId": session.pk, "taskId": task_id},
            session_id=session.pk,
            task_id=task_id,
            project_id=session.project_id,
        )
    signals.session_tasks_changed.send(
        Session, session=session, added=added, removed=removed, changed=opened.changed
    )
    opened.changed_itself()


def add_task(session_id: str, task_id: str) -> Session:
    """Raises TaskNotFound. Records session:task_added, task:session_added, session:updated."""
    with change() as changed:
        opened = open_session(changed, session_id)
        if opened.session.state in FINAL:
            rules.raise_final(opened.session.state)
        if task_id not in task_ids_of(session_id):
            _add_tasks(opened, [task_id])
        opened.save()
    return opened.session


def remove_task(session_id: str, task_id: str) -> Session:
    """Raises TaskNotFound when the session has no such task, TaskInProcess while it works on it.

    Records session:task_removed.
    """
    with change() as changed:
        opened = open_session(changed, session_id)
        if task_id not in task_ids_of(session_id):
            raise TaskNotFound(f"{task_id} is no task of this session.", {"taskIds": [task_id]})
        _remove_tasks(opened, [task_id])
        opened.save()
    return opened.session


def _ask_for_status(opened: OpenSession, word: str, by: Actor) -> None:
    """A client's wish for a status, in its words. A final session shrugs at another ending."""
    current = opened.session.state
    if word == NEEDS_USER_INPUT:
        if current in LIVE and opened.session.needs_input is None:
            opened.wait_for_person("", None, by)
        return
    to = rules.understood(word, current)
    if current in FINAL and to in FINAL:
        return
    registers = current is Status.SPAWNING and to in (Status.IDLE, Status.WORKING)
    by = AGENT if registers and by.role is Role.USER else by
    if to in FINAL and to is not current:
        rules.check_move(current, to)
        end(opened, to, by=by)
        return
    opened.move(to, by=by)
    if registers:
        opened.note("registered", by)
    if word in (Status.WORKING, RUNNING):
        opened.stop_waiting(by)


@dataclass(frozen=True)
class Words:
    """What a person answers: words, an option of the question's, or a decision with or without
    words."""

    text: str = ""
    option: str | None = None
    decision: str | None = None


def answer(session_id: str, words: Words, *, event_id: str | None, by: Actor) -> dict[str, Any]:
    """Answer the session's open question: a progress event that names it.

    Without `event_id` the open question is meant. Raises AlreadyAnswered, BadInput (no words, or no
    decision where one is asked for), SessionIsFinal. Records session:timeline and session:updated.
    """
    with change() as changed:
        opened = open_session(changed, session_id)
        if opened.session.state in FINAL:
            rules.raise_final(opened.session.state)
        asked = (opened.session.needs_input or {}).get("eventId")
        if opened.session.needs_input is None or (event_id and event_id != asked):
            raise AlreadyAnswered(
                "This question is answered already, or no longer asked.", {"eventId": event_id}
            )
        question = event_of(session_id, asked)
        draft = _decide(opened, question, words, by) if is_permission(question) else None
        draft = draft or _answer_to(asked, words)
        event = report(opened, draft, by=by, moves_tasks=False)
        opened.save()
    return event


def _answer_to(asked: str | None, words: Words) -> Draft:
    said = words.option or words.text or words.decision or ""
    if not said.strip():
        raise BadInput({"text": ["Say something, or choose an option."]})
    metadata = {"answer": said, "answerTo": asked}
    return Draft(EventType.PROGRESS, f"Answered: {said}", metadata=metadata)


def _decide(opened: OpenSession, question: Any, words: Words, by: Actor) -> Draft:
    """A person's decision, kept where no agent can write it. Raises Forbidden for an agent."""
    if by.is_agent:
        raise Forbidden("A session may not decide what itself asks for; a person does.")
    decision = decision_named(words.decision or words.option)
    if decision is None:
        raise BadInput({"decision": ["This question is decided: approve or deny."]})
    asked, text = question["id"], words.text.strip()
    permission = permission_in(question)
    if permission is None or not permission.is_open:
        raise AlreadyAnswered(
            "The agent waits for this decision in its terminal now. Answer there.",
            {"eventId": asked},
        )
    said = DECIDED[decision]
    opened.note(said.lower(), by, eventId=asked, why=text)
    metadata = {"answer": decision, "answerTo": asked, **({"text": text} if text else {})}
    return Draft(EventType.PROGRESS, f"{said}: {text}" if text else said, metadata=metadata)


def note_on_session(session_id: str, what: str, *, by: Actor) -> None:
    """Keep a moment that the charts show, such as `terminal spawned`."""
    with change() as changed:
        opened = open_session(changed, session_id)
        opened.note(what, by)
        opened.save()


def set_task_session_status(
    task_id: str, session_id: str, status: SessionStatusOfTask, *, by: Actor
) -> None:
    """One session's word on one task. Working writes task_started where no attempt is open.

    Raises NotFound, TaskNotFound.
    """
    with change() as changed:
        opened = open_session(changed, session_id)
        links = {link.task_id: link for link in links_of_session(session_id)}
        link = links.get(task_id)
        if link is None:
            raise TaskNotFound(f"{task_id} is no task of {session_id}.", {"taskIds": [task_id]})
        (task,) = named_tasks([task_id])  # a session keeps the ids of tasks that were deleted
        if opened.session.state in FINAL:
            rules.raise_final(opened.session.state)
        simple = opened.session.strategy != Strategy.QUEUE
        if simple and status is SessionStatusOfTask.WORKING and link.attempt_started_at is None:
            report(opened, Draft(EventType.TASK_STARTED, task_id=task_id), by=by, moves_tasks=True)
        else:
            link.status = status
            link.save()
            note_session_status(changed, task, status)
        opened.save()
