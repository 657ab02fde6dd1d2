"""Spawning, stopping and deleting: what touches a session's records and its process together."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from access_app.actors import LAUNCHER, Actor
from agents_app import hosts
from agents_app.environment import keep_secrets, session_variables
from agents_app.manifests import manifest_of, manifest_path, write_manifests
from agents_app.models import Launch, LaunchState
from agents_app.outcomes import launch_failed
from agents_app.rules import (
    HasContents,
    HasLiveSessions,
    NotFinal,
    NothingToResume,
    ParentNotActive,
    SecretsNeeded,
    SpawnLimit,
    SpawnSource,
)
from agents_app.selectors import agent_names, agents_problem
from core.clock import now_ms
from core.errors import BadInput, ParentSessionNotFound, StorageUnavailable
from core.ids import new_id
from core.secrecy import divide
from core.sqlite import after_turn
from projects_app.models import Project
from projects_app.selectors import named_project, project_by_id
from projects_app.services import remove_project
from queues_app.services import create_with_queue, remove_queue
from sessions_app.documents import task_ids_of, wire_document
from sessions_app.ending import end_session, remove_session, stop_tree
from sessions_app.models import Session
from sessions_app.rules import (
    LIVE,
    SessionRole,
    Status,
    Strategy,
)
from sessions_app.selectors import ancestors_of, session_by_id
from sessions_app.services import NewSession
from sessions_app.timeline import links_of_session, open_session
from storage_app.changes import Change, change
from storage_app.tree import session_folder
from storage_app.writer import write_now
from tasks_app.models import Task
from tasks_app.rules import SessionStatusOfTask
from tasks_app.selectors import named_tasks
from tasks_app.services import remove_task


@dataclass(frozen=True)
class Spawn:
    """What the four doors ask for."""

    project_id: str
    task_ids: Sequence[str]
    role: SessionRole = SessionRole.WORKER
    strategy: Strategy = Strategy.SIMPLE
    orchestrator_strategy: str | None = None
    source: SpawnSource = SpawnSource.UI
    parent_id: str | None = None
    name: str = ""
    skills: Sequence[str] = ()
    context: Mapping[str, Any] = field(default_factory=dict)
    agent: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    keep_open: bool = False
    resumed_from: str | None = None


@dataclass(frozen=True)
class Spawned:
    session: Session
    manifest_path: Path


def spawn_session(wanted: Spawn, *, by: Actor) -> Spawned:
    """Create the session with its queue and manifest, and put it in the line for a process.

    Its files and manifest are on disk when this returns. Raises ProjectNotFound, TaskNotFound,
    ParentSessionNotFound, ParentNotActive, SpawnLimit, BadInput (unknown agent). Writes
    session_started; records session:spawn.
    """
    stored_env, secrets = divide(wanted.env)
    with change() as changed:
        project = named_project(wanted.project_id)
        named_tasks(wanted.task_ids)
        if wanted.source is SpawnSource.SESSION:
            _check_parent(str(wanted.parent_id))
        agent = _agent_for(wanted, project)
        new = _new_session(wanted, agent, stored_env)
        session = create_with_queue(
            new, by=by, keep_open=wanted.keep_open, event_type="session:spawn", announced=False
        )
        keep_secrets(session.pk, secrets)
        _put_in_line(session)
        _announce_spawn(changed, session, wanted)
        # Before anybody is woken, and only for what was really committed.
        transaction.on_commit(partial(after_turn, partial(_write_files, session)))
    return Spawned(session, manifest_path(session.pk))


def _write_files(session: Session) -> None:
    """What an agent reads at its start; a session without it cannot begin."""
    write_now(("session", session.pk), ("queue", f"que_{session.pk}"))
    try:
        write_manifests(session)
    except OSError as error:
        reason = error.strerror or str(error)
        # With nothing writable, the launcher tries again when it is this session's turn.
        with suppress(StorageUnavailable):
            launch_failed(session.pk, f"The manifest could not be written: {reason}.")


def _agent_for(wanted: Spawn, project: Project) -> str:
    agent = wanted.agent or project.agent or settings.MAESTRO_AGENT
    if agent and agent not in agent_names():
        known = f"{agent} is no agent here: {', '.join(agent_names())}."
        raise BadInput({"agent": [word for word in (known, agents_problem()) if word]})
    return agent


def _check_parent(parent_id: str) -> None:
    parent = Session.objects.filter(pk=parent_id).first()
    if parent is None:
        raise ParentSessionNotFound(f"There is no session {parent_id} to spawn from.")
    if parent.state not in (Status.IDLE, Status.WORKING):
        raise ParentNotActive(
            f"{parent.name} is {parent.status}; only an idle or working session spawns.",
            {"status": parent.status},
        )
    live = parent.children.filter(status__in=LIVE).count()
    depth = len(ancestors_of(parent)) + 1
    if depth >= settings.MAESTRO_MAX_DEPTH or live >= settings.MAESTRO_MAX_CHILDREN:
        raise SpawnLimit(
            f"{parent.name} may not spawn more: {settings.MAESTRO_MAX_DEPTH} levels and "
            f"{settings.MAESTRO_MAX_CHILDREN} live children are the limit.",
            {"depth": depth, "liveChildren": live},
        )


def _new_session(wanted: Spawn, agent: str, env: Mapping[str, str]) -> NewSession:
    session_id = new_id("ses")
    variables = session_variables(
        session_id,
        wanted.project_id,
        list(wanted.task_ids),
        role=wanted.role,
        strategy=wanted.strategy,
    )
    parent_id = wanted.parent_id if wanted.source is SpawnSource.SESSION else None
    metadata: dict[str, Any] = {
        "skills": list(wanted.skills) or [f"maestro-{wanted.role.value}"],
        "spawnedBy": parent_id,
        "spawnSource": wanted.source.value,
        "role": wanted.role.value,
        "strategy": wanted.strategy.value,
        **({"context": dict(wanted.context)} if wanted.context else {}),
    }
    secret_names = sorted(divide(wanted.env)[1])
    more = {
        "orchestratorStrategy": wanted.orchestrator_strategy,
        "resumedFrom": wanted.resumed_from,
        "secretNames": secret_names,
    }
    metadata |= {key: value for key, value in more.items() if value}
    return NewSession(
        session_id=session_id,
        project_id=wanted.project_id,
        task_ids=wanted.task_ids,
        name=wanted.name,
        strategy=wanted.strategy,
        role=wanted.role,
        parent_id=parent_id,
        env={**env, **variables},
        metadata=metadata,
        agent=agent,
    )


def _put_in_line(session: Session) -> None:
    state = LaunchState.WAITING if session.agent else LaunchState.EXTERNAL
    Launch.objects.create(session=session, state=state, created_at=now_ms())


def _announce_spawn(changed: Change, session: Session, wanted: Spawn) -> None:
    opened = open_session(changed, session.pk)
    opened.note("manifest written", LAUNCHER)
    opened.save(announced=False)
    session = opened.session
    manifest = manifest_of(session)
    payload = {
        "session": wire_document(session),
        "command": f"maestro {session.role} init",
        "cwd": manifest["session"]["workingDirectory"],
        "envVars": session.env,
        "manifest": manifest,
        "projectId": session.project_id,
        "taskIds": task_ids_of(session.pk),
        "spawnSource": wanted.source.value,
        "parentSessionId": session.parent_id,
        "_isSpawnCreated": True,
    }
    changed.record("session:spawn", payload, session_id=session.pk, project_id=session.project_id)


def resume_session(session_id: str, *, env: Mapping[str, str], by: Actor) -> Spawned:
    """A successor of a final session, on what it did not complete.

    Raises NotFinal, NothingToResume, SecretsNeeded. Records session:spawn.
    """
    with change():
        session = session_by_id(session_id)
        if session.state in LIVE:
            raise NotFinal(f"{session.name} is {session.status}; it goes on by itself.")
        task_ids = _not_completed(session)
        if not task_ids:
            raise NothingToResume(f"Every task of {session.name} is completed.")
        missing = sorted(set(session.metadata.get("secretNames") or ()) - set(env))
        if missing:
            raise SecretsNeeded(
                f"Give {', '.join(missing)} again in env: secrets are not kept.",
                {"names": missing},
            )
        return spawn_session(_successor(session, task_ids, env), by=by)


def _not_completed(session: Session) -> list[str]:
    open_ids = [
        link.task_id
        for link in links_of_session(session.pk)
        if link.status != SessionStatusOfTask.COMPLETED
    ]
    known = set(Task.objects.filter(pk__in=open_ids).values_list("pk", flat=True))
    return [task_id for task_id in open_ids if task_id in known]


def _successor(session: Session, task_ids: list[str], env: Mapping[str, str]) -> Spawn:
    parent = Session.objects.filter(pk=session.parent_id).first()
    under_parent = parent is not None and parent.state in (Status.IDLE, Status.WORKING)
    own = session_variables(session.pk, "", [], role="", strategy="")
    kept = {name: value for name, value in session.env.items() if name not in own}
    return Spawn(
        project_id=session.project_id,
        task_ids=task_ids,
        role=SessionRole(session.role),
        strategy=Strategy(session.strategy),
        orchestrator_strategy=session.metadata.get("orchestratorStrategy"),
        source=SpawnSource.SESSION if under_parent else SpawnSource.UI,
        parent_id=session.parent_id if under_parent else None,
        name=session.name,
        skills=session.metadata.get("skills") or (),
        context=session.metadata.get("context") or {},
        agent=session.agent,
        env={**kept, **env},
        resumed_from=session.pk,
    )


def stop_session(
    session_id: str, *, by: Actor, reason: str = "", cascade: bool = False
) -> list[str]:
    """Stop a session, with `cascade` all below it; the launcher then ends their processes."""
    return stop_tree(session_id, by=by, reason=reason, cascade=cascade)


def stop_all(*, by: Actor, reason: str = "") -> list[str]:
    """Stop every live session, children before parents, in one operation."""
    stopped: list[str] = []
    with change():
        roots = Session.objects.filter(status__in=LIVE).order_by("created_at")
        for session in roots:
            if session.pk not in stopped:
                stopped += stop_tree(session.pk, by=by, reason=reason, cascade=True)
    return stopped


def delete_session(session_id: str, *, by: Actor) -> None:
    """End it if it lives, end its process, forget its records. Records session:deleted."""
    with change() as changed:
        session = session_by_id(session_id)
        if session.state in LIVE:
            session = end_session(session_id, Status.STOPPED, by=by, why="deleted")
        remove_queue(changed, session_id)
        remove_session(changed, session)
        end_process_of(session_id)


def end_process_of(session_id: str) -> None:
    """Of a session that is forgotten, once that is committed; its folder stays as it is."""
    folder = session_folder(session_id)

    def stop() -> None:
        hosts.request_stop(folder)

    transaction.on_commit(partial(after_turn, stop))


def delete_project(project_id: str, *, cascade: bool) -> None:
    """With `cascade` its tasks, sessions and queues go with it.

    Raises HasLiveSessions, and without `cascade` HasContents.
    """
    with change() as changed:
        project = project_by_id(project_id)
        live = list(project.sessions.filter(status__in=LIVE).values_list("pk", flat=True))
        if live:
            raise HasLiveSessions(
                f"{project.name} has sessions that run: {', '.join(live)}. Stop them first.",
                {"sessionIds": live},
            )
        if cascade:
            _remove_contents(changed, project)
        else:
            _check_empty(project)
        remove_project(changed, project)


def _check_empty(project: Project) -> None:
    held = {"tasks": project.tasks.count(), "sessions": project.sessions.count()}
    if any(held.values()):
        raise HasContents(
            f"{project.name} has {held['tasks']} tasks and {held['sessions']} sessions. Delete "
            "those first, or use ?cascade=true to delete all.",
            held,
        )


def _remove_contents(changed: Change, project: Project) -> None:
    for session in project.sessions.all():
        remove_queue(changed, session.pk)
        remove_session(changed, session)
    for task in Task.objects.filter(project_id=project.pk):
        remove_task(changed, task)
