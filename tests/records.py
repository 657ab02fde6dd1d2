"""Making records in few words, and comparing the index with one made anew from the files."""

from collections.abc import Sequence
from typing import Any

from django.db import models, transaction

from access_app.actors import USER
from access_app.models import IdempotentAnswer, Token
from access_app.throttle import throttle
from agents_app import recording
from agents_app.models import Launch
from dashboard_app.search_index import check_indexes
from events_app.models import Epoch, LogEntry
from projects_app.models import Project
from projects_app.services import create_project
from queues_app.models import Queue, QueueItem
from queues_app.services import create_with_queue
from sessions_app.models import RawEvent, Session, TimelineEvent, Transition
from sessions_app.rules import Status, Strategy
from sessions_app.services import NewSession
from storage_app.kinds import all_kinds
from storage_app.models import StoredDocument
from storage_app.starting import take_in_files
from storage_app.tree import session_folder
from storage_app.writer import write_dirty
from tasks_app.models import Task, TaskSession
from tasks_app.services import create_task

RECORDS: tuple[type[models.Model], ...] = (
    Project,
    Task,
    TaskSession,
    Session,
    TimelineEvent,
    RawEvent,
    Transition,
    Queue,
    QueueItem,
)
NOT_IN_FILES: tuple[type[models.Model], ...] = (
    Launch,
    StoredDocument,
    LogEntry,
    Epoch,
    IdempotentAnswer,
    Token,
)
Documents = dict[tuple[str, str], dict[str, Any]]


def wipe_index() -> None:
    """All rows, of whatever model of ours, and who guessed how often."""
    throttle.clear()
    with transaction.atomic():
        for model in (*RECORDS, *NOT_IN_FILES):
            model._base_manager.all()._raw_delete("default")


def documents() -> Documents:
    """Every document as it would be written now."""
    return {
        (kind.name, record_id): kind.read(record_id) or {}
        for kind in all_kinds()
        for record_id in kind.ids()
    }


PLACES = ("place_in_session", "place_in_task", "position")


def rows() -> dict[str, list[dict[str, Any]]]:
    """Every column of every record, but for numbers that the database gave.

    Of a place only whether there is one: places may have gaps, and documents show their order.
    """
    return {model.__name__: sorted(map(_columns, _all(model)), key=str) for model in RECORDS}


def _all(model: type[models.Model]) -> list[models.Model]:
    return list(model._base_manager.all())


def _columns(row: models.Model) -> dict[str, Any]:
    found = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not isinstance(field, models.BigAutoField)
    }
    return {k: v is not None if k in PLACES else v for k, v in found.items()}


def check_rebuilt_index() -> None:
    """Fail unless an index that is made from the files equals the live one, and can be searched."""
    write_dirty()
    check_indexes()
    documents_before, rows_before = documents(), rows()
    wipe_index()
    found = take_in_files()
    assert found.set_aside == []
    assert documents() == documents_before
    assert rows() == rows_before


def log_types() -> list[str]:
    return list(LogEntry.objects.order_by("seq").values_list("type", flat=True))


def timeline_of(session_id: str) -> list[dict[str, Any]]:
    found = TimelineEvent.objects.filter(session_id=session_id).order_by("position")
    return list(found.values_list("body", flat=True))


def types_of(session_id: str) -> list[str]:
    return [event["type"] for event in timeline_of(session_id)]


def status_of(session_id: str) -> Status:
    return Session.objects.get(pk=session_id).state


def statuses_on_tasks(session_id: str) -> list[str | None]:
    """What the session says of its tasks, in their order."""
    links = TaskSession.objects.filter(session_id=session_id, place_in_session__isnull=False)
    return list(links.order_by("place_in_session").values_list("status", flat=True))


def make_project(name: str = "Project") -> Project:
    return create_project(name=name, working_dir="/srv/project")


def make_tasks(*titles: str, project: Project | None = None, **columns: Any) -> list[Task]:
    project_id = (project or make_project()).pk
    return [create_task(project_id=project_id, title=title, **columns) for title in titles]


def make_session(
    tasks: Sequence[Task] = (),
    *,
    status: Status = Status.IDLE,
    strategy: Strategy = Strategy.SIMPLE,
    keep_open: bool = False,
    **columns: Any,
) -> Session:
    """A session over these tasks, with its queue where its strategy is queue."""
    new = NewSession(
        project_id=tasks[0].project_id if tasks else make_project().pk,
        task_ids=[task.pk for task in tasks],
        status=status,
        strategy=strategy,
        **columns,
    )
    return create_with_queue(new, by=USER, keep_open=keep_open)


def make_queue(*titles: str, keep_open: bool = False) -> tuple[Session, list[Task]]:
    tasks = make_tasks(*titles)
    return make_session(tasks, strategy=Strategy.QUEUE, keep_open=keep_open), tasks


def record_terminal(session_id: str) -> None:
    """As if its agent had printed a line."""
    folder = session_folder(session_id)
    folder.mkdir(parents=True, exist_ok=True)
    output = recording.Writer(folder, columns=80, rows=24, limit_bytes=1 << 20)
    output.append(b"hello\r\n")
    output.close()
