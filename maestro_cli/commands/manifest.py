"""`maestro manifest …`: the brief of the session around the command, or of one to be."""

from __future__ import annotations

import json

from maestro_cli.client import path_of
from maestro_cli.command import Command
from maestro_cli.context import split_ids
from maestro_cli.errors import UsageError
from maestro_cli.manifest import load_manifest, manifest_for, read_brief
from maestro_cli.output import Answer

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs start-up time
    from argparse import ArgumentParser, Namespace

    from maestro_cli.context import Context


def _show(context: Context, args: Namespace) -> Answer:
    manifest = load_manifest(context)
    brief = read_brief(context) or json.dumps(manifest, indent=2, ensure_ascii=False)
    return Answer(manifest, brief.rstrip("\n"))


def _generate(context: Context, args: Namespace) -> Answer:
    task_ids = split_ids(",".join(args.task))
    if not task_ids:
        raise UsageError("Which tasks? --task IDS")
    tasks = [context.client.get(path_of("tasks", task_id)) for task_id in task_ids]
    project = context.client.get(path_of("projects", tasks[0]["projectId"]))
    manifest = manifest_for(project, tasks, role=args.role, strategy=args.strategy)
    text = json.dumps(manifest, indent=2, ensure_ascii=False)
    if args.output is None:
        return Answer(manifest, text)
    try:
        with open(args.output, "w", encoding="utf-8") as file:
            file.write(text + "\n")
    except OSError as error:
        raise UsageError(f"{args.output} cannot be written: {error.strerror}.") from None
    return Answer(manifest, f"Wrote {args.output}")


def _generate_arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--task", action="append", default=[], metavar="IDS", help="repeat, or comma-separated")
    add("--role", choices=("worker", "orchestrator"), default="worker")
    add("--strategy", choices=("simple", "queue"), default="simple")
    add("--output", metavar="FILE", help="write it there instead of printing it")


COMMANDS = (
    Command("manifest show", "Print this session's manifest", _show),
    Command(
        "manifest generate",
        "Make a manifest.json for tasks",
        _generate,
        _generate_arguments,
        examples=("--task tsk_x,tsk_y --strategy queue --output manifest.json",),
    ),
)
