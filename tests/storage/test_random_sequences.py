"""Random sequences of services, hand edits, restarts and lost indexes: rows and files are one."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access_app.actors import AGENT, USER
from agents_app.services import delete_session
from core.errors import MaestroError
from events_app.models import LogEntry
from projects_app.models import Project
from projects_app.services import update_project
from queues_app.rules import ItemStatus
from queues_app.services import claim_next, end_item
from sessions_app.appending import append_events
from sessions_app.models import Session
from sessions_app.rules import EventType
from sessions_app.services import SessionPatch, patch_session
from sessions_app.timeline import Draft
from storage_app import quarantine
from storage_app.checking import check_storage
from storage_app.starting import document_paths, take_in_files
from storage_app.tree import silently
from storage_app.watcher import all_paths, look_at
from storage_app.writer import write_dirty
from tasks_app.models import Task
from tasks_app.services import delete_task, update_task
from tests.records import documents, make_project, make_queue, make_session, make_tasks, wipe_index

pytestmark = pytest.mark.usefixtures("records")


def one_of(model: Any, number: int) -> Any:
    """A record, the same for the same number while there are as many."""
    count = model.objects.count()
    return model.objects.order_by("pk")[number % count] if count else None


def rename_project(number: int) -> None:
    if project := one_of(Project, number):
        update_project(project.pk, name=f"Renamed {number}")


def change_task(number: int) -> None:
    if task := one_of(Task, number):
        update_task(task.pk, status=["todo", "in_progress", "completed"][number % 3])


def remove_task(number: int) -> None:
    if task := one_of(Task, number):
        delete_task(task.pk, cascade=True)


def append(number: int) -> None:
    if session := one_of(Session, number):
        kind = [EventType.PROGRESS, EventType.NEEDS_INPUT, EventType.MILESTONE][number % 3]
        append_events(session.pk, [Draft(kind, f"event {number}")], by=AGENT)


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


STEPS: dict[str, Callable[[int], object]] = {
    "project": lambda number: make_project(f"P{number}"),
    "tasks": lambda number: make_tasks("One", "Two"),
    "session": lambda number: make_session(make_tasks("One")),
    "queue": lambda number: make_queue("One", "Two"),
    **{
        step.__name__: step
        for step in (
            rename_project,
            change_task,
            remove_task,
            append,
            patch,
            take_item,
            finish_item,
            remove_session,
            edit_by_hand,
            edit_then_look,
            edit_while_dirty,
            remove_by_hand,
            break_by_hand,
            restart,
            lose_index,
        )
    },
}


def check_rows_are_files() -> None:
    write_dirty()
    look()
    write_dirty()
    assert check_storage(server_runs=False, progress=silently).differences == []
    check_the_log_says_the_same()


def check_the_log_says_the_same() -> None:
    """The newest word on each project, task and queue is what it is now."""
    now = documents()
    said = {key: payload for key, payload in _newest_words() if key[0] != "session"}
    for key, payload in said.items():
        if payload is None:
            assert key not in now, key
        elif key in now:
            assert now[key] == payload, key


def _newest_words() -> Iterator[tuple[tuple[str, str], dict[str, Any] | None]]:
    for entry in LogEntry.objects.filter(type__regex=r"^\w+:(created|updated|deleted)$"):
        kind, _, what = entry.type.partition(":")
        if kind in ("project", "task", "queue"):
            gone = what == "deleted" or "createdAt" not in entry.payload
            yield (kind, entry.payload["id"]), None if gone else entry.payload


@settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 60)), min_size=4, max_size=14
    )
)
def test_after_every_step_rows_and_files_are_one(steps: list[tuple[str, int]]) -> None:
    wipe_index()
    for path in [*document_paths(), *quarantine.folder().glob("*")]:
        path.unlink()
    make_queue("First", "Second")
    for name, number in steps:
        with suppress(MaestroError):  # a refusal changes nothing
            STEPS[name](number)
        check_rows_are_files()
