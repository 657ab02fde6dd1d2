"""Spawning: one transaction, files before the answer, limits."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from access_app.actors import AGENT, USER
from agents_app.environment import process_environment
from agents_app.models import Launch
from agents_app.rules import ParentNotActive, SpawnLimit, SpawnSource
from agents_app.services import Spawn, spawn_session
from core.errors import BadInput, ParentSessionNotFound, ProjectNotFound, TaskNotFound
from events_app.models import LogEntry
from queues_app.models import Queue
from sessions_app.models import Session
from sessions_app.rules import SessionRole, Status, Strategy
from sessions_app.services import SessionPatch, patch_session
from tasks_app.models import Task
from tests.records import log_types, make_session, make_tasks, types_of

pytestmark = pytest.mark.usefixtures("records")


def spawn(tasks: Sequence[Task], **more: Any) -> Session:
    wanted = Spawn(tasks[0].project_id, [task.pk for task in tasks], **more)
    return spawn_session(wanted, by=USER).session


def child_of(parent: Session, tasks: Sequence[Task]) -> Session:
    return spawn(tasks, source=SpawnSource.SESSION, parent_id=parent.pk)


def test_a_spawned_session_waits_for_its_agent() -> None:
    tasks = make_tasks("One", "Two")
    session = Session.objects.get(pk=spawn(tasks, agent="shell").pk)
    assert (session.state, session.name, session.agent) == (
        Status.SPAWNING,
        "One and 1 more",
        "shell",
    )
    assert types_of(session.pk) == ["session_started"]
    assert Launch.objects.get(session=session).state == "waiting"
    assert session.metadata == {
        "skills": ["maestro-worker"],
        "spawnedBy": None,
        "spawnSource": "ui",
        "role": "worker",
        "strategy": "simple",
    }


def test_without_an_agent_whoever_listens_starts_it() -> None:
    session = spawn(make_tasks("One"))
    assert Launch.objects.get(session=session).state == "external"


def test_it_is_announced_by_one_spawn_and_no_created() -> None:
    tasks = make_tasks("One")
    session = spawn(tasks, role=SessionRole.ORCHESTRATOR)
    assert log_types().count("session:spawn") == 1
    assert "session:created" not in log_types()
    payload = LogEntry.objects.get(type="session:spawn").payload
    assert set(payload) == {
        "session",
        "command",
        "cwd",
        "envVars",
        "manifest",
        "projectId",
        "taskIds",
        "spawnSource",
        "parentSessionId",
        "_isSpawnCreated",
    }
    assert payload["command"] == "maestro orchestrator init"
    assert payload["cwd"] == "/srv/project"
    assert payload["session"]["id"] == session.pk


def test_its_files_and_manifest_are_on_disk_when_it_returns(data_dir: Path) -> None:
    tasks = make_tasks("One")
    wanted = Spawn(tasks[0].project_id, [tasks[0].pk], strategy=Strategy.QUEUE)
    spawned = spawn_session(wanted, by=USER)
    session_id = spawned.session.pk
    assert (data_dir / "sessions" / f"{session_id}.json").exists()
    assert (data_dir / "queues" / f"que_{session_id}.json").exists()
    assert Queue.objects.filter(session_id=session_id).exists()
    assert spawned.manifest_path == data_dir / "sessions" / session_id / "manifest.json"
    assert "One" in spawned.manifest_path.with_suffix(".md").read_text()


def test_the_manifest_has_the_seeds_keys_and_no_more(data_dir: Path) -> None:
    tasks = make_tasks("One", description="Do it", priority="high")
    wanted = Spawn(
        tasks[0].project_id,
        [tasks[0].pk],
        role=SessionRole.ORCHESTRATOR,
        orchestrator_strategy="dag",
        context={"model": "opus", "x": 1},
        skills=["a"],
    )
    manifest = json.loads(spawn_session(wanted, by=USER).manifest_path.read_text())
    created_at = manifest["tasks"][0].pop("createdAt")
    assert created_at.endswith("Z")
    assert manifest == {
        "manifestVersion": "1.0",
        "role": "orchestrator",
        "strategy": "simple",
        "orchestratorStrategy": "dag",
        "tasks": [
            {
                "id": tasks[0].pk,
                "title": "One",
                "description": "Do it",
                "acceptanceCriteria": ["Task completion as described"],
                "dependencies": [],
                "priority": "high",
                "parentId": None,
                "projectId": tasks[0].project_id,
            }
        ],
        "session": {
            "model": "opus",
            "permissionMode": "acceptEdits",
            "thinkingMode": "auto",
            "workingDirectory": "/srv/project",
        },
        "context": {"custom": {"model": "opus", "x": 1}},
        "skills": ["a"],
    }


def test_secrets_reach_the_process_and_no_row_file_or_log(data_dir: Path) -> None:
    tasks = make_tasks("One")
    session = spawn(tasks, env={"MY_API_KEY": "hush-hush", "COLOR": "red"})
    kept = " ".join(path.read_text() for path in data_dir.rglob("*.*") if path.is_file())
    logged = " ".join(str(entry.payload) for entry in LogEntry.objects.all())
    assert "hush-hush" not in kept + logged + str(Session.objects.get().env)
    found = process_environment(Session.objects.get(pk=session.pk))
    assert (found["MY_API_KEY"], found["COLOR"]) == ("hush-hush", "red")
    assert found["MAESTRO_TOKEN"] not in kept + logged


def test_a_process_is_told_its_session() -> None:
    tasks = make_tasks("One", "Two")
    env = Session.objects.get(pk=spawn(tasks).pk).env
    assert env["MAESTRO_TASK_IDS"] == f"{tasks[0].pk},{tasks[1].pk}"
    assert env["MAESTRO_MANIFEST_PATH"].endswith("manifest.json")
    assert {"MAESTRO_SESSION_ID", "MAESTRO_PROJECT_ID", "MAESTRO_ROLE", "MAESTRO_STRATEGY"} <= set(
        env
    )
    assert {"MAESTRO_SERVER_URL", "MAESTRO_MANIFEST_MD", "PATH"} <= set(env)


def test_what_does_not_exist_is_named_and_nothing_is_created() -> None:
    (task,) = make_tasks("One")
    with pytest.raises(ProjectNotFound):
        spawn_session(Spawn("prj_none", [task.pk]), by=USER)
    with pytest.raises(TaskNotFound):
        spawn_session(Spawn(task.project_id, ["tsk_none"]), by=USER)
    with pytest.raises(ParentSessionNotFound):
        child_of(Session(pk="ses_none"), [task])
    with pytest.raises(BadInput, match="no agent here"):
        spawn([task], agent="nobody")
    assert Session.objects.count() == 0


@pytest.mark.parametrize("status", [Status.SPAWNING, Status.STOPPED])
def test_only_an_idle_or_working_parent_spawns(status: Status) -> None:
    tasks = make_tasks("One")
    parent = make_session(tasks, status=Status.SPAWNING)
    if status is Status.STOPPED:
        from sessions_app.ending import end_session

        end_session(parent.pk, status, by=AGENT)
    with pytest.raises(ParentNotActive):
        child_of(parent, tasks)


def test_a_child_knows_its_parent() -> None:
    tasks = make_tasks("One")
    parent = make_session(tasks)
    child = Session.objects.get(pk=child_of(parent, tasks).pk)
    assert (child.parent_id, child.metadata["spawnedBy"]) == (parent.pk, parent.pk)
    assert child.metadata["spawnSource"] == "session"


def test_depth_and_number_of_children_are_limited(settings: Settings) -> None:
    settings.MAESTRO_MAX_DEPTH, settings.MAESTRO_MAX_CHILDREN = 3, 2
    tasks = make_tasks("One")
    root = make_session(tasks)
    first = child_of(root, tasks)
    child_of(root, tasks)
    with pytest.raises(SpawnLimit):
        child_of(root, tasks)
    patch_session(first.pk, SessionPatch(status="idle"), by=AGENT)
    second = child_of(first, tasks)
    patch_session(second.pk, SessionPatch(status="idle"), by=AGENT)
    with pytest.raises(SpawnLimit):
        child_of(second, tasks)
