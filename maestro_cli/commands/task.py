"""`maestro task …`: read and change tasks, as a person or from inside a session."""

from __future__ import annotations

from maestro_cli.client import path_of
from maestro_cli.command import Command
from maestro_cli.context import split_ids
from maestro_cli.errors import UsageError
from maestro_cli.output import Answer, table, tree

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs start-up time
    from argparse import ArgumentParser, Namespace
    from typing import Any

    from maestro_cli.context import Context

FIELDS = {
    "title": "title",
    "description": "description",
    "prompt": "initialPrompt",
    "priority": "priority",
    "parent": "parentId",
    "model": "model",
    "status": "status",
    "session_status": "sessionStatus",
}


def _list(context: Context, args: Namespace) -> Answer:
    query = {
        "projectId": args.project or context.project_id,
        "status": args.status,
        "parentId": args.parent,
        "ready": "true" if args.ready else None,
        "q": args.search,
    }
    return _listed(context.client.get("/api/tasks", query))


def _get(context: Context, args: Namespace) -> Answer:
    task = context.client.get(path_of("tasks", args.task))
    lines = [f"{task['id']}  {task['status']}  {task['title']}", task.get("description")]
    return Answer(task, "\n".join(line for line in lines if line))


def _create(context: Context, args: Namespace) -> Answer:
    body = {"projectId": context.project(args.project), **_fields(args)}
    task = context.client.create("/api/tasks", body)
    return Answer(task, f"Created {task['id']}")


def _update(context: Context, args: Namespace) -> Answer:
    changes = _fields(args)
    if not changes:
        raise UsageError("Nothing to change: name at least one field (see --help).")
    return _changed(context, args.task, changes)


def _complete(context: Context, args: Namespace) -> Answer:
    return _changed(context, args.task, _status_for(context, "completed"))


def _block(context: Context, args: Namespace) -> Answer:
    return _changed(context, args.task, _status_for(context, "blocked"))


def _children(context: Context, args: Namespace) -> Answer:
    return _listed(context.client.get(path_of("tasks", args.task, "children")))


def _tree(context: Context, args: Namespace) -> Answer:
    root = context.client.get(path_of("tasks", args.task, "tree"))
    return Answer(root, "\n".join(tree(root, "title")))


def _delete(context: Context, args: Namespace) -> Answer:
    answer = context.client.delete(path_of("tasks", args.task), cascade=args.cascade)
    return Answer(answer, f"Deleted {args.task}")


def _listed(tasks: list[dict[str, Any]]) -> Answer:
    rows = [(t["id"], t["status"], t.get("sessionStatus"), t["title"]) for t in tasks]
    return Answer(tasks, table(rows, empty="No tasks."))


def _fields(args: Namespace) -> dict[str, Any]:
    given = {key: getattr(args, name, None) for name, key in FIELDS.items()}
    fields: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if args.dependencies is not None:
        fields["dependencies"] = split_ids(args.dependencies)
    return fields


def _is_worker(context: Context) -> bool:
    return context.session_id is not None and context.role != "orchestrator"


def _status_for(context: Context, status: str) -> dict[str, Any]:
    """A worker speaks of its own work; a person or an orchestrator decides about the task."""
    return {"sessionStatus" if _is_worker(context) else "status": status}


def _changed(context: Context, task_id: str, changes: dict[str, Any]) -> Answer:
    if _is_worker(context) or "sessionStatus" in changes:
        source = {"updateSource": "session", "sessionId": context.session()}
        changes = {**changes, **source}
    task = context.client.patch(path_of("tasks", task_id), changes)
    return Answer(task, f"{task['id']}  {task['status']}  {task.get('sessionStatus') or '-'}")


def _task_argument(parser: ArgumentParser) -> None:
    parser.add_argument("task", help="its id")


def _list_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--project", help="default: this session's project, else all")
    parser.add_argument("--status", help="todo, in_progress, completed, cancelled or blocked")
    parser.add_argument("--parent", metavar="TASK", help="children of a task; `null`: roots")
    parser.add_argument("--ready", action="store_true", help="only those that can start")
    parser.add_argument("--search", metavar="TEXT")


def _field_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--description")
    parser.add_argument("--prompt", help="what its agent is told; for shell: the script")
    parser.add_argument("--priority", choices=("low", "medium", "high"))
    parser.add_argument("--parent", metavar="TASK")
    parser.add_argument("--dependencies", metavar="TASKS", help="ids, comma-separated")
    parser.add_argument("--model")


def _create_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("title")
    parser.add_argument("--project", help="default: this session's project")
    _field_arguments(parser)


def _update_arguments(parser: ArgumentParser) -> None:
    _task_argument(parser)
    parser.add_argument("--title")
    parser.add_argument("--status", help="todo, in_progress, completed, cancelled or blocked")
    parser.add_argument("--session-status", help="this session's word on it, such as working")
    _field_arguments(parser)


def _delete_arguments(parser: ArgumentParser) -> None:
    _task_argument(parser)
    parser.add_argument("--cascade", action="store_true", help="with its children")


COMMANDS = (
    Command(
        "task list",
        "List tasks",
        _list,
        _list_arguments,
        examples=("--project prj_x --ready", "--search login --json"),
    ),
    Command("task get", "Show one task", _get, _task_argument, examples=("tsk_x",)),
    Command(
        "task create",
        "Create a task",
        _create,
        _create_arguments,
        examples=(
            "'Build the login' --project prj_x --priority high",
            "'Run the tests' --prompt 'make test' --dependencies tsk_x",
        ),
    ),
    Command(
        "task update",
        "Change a task",
        _update,
        _update_arguments,
        examples=(
            "tsk_x --title 'Build the login' --priority low",
            "tsk_x --session-status working",
        ),
    ),
    Command(
        "task complete", "Mark a task completed", _complete, _task_argument, examples=("tsk_x",)
    ),
    Command("task block", "Mark a task blocked", _block, _task_argument, examples=("tsk_x",)),
    Command(
        "task children", "List a task's children", _children, _task_argument, examples=("tsk_x",)
    ),
    Command(
        "task tree", "Show a task and all below it", _tree, _task_argument, examples=("tsk_x",)
    ),
    Command(
        "task delete", "Delete a task", _delete, _delete_arguments, examples=("tsk_x --cascade",)
    ),
)
