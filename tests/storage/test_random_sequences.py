"""Random sequences of services, hand edits, restarts, lost indexes: rows, files, log agree."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access_app.actors import AGENT, USER
from agents_app.rules import SpawnSource
from agents_app.services import (
    Spawn,
    delete_project,
    delete_session,
    resume_session,
    spawn_session,
    stop_all,
    stop_session,
)
from core.errors import MaestroError
from projects_app.models import Project
from projects_app.services import update_project
from queues_app.rules import ItemStatus
from queues_app.selectors import queue_of
from queues_app.services import (
    claim_next,
    end_item,
    push_item,
    remove_item,
    reorder_items,
    requeue_item,
    start_next,
)
from sessions_app.appending import append_events, append_raw_events
from sessions_app.documents import task_ids_of
from sessions_app.models import Session
from sessions_app.rules import EventType, SessionRole, Strategy
from sessions_app.services import (
    SessionPatch,
    Words,
    add_task,
    answer,
    patch_session,
    remove_task,
    set_task_session_status,
)
from sessions_app.timeline import Draft
from storage_app import quarantine
from storage_app.checking import check_storage
from storage_app.moving import rebuild_index, restore_files
from storage_app.starting import document_paths, take_in_files
from storage_app.tree import silently
from storage_app.watcher import all_paths, look_at
from storage_app.writer import write_dirty
from tasks_app.models import Task
from tasks_app.rules import SessionStatusOfTask
from tasks_app.services import delete_task, update_task
from tests.records import documents, make_project, make_queue, make_session, make_tasks, wipe_index
from tests.storage.replay import Replay, differences, known_now

pytestmark = pytest.mark.usefixtures("records")


def one_of(model: Any, number: int) -> Any:
    """A record, the same for the same number while there are as many."""
    count = model.objects.count()
    return model.objects.order_by("pk")[number % count] if count else None


def rename_project(number: int) -> None:
    if project := one_of(Project, number):
        update_project(project.pk, name=f"Renamed {number}")


def remove_project(number: int) -> None:
    if project := one_of(Project, number):
        delete_project(project.pk, cascade=number % 2 == 0)


def change_task(number: int) -> None:
    if task := one_of(Task, number):
        update_task(task.pk, status=["todo", "in_progress", "completed"][number % 3])


def depend(number: int) -> None:
    """On any other of its project, where that makes no cycle."""
    if task := one_of(Task, number):
        others = Task.objects.filter(project_id=task.project_id).exclude(pk=task.pk)
        if other := others.order_by("pk").first():
            update_task(task.pk, dependencies=[other.pk])


def drop_task(number: int) -> None:
    if task := one_of(Task, number):
        delete_task(task.pk, cascade=True)


def append(number: int) -> None:
    if session := one_of(Session, number):
        kind = [EventType.PROGRESS, EventType.NEEDS_INPUT, EventType.MILESTONE][number % 3]
        append_events(session.pk, [Draft(kind, f"event {number}")], by=AGENT)


def report_on_task(number: int) -> None:
    if (session := one_of(Session, number)) and (task_id := task_of(session, number)):
        kinds = [kind for kind in EventType if kind.value.startswith("task_")]
        draft = Draft(kinds[number % len(kinds)], task_id=task_id, event_id=f"evt_{number}")
        append_events(session.pk, [draft, Draft(EventType.ERROR, "after it")], by=AGENT)


def say_by_hook(number: int) -> None:
    if session := one_of(Session, number):
        append_raw_events(session.pk, [{"type": "file_edited", "data": {"n": number}}])


def answer_question(number: int) -> None:
    if session := one_of(Session, number):
        answer(session.pk, Words(f"answer {number}"), event_id=None, by=USER)


def say_of_task(number: int) -> None:
    if (session := one_of(Session, number)) and (task_id := task_of(session, number)):
        statuses = list(SessionStatusOfTask)
        to = statuses[number % len(statuses)]
        set_task_session_status(task_id, session.pk, to, by=AGENT)


def give_task(number: int) -> None:
    if (session := one_of(Session, number)) and (task := one_of(Task, number // 2)):
        add_task(session.pk, task.pk)


def take_task(number: int) -> None:
    if (session := one_of(Session, number)) and (task_id := task_of(session, number)):
        remove_task(session.pk, task_id)


def task_of(session: Session, number: int) -> str | None:
    ids = task_ids_of(session.pk)
    return ids[number % len(ids)] if ids else None


def spawn(number: int) -> None:
    if task := one_of(Task, number):
        parent = one_of(Session, number // 3) if number % 3 == 0 else None
        wanted = Spawn(
            project_id=task.project_id,
            task_ids=[task.pk],
            role=SessionRole.ORCHESTRATOR if number % 2 else SessionRole.WORKER,
            strategy=Strategy.QUEUE if number % 4 < 2 else Strategy.SIMPLE,
            source=SpawnSource.SESSION if parent else SpawnSource.UI,
            parent_id=parent.pk if parent else None,
        )
        spawn_session(wanted, by=USER)


def resume(number: int) -> None:
    if session := one_of(Session, number):
        resume_session(session.pk, env={}, by=USER)


def stop(number: int) -> None:
    if session := one_of(Session, number):
        stop_session(session.pk, by=USER, cascade=number % 2 == 0)


def patch(number: int) -> None:
    if session := one_of(Session, number):
        words = ["idle", "working", "needs-user-input", "completed", "stopped", "failed"]
        patch_session(session.pk, SessionPatch(status=words[number % 6]), by=USER)


def take_item(number: int) -> None:
    if session := one_of(Session, number):
        claim_next(session.pk, by=AGENT)


def finish_item(number: int) -> None:
    if session := one_of(Session, number):
        to = [ItemStatus.COMPLETED, ItemStatus.FAILED, ItemStatus.SKIPPED][number % 3]
        end_item(session.pk, to, by=AGENT)


def start_item(number: int) -> None:
    if session := one_of(Session, number):
        start_next(session.pk, by=AGENT)


def push(number: int) -> None:
    if (session := one_of(Session, number)) and (task := one_of(Task, number // 2)):
        push_item(session.pk, task.pk, by=USER)


def take_out(number: int) -> None:
    if (session := one_of(Session, number)) and (task_id := task_of(session, number)):
        remove_item(session.pk, task_id, by=USER)


def reorder(number: int) -> None:
    if session := one_of(Session, number):
        items = queue_of(session.pk).items.filter(status=ItemStatus.QUEUED)
        reorder_items(session.pk, [item.task_id for item in reversed(items)])


def try_again(number: int) -> None:
    if (session := one_of(Session, number)) and (task_id := task_of(session, number)):
        requeue_item(session.pk, task_id, by=USER)


def remove_session(number: int) -> None:
    if session := one_of(Session, number):
        delete_session(session.pk, by=USER)


def path_at(number: int) -> Path | None:
    paths = document_paths()
    return paths[number % len(paths)] if paths else None


def edit_by_hand(number: int) -> None:
    if path := path_at(number):
        document = json.loads(path.read_text())
        document.update({"x-by-hand": number, "updatedAt": number + 1})
        path.write_text(json.dumps(document))


def edit_then_look(number: int) -> None:
    edit_by_hand(number)
    look()


def edit_while_dirty(number: int) -> None:
    write_dirty()
    rename_project(number)
    edit_by_hand(number)
    look()


def remove_by_hand(number: int) -> None:
    if path := path_at(number):
        path.unlink()
        look()


def break_by_hand(number: int) -> None:
    if path := path_at(number):
        path.write_bytes(path.read_bytes()[: number % 40])
        look()


def look() -> None:
    look_at(all_paths(), wait=lambda _: None)


def restart(number: int) -> None:
    take_in_files()


def lose_index(number: int) -> None:
    write_dirty()
    look()
    write_dirty()
    before = documents()
    wipe_index()
    take_in_files()
    assert documents() == before


def rebuild(number: int) -> None:
    rebuild_index(silently)


def restore(number: int) -> None:
    restore_files(silently)


# After these the log begins anew: the index was new, and who comes back reads everything.
LOG_BEGINS_AFTER = ("lose_index", "rebuild")
STEPS: dict[str, Callable[[int], object]] = {
    "project": lambda number: make_project(f"P{number}"),
    "tasks": lambda number: make_tasks("One", "Two"),
    "session": lambda number: make_session(make_tasks("One")),
    "queue": lambda number: make_queue("One", "Two", keep_open=number % 2 == 0),
    "stop_all": lambda number: stop_all(by=USER),
    **{
        step.__name__: step
        for step in (
            rename_project,
            remove_project,
            change_task,
            depend,
            drop_task,
            append,
            report_on_task,
            say_by_hook,
            answer_question,
            say_of_task,
            give_task,
            take_task,
            patch,
            spawn,
            resume,
            stop,
            take_item,
            start_item,
            finish_item,
            push,
            take_out,
            reorder,
            try_again,
            remove_session,
            edit_by_hand,
            edit_then_look,
            edit_while_dirty,
            remove_by_hand,
            break_by_hand,
            restart,
            lose_index,
            rebuild,
            restore,
        )
    },
}


def check_rows_are_files() -> None:
    write_dirty()
    look()
    write_dirty()
    assert check_storage(server_runs=False, progress=silently).differences == []


def check(steps: list[tuple[str, int]]) -> None:
    wipe_index()
    for path in [*document_paths(), *quarantine.folder().glob("*")]:
        path.unlink()
    make_queue("First", "Second")
    replay = Replay()
    for name, number in steps:
        with suppress(MaestroError):  # a refusal changes nothing
            STEPS[name](number)
        check_rows_are_files()
        if name in LOG_BEGINS_AFTER:
            replay.begin()
        assert differences(replay.known(), known_now()) == [], name


STEP = st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 60))
PROFILE: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}


@settings(max_examples=40, derandomize=True, **PROFILE)
@given(steps=st.lists(STEP, min_size=4, max_size=12))
def test_after_every_step_rows_files_and_log_agree(steps: list[tuple[str, int]]) -> None:
    check(steps)


@pytest.mark.soak
@settings(max_examples=1500, **PROFILE)
@given(steps=st.lists(STEP, min_size=10, max_size=40))
def test_long_sequences_leave_rows_files_and_log_agreeing(steps: list[tuple[str, int]]) -> None:
    check(steps)
