"""The board's columns: in which one a task stands, and what dropping it there means; pure."""

from enum import StrEnum

from core.errors import BadInput
from tasks_app.rules import SessionStatusOfTask, TaskStatus


class Column(StrEnum):
    TODO = "todo"
    IN_PROGRESS = "in_progress"
    REVIEW = "review"
    BLOCKED = "blocked"
    DONE = "done"


STATUS_ON = {
    Column.TODO: TaskStatus.TODO,
    Column.IN_PROGRESS: TaskStatus.IN_PROGRESS,
    Column.BLOCKED: TaskStatus.BLOCKED,
    Column.DONE: TaskStatus.COMPLETED,
}
ENDED = frozenset((TaskStatus.COMPLETED, TaskStatus.CANCELLED))


def column_of(status: str, session_status: str | None) -> Column:
    """Review is derived: in progress, and finished for the session that spoke last."""
    if status in ENDED:
        return Column.DONE
    if status == TaskStatus.BLOCKED:
        return Column.BLOCKED
    if status == TaskStatus.IN_PROGRESS:
        reviewed = session_status == SessionStatusOfTask.COMPLETED
        return Column.REVIEW if reviewed else Column.IN_PROGRESS
    return Column.TODO


def status_on(column: str, *, coming_from: Column) -> TaskStatus:
    """The status that a task gets where it is dropped. Raises BadInput where it cannot be."""
    if column not in set(Column):
        raise BadInput({"column": [f"There is no column {column}."]})
    if column == Column.REVIEW:
        raise BadInput(
            {"column": ["A task comes into review by itself, when its session reports it done."]}
        )
    if column == Column.IN_PROGRESS and coming_from is Column.REVIEW:
        raise BadInput(
            {
                "column": [
                    "Its session has finished it. Complete it, or drop it on To do and spawn a "
                    "session on it again."
                ]
            }
        )
    return STATUS_ON[Column(column)]
