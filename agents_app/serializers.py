"""What spawn takes; its refusals keep the codes that clients of the seed's server know."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from access_app.fields import Flag, IdField, IdList, WordMap, Words
from agents_app.rules import InvalidSpawn, OrchestratorStrategy, SpawnSource
from agents_app.services import Spawn
from core.ids import is_valid_id
from sessions_app.rules import SessionRole, Strategy


class SpawnBody(serializers.Serializer):
    projectId = IdField()
    taskIds = IdList(min_length=1)
    role = serializers.ChoiceField([role.value for role in SessionRole], required=False)
    strategy = serializers.ChoiceField([s.value for s in Strategy], required=False)
    orchestratorStrategy = serializers.ChoiceField(
        [s.value for s in OrchestratorStrategy], required=False
    )
    spawnSource = serializers.ChoiceField([s.value for s in SpawnSource], required=False)
    sessionId = IdField(required=False)
    sessionName = Words(required=False)
    skills = serializers.ListField(child=Words(), required=False)
    context = serializers.DictField(required=False)  # type: ignore[assignment]
    model = Words(required=False)
    agent = Words(required=False)
    prompt = Words(required=False)
    env = WordMap(required=False)
    keepOpen = Flag(required=False)


class LauncherBody(serializers.Serializer):
    paused = Flag(required=False)


class ResumeBody(serializers.Serializer):
    env = WordMap(required=False, default=dict)


class StopAllBody(serializers.Serializer):
    reason = Words(required=False, default="")


def check_spawn(sent: Mapping[str, Any]) -> None:
    """The checks that have codes of their own, in the order of the seed's server."""
    if not sent.get("projectId"):
        raise InvalidSpawn("missing_project_id", "Say which project: projectId.")
    task_ids = sent.get("taskIds")
    if not isinstance(task_ids, list) or not task_ids or not all(map(is_valid_id, task_ids)):
        raise InvalidSpawn("invalid_task_ids", "taskIds is a list of at least one task id.")
    source = sent.get("spawnSource", SpawnSource.UI.value)
    _check_word(source, SpawnSource, "invalid_spawn_source", "spawnSource")
    if source == SpawnSource.SESSION and not sent.get("sessionId"):
        raise InvalidSpawn("missing_session_id", "A session that spawns says its sessionId.")
    _check_word(sent.get("role", "worker"), SessionRole, "invalid_role", "role")
    _check_word(sent.get("strategy", "simple"), Strategy, "invalid_strategy", "strategy")
    orchestrator = sent.get("orchestratorStrategy")
    if orchestrator is not None:
        _check_word(
            orchestrator,
            OrchestratorStrategy,
            "invalid_orchestrator_strategy",
            "orchestratorStrategy",
        )


def _check_word(word: Any, allowed: Any, code: str, name: str) -> None:
    words = [member.value for member in allowed]
    if word not in words:
        raise InvalidSpawn(code, f"{name} is one of {', '.join(words)}.", {"allowed": words})


def spawn_from(body: Mapping[str, Any]) -> Spawn:
    context = dict(body.get("context") or {})
    context |= {key: body[key] for key in ("model", "prompt") if body.get(key)}
    return Spawn(
        project_id=body["projectId"],
        task_ids=list(dict.fromkeys(body["taskIds"])),
        role=SessionRole(body.get("role", SessionRole.WORKER)),
        strategy=Strategy(body.get("strategy", Strategy.SIMPLE)),
        orchestrator_strategy=body.get("orchestratorStrategy"),
        source=SpawnSource(body.get("spawnSource", SpawnSource.UI)),
        parent_id=body.get("sessionId"),
        name=body.get("sessionName", "").strip(),
        skills=body.get("skills") or (),
        context=context,
        agent=body.get("agent", ""),
        env=body.get("env") or {},
        keep_open=body.get("keepOpen", False),
    )
