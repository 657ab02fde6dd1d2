"""`maestro session …`: spawn, follow, move and stop sessions."""

from __future__ import annotations

import json

from maestro_cli.client import path_of
from maestro_cli.command import Command
from maestro_cli.context import split_ids
from maestro_cli.errors import UsageError
from maestro_cli.output import Answer, table, tree
from maestro_cli.timeline import post_events

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs start-up time
    from argparse import ArgumentParser, Namespace
    from typing import Any

    from maestro_cli.context import Context


def _list(context: Context, args: Namespace) -> Answer:
    query = {
        "projectId": args.project or context.project_id,
        "taskId": args.task,
        "status": args.status,
        "active": "true" if args.active else None,
    }
    sessions = context.client.get("/api/sessions", query)
    rows = [(s["id"], s["status"], s.get("role"), s.get("name")) for s in sessions]
    return Answer(sessions, table(rows, empty="No sessions."))


def _info(context: Context, args: Namespace) -> Answer:
    session = context.client.get(path_of("sessions", context.session(args.session)))
    return Answer(session, _line(session))


def _spawn(context: Context, args: Namespace) -> Answer:
    answer = context.client.create("/api/sessions/spawn", _spawn_body(context, args))
    return Answer(answer, f"Spawned {answer['sessionId']}")


def _spawn_body(context: Context, args: Namespace) -> dict[str, Any]:
    source = "session" if context.session_id else "ui"
    body = {
        "projectId": context.project(args.project),
        "taskIds": [task_id for word in args.task for task_id in split_ids(word)],
        "role": args.role,
        "strategy": args.strategy,
        "orchestratorStrategy": args.orchestrator_strategy,
        "spawnSource": source,
        "sessionId": context.session_id,
        "sessionName": args.name,
        "skills": args.skill,
        "context": _json_object(args.context),
        "model": args.model,
        "agent": args.agent,
        "prompt": args.prompt,
        "env": _variables(args.env),
        "keepOpen": args.keep_open or None,
    }
    return {key: value for key, value in body.items() if value is not None}


def _json_object(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise UsageError("--context takes a JSON object.")
    return value


def _variables(assignments: list[str] | None) -> dict[str, str] | None:
    if assignments is None:
        return None
    pairs = [assignment.partition("=") for assignment in assignments]
    if not all(name and equals for name, equals, _ in pairs):
        raise UsageError("--env takes NAME=VALUE.")
    return {name: value for name, _, value in pairs}


def _register(context: Context, args: Namespace) -> Answer:
    return _moved(context, args, "idle")


def _complete(context: Context, args: Namespace) -> Answer:
    return _moved(context, args, "completed")


def _resume_working(context: Context, args: Namespace) -> Answer:
    return _moved(context, args, "working")


def _needs_input(context: Context, args: Namespace) -> Answer:
    session_id = context.session(args.session)
    event = post_events(context.client, session_id, "needs_input", args.message)
    return Answer(event, f"{session_id} waits for a person")


def _stop(context: Context, args: Namespace) -> Answer:
    body = {"reason": args.reason} if args.reason else {}
    if args.all:
        answer = context.client.post("/api/sessions/stop-all", body)
    else:
        path = path_of("sessions", context.session(args.session), "stop")
        answer = context.client.post(path, {**body, "cascade": args.cascade})
    return Answer(answer, "Stopped " + (", ".join(answer["stopped"]) or "nothing"))


def _resume(context: Context, args: Namespace) -> Answer:
    answer = context.client.create(path_of("sessions", args.session, "resume"), {})
    return Answer(answer, f"Resumed as {answer['sessionId']}")


def _tree(context: Context, args: Namespace) -> Answer:
    path = path_of("sessions", context.session(args.session), "hierarchy")
    root = context.client.get(path)
    return Answer(root, "\n".join(tree(root, "name")))


def _moved(context: Context, args: Namespace, status: str) -> Answer:
    path = path_of("sessions", context.session(args.session))
    session = context.client.patch(path, {"status": status})
    return Answer(session, _line(session))


def _line(session: dict[str, Any]) -> str:
    waiting = session.get("needsInput") or {}
    asks = f"  waits: {waiting.get('message')}" if waiting.get("active") else ""
    return f"{session['id']}  {session['status']}  {session.get('name') or ''}{asks}".rstrip()


def _session_argument(parser: ArgumentParser) -> None:
    parser.add_argument("session", nargs="?", help="its id (default: this session)")


def _list_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--project", help="default: this session's project, else all")
    parser.add_argument("--task")
    parser.add_argument("--status")
    parser.add_argument("--active", action="store_true", help="only those not ended")


def _spawn_arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--task", action="append", required=True, metavar="IDS", help="repeat, or comma-separated")
    add("--project", help="default: this session's project")
    add("--role", choices=("worker", "orchestrator"))
    add("--strategy", choices=("simple", "queue"))
    add("--orchestrator-strategy", metavar="NAME")
    add("--name", help="what the session is called")
    add("--agent", help="which tool runs it, such as shell")
    add("--model")
    add("--prompt", help="an extra brief for the agent")
    add("--skill", action="append", help="repeat for several")
    add("--context", metavar="JSON", help="an object for the manifest")
    add("--env", action="append", metavar="NAME=VALUE", help="repeat for several")
    add("--keep-open", action="store_true", help="the queue waits for more when it is empty")


def _needs_input_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("message", help="the question")
    parser.add_argument("--session", help="default: this session")


def _stop_arguments(parser: ArgumentParser) -> None:
    _session_argument(parser)
    parser.add_argument("--cascade", action="store_true", help="with all it spawned")
    parser.add_argument("--all", action="store_true", help="every live session")
    parser.add_argument("--reason")


def _resume_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("session", help="the ended session's id")


COMMANDS = (
    Command(
        "session list",
        "List sessions",
        _list,
        _list_arguments,
        examples=("--active", "--project prj_x --status working"),
    ),
    Command(
        "session info",
        "Show one session",
        _info,
        _session_argument,
        examples=("", "ses_x --json"),
    ),
    Command(
        "session spawn",
        "Start an agent on tasks",
        _spawn,
        _spawn_arguments,
        examples=(
            "--project prj_x --task tsk_x --agent claude",
            "--task tsk_x,tsk_y --strategy queue --name 'Backend'",
        ),
    ),
    Command(
        "session register",
        "Say that the agent is ready",
        _register,
        _session_argument,
        examples=("", "ses_x"),
    ),
    Command(
        "session complete",
        "End the session as completed",
        _complete,
        _session_argument,
        examples=("", "ses_x"),
    ),
    Command(
        "session needs-input",
        "Ask a person",
        _needs_input,
        _needs_input_arguments,
        examples=("'Which branch?'",),
    ),
    Command(
        "session resume-working",
        "Work goes on",
        _resume_working,
        _session_argument,
        examples=("", "ses_x"),
    ),
    Command(
        "session stop",
        "Stop a session, or all",
        _stop,
        _stop_arguments,
        examples=("ses_x --cascade --reason 'wrong branch'", "--all"),
    ),
    Command(
        "session resume",
        "Go on with what was left unfinished",
        _resume,
        _resume_arguments,
        examples=("ses_x",),
    ),
    Command(
        "session tree",
        "Show a session and all it spawned",
        _tree,
        _session_argument,
        examples=("", "ses_x"),
    ),
)
