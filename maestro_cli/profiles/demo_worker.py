"""The demo's worker: plays the script of each task that its session hands out."""

from __future__ import annotations

from maestro_cli.client import path_of
from maestro_cli.profiles.demo_plan import Problem, Progress, Question, script_of
from maestro_cli.profiles.demo_stage import DIM, GREEN, RED, YELLOW, Stopped, say, say_header
from maestro_cli.profiles.work import QueueWork, SimpleWork

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from maestro_cli.profiles.demo_plan import Step
    from maestro_cli.profiles.demo_stage import Stage
    from maestro_cli.profiles.work import Work

START_AFTER_S = 2.5  # coming up takes the rest of the three seconds between spawn and work
BETWEEN_TASKS_S = 2.0
POLL_S = 1.0
ANSWER_ONESELF_AFTER_S = 20.0


def work(stage: Stage, manifest: dict[str, Any]) -> None:
    """Until nothing is left; a queue ends the session by itself."""
    tasks = manifest["tasks"]
    source: Work
    if manifest.get("strategy") == "queue":
        source = QueueWork(stage.client, stage.session_id, say)
    else:
        source = SimpleWork(stage.client, stage.session_id, tasks)
    say(f"{len(tasks)} tasks to do.", DIM)
    stage.wait(START_AFTER_S)
    number = 0
    while (task_id := source.next(stage.stop)) is not None:
        number += 1
        task = stage.client.get(path_of("tasks", task_id))
        say_header(f"Task {number} of {max(number, len(tasks))}: {task['title']}")
        _do(stage, task, source)
        if number < len(tasks):
            stage.wait(BETWEEN_TASKS_S)
    stage.check()
    source.finish()
    say("\nNothing is left to do.", DIM)


def _do(stage: Stage, task: dict[str, Any], source: Work) -> None:
    script = script_of(task["title"])
    try:
        for step in script.steps:
            stage.wait(step.after_s)
            _play(stage, task["id"], step)
        stage.wait(script.last_s)
    except Stopped as stopped:
        source.fail(task["id"], f"stopped by {stopped.signal.name}", {})
        raise
    source.complete(task["id"])
    say("  ✓ done", GREEN)


def _play(stage: Stage, task_id: str, step: Step) -> None:
    if isinstance(step, Progress):
        _report_progress(stage, task_id, step)
    elif isinstance(step, Problem):
        say(f"    ✗ {step.message}", RED)
        stage.report("error", step.message, task_ids=[task_id], metadata={"level": "error"})
    else:
        _ask(stage, task_id, step)


def _report_progress(stage: Stage, task_id: str, step: Progress) -> None:
    say(f"{step.percent:4d} % {step.message}")
    shares = {"percent": step.percent, "progress": step.percent / 100}
    stage.report("progress", step.message, task_ids=[task_id], metadata=shares)


def _ask(stage: Stage, task_id: str, step: Question) -> None:
    say(f"    ? {step.question}  [{' / '.join(step.options)}]", YELLOW)
    asked = {"question": step.question, "options": list(step.options), "waits": True}
    event = stage.report("needs_input", step.question, task_ids=[task_id], metadata=asked)
    answer = _wait_for_answer(stage, event["id"])
    if answer is not None:
        say(f"    ! {answer}", YELLOW)
        stage.report("progress", f"Going on with: {answer}", task_ids=[task_id])
        return
    message = f"No answer yet, going on with: {step.options[0]}"
    say(f"    ! {message}", YELLOW)
    own = {"answer": step.options[0], "answerTo": event["id"]}
    stage.report("progress", message, task_ids=[task_id], metadata=own)


def _wait_for_answer(stage: Stage, question_id: str) -> str | None:
    path = path_of("sessions", stage.session_id, "timeline")
    for _ in range(int(ANSWER_ONESELF_AFTER_S / POLL_S)):
        stage.wait(POLL_S)
        page = stage.client.get(path, {"after": question_id, "type": "progress"})
        for event in page["events"]:
            metadata = event.get("metadata") or {}
            if metadata.get("answerTo") == question_id and "answer" in metadata:
                return str(metadata["answer"])
    return None
