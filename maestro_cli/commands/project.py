"""`maestro project …`: the projects of the server."""

from __future__ import annotations

import os

from maestro_cli.client import path_of
from maestro_cli.command import Command
from maestro_cli.output import Answer, table

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs start-up time
    from argparse import ArgumentParser, Namespace

    from maestro_cli.context import Context


def _list(context: Context, args: Namespace) -> Answer:
    projects = context.client.get("/api/projects")
    rows = [(p["id"], p["name"], p.get("workingDir")) for p in projects]
    return Answer(projects, table(rows, empty="No projects."))


def _get(context: Context, args: Namespace) -> Answer:
    project = context.client.get(path_of("projects", context.project(args.project)))
    return Answer(project, f"{project['id']}  {project['name']}  {project.get('workingDir')}")


def _create(context: Context, args: Namespace) -> Answer:
    body = {"name": args.name, "workingDir": os.path.abspath(args.dir)}
    if args.description is not None:
        body["description"] = args.description
    if args.agent is not None:
        body["agent"] = args.agent
    project = context.client.create("/api/projects", body)
    return Answer(project, f"Created {project['id']}")


def _delete(context: Context, args: Namespace) -> Answer:
    answer = context.client.delete(path_of("projects", args.project), cascade=args.cascade)
    return Answer(answer, f"Deleted {args.project}")


def _get_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("project", nargs="?", help="its id (default: this session's project)")


def _create_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name")
    parser.add_argument("--dir", default=".", help="working directory (default: this one)")
    parser.add_argument("--description")
    parser.add_argument("--agent", help="the agent its sessions run, such as shell")


def _delete_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("project", help="its id")
    parser.add_argument("--cascade", action="store_true", help="with its tasks and sessions")


COMMANDS = (
    Command("project list", "List the projects", _list),
    Command(
        "project get",
        "Show one project",
        _get,
        _get_arguments,
        examples=("", "prj_x"),
    ),
    Command(
        "project create",
        "Create a project",
        _create,
        _create_arguments,
        examples=("Shop --dir ~/code/shop --agent claude",),
    ),
    Command(
        "project delete",
        "Delete a project",
        _delete,
        _delete_arguments,
        examples=("prj_x", "prj_x --cascade"),
    ),
)
