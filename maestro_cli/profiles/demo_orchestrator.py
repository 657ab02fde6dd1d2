"""The demo's orchestrator: plans tasks, spawns a worker for each part, and waits for them all."""

from __future__ import annotations

from maestro_cli.client import path_of
from maestro_cli.profiles.demo_plan import PLAN
from maestro_cli.profiles.demo_stage import DIM, GREEN, RED, Stopped, say, say_header

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from maestro_cli.profiles.demo_plan import WorkerPlan
    from maestro_cli.profiles.demo_stage import Stage

READ_BRIEF_S = 4.5  # coming up takes the rest of five seconds
PLANNING_S = 10.0
BETWEEN_SPAWNS_S = 2.0
POLL_S = 1.0
WRAP_UP_S = 2.0
FINAL = ("completed", "failed", "stopped")


def orchestrate(stage: Stage, manifest: dict[str, Any], *, project_id: str) -> None:
    """Ends the session: completed, or failed if a worker did not complete."""
    own = [task["id"] for task in manifest["tasks"]]
    say("Reading the brief: " + ", ".join(task["title"] for task in manifest["tasks"]))
    stage.wait(READ_BRIEF_S)
    stage.report("task_started", "Started", task_ids=own)
    try:
        tasks = _plan(stage, project_id=project_id, epic_id=own[0])
        _spawn_workers(stage, tasks, project_id=project_id)
        lost = _watch_workers(stage)
    except Stopped as stopped:
        stage.report("task_failed", f"stopped by {stopped.signal.name}", task_ids=own)
        raise
    if lost:
        _give_up(stage, lost, own)
    else:
        _wrap_up(stage, [task_id for ids in tasks.values() for task_id in ids], own)


def _plan(stage: Stage, *, project_id: str, epic_id: str) -> dict[str, list[str]]:
    """Creates every task below the epic; the ids for each worker's name."""
    _begin_phase(stage, "Planning", "Planning")
    pause_s = PLANNING_S / (sum(len(worker.tasks) for worker in PLAN) + 1)
    planned: dict[str, list[str]] = {}
    for worker in PLAN:
        ids = planned[worker.name] = []
        for task in worker.tasks:
            stage.wait(pause_s)
            body = {
                "projectId": project_id,
                "parentId": epic_id,
                "title": task.title,
                "description": task.description,
                "priority": task.priority,
                "dependencies": ids[-1:] if task.builds_on_the_last else [],
            }
            ids.append(stage.client.create("/api/tasks", body)["id"])
            say(f"  + {task.title}  ({worker.name})")
    stage.wait(pause_s)
    return planned


def _spawn_workers(stage: Stage, tasks: dict[str, list[str]], *, project_id: str) -> None:
    _begin_phase(stage, "Planning complete", "Spawning")
    for worker in PLAN:
        stage.client.create("/api/sessions/spawn", _spawn_body(stage, worker, tasks, project_id))
        say(f"  > {worker.name}, {len(tasks[worker.name])} tasks")
        stage.wait(BETWEEN_SPAWNS_S)


def _spawn_body(
    stage: Stage, worker: WorkerPlan, tasks: dict[str, list[str]], project_id: str
) -> dict[str, Any]:
    return {
        "projectId": project_id,
        "taskIds": tasks[worker.name],
        "strategy": "queue",
        "spawnSource": "session",
        "sessionId": stage.session_id,
        "sessionName": worker.name,
        "agent": "demo",
        "env": {"MAESTRO_DEMO_SPEED": str(stage.speed)},
    }


def _watch_workers(stage: Stage) -> list[str]:
    """Returns when all have ended: a sentence for each that did not complete."""
    _begin_phase(stage, f"Spawned {len(PLAN)} workers", "Monitor Workers")
    seen: dict[str, str] = {}
    while True:
        children = stage.client.get(path_of("sessions", stage.session_id, "children"))
        ended = [child for child in children if child["status"] in FINAL]
        for child in ended:
            if child["id"] not in seen:
                seen[child["id"]] = f"{child['name']} {child['status']}"
                is_done = child["status"] == "completed"
                say(f"  {'✓' if is_done else '✗'} {seen[child['id']]}", GREEN if is_done else RED)
        if len(ended) == len(children):
            return [seen[child["id"]] for child in ended if child["status"] != "completed"]
        stage.wait(POLL_S)


def _wrap_up(stage: Stage, task_ids: list[str], own: list[str]) -> None:
    """Accepts what the workers did; the epic itself is left to a person's review."""
    _begin_phase(stage, "All workers done", "Wrap-up")
    for task_id in task_ids:
        stage.client.patch(path_of("tasks", task_id), {"status": "completed"})
    say(f"  ✓ {len(task_ids)} tasks accepted", GREEN)
    stage.wait(WRAP_UP_S)
    stage.report("task_completed", "The new login is ready for review", task_ids=own)
    _end_session(stage, "completed")


def _give_up(stage: Stage, lost: list[str], own: list[str]) -> None:
    reason = "; ".join(lost)
    stage.report("error", reason, metadata={"level": "error"})
    stage.report("task_failed", reason, task_ids=own, metadata={"error": reason})
    _end_session(stage, "failed")


def _end_session(stage: Stage, status: str) -> None:
    stage.client.patch(path_of("sessions", stage.session_id), {"status": status})
    say(f"\nSession {status}.", DIM)


def _begin_phase(stage: Stage, message: str, phase: str) -> None:
    stage.report("milestone", message, metadata={"phase": phase})
    say_header(message)
