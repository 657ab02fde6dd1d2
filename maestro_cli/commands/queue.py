"""`maestro queue …`: take the session's work item by item, and say how each ended."""

from __future__ import annotations

from maestro_cli.client import path_of
from maestro_cli.command import Command
from maestro_cli.output import Answer, table

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs start-up time
    from argparse import ArgumentParser, Namespace
    from typing import Any

    from maestro_cli.context import Context

WAIT_AT_MOST_S = 30


def _path(context: Context, args: Namespace, *rest: str) -> str:
    return path_of("sessions", context.session(args.session), "queue", *rest)


def _top(context: Context, args: Namespace) -> Answer:
    answer = context.client.get(_path(context, args, "top"))
    return Answer(answer, _offer(answer))


def _next(context: Context, args: Namespace) -> Answer:
    answer = context.client.post(_path(context, args, "next"), wait_s=args.wait)
    return Answer(answer, _offer(answer))


def _start(context: Context, args: Namespace) -> Answer:
    answer = context.client.create(_path(context, args, "start"), {})
    return Answer(answer, _offer(answer))


def _offer(answer: dict[str, Any]) -> str:
    """One line on what there is to do, with the claim that its ending names."""
    item = answer.get("item")
    if item:
        title = (answer.get("task") or {}).get("title") or ""
        claim = f"  --claim {item['claimId']}" if item.get("claimId") else ""
        return f"{item['taskId']}  {item['status']}  {title}{claim}"
    blocked = answer.get("blocked") or []
    if blocked:
        waits = [f"{entry['taskId']} for {', '.join(entry['waitingOn'])}" for entry in blocked]
        return "Nothing is ready; waiting: " + "; ".join(waits)
    return str(answer.get("message") or "Nothing is left in the queue.")


def _complete(context: Context, args: Namespace) -> Answer:
    return _ended(context, args, "complete", "completedItem")


def _fail(context: Context, args: Namespace) -> Answer:
    return _ended(context, args, "fail", "failedItem")


def _skip(context: Context, args: Namespace) -> Answer:
    return _ended(context, args, "skip", "skippedItem")


def _ended(context: Context, args: Namespace, verb: str, key: str) -> Answer:
    body = _ending(context, args)
    path = _path(context, args, verb)
    # Without a claim a repeat would end another item than the one that was meant.
    send = context.client.post if "claimId" in body else context.client.post_once
    answer = send(path, body)
    upcoming = answer.get("nextItem")
    then = f"next: {upcoming['taskId']}" if upcoming else "nothing is ready after it"
    return Answer(answer, f"{answer[key]['taskId']}  {answer[key]['status']}; {then}")


def _ending(context: Context, args: Namespace) -> dict[str, Any]:
    claim = args.claim or _claim_in_process(context, args)
    body = {"taskId": args.task, "claimId": claim, "reason": args.reason}
    return {key: value for key, value in body.items() if value is not None}


def _claim_in_process(context: Context, args: Namespace) -> str | None:
    items = context.client.get(_path(context, args, "items"))["items"]
    claims = [item.get("claimId") for item in items if item["status"] == "processing"]
    return claims[0] if claims else None


def _push(context: Context, args: Namespace) -> Answer:
    answer = context.client.create(_path(context, args, "push"), {"taskId": args.task})
    return Answer(answer, f"Queued {args.task}")


def _list(context: Context, args: Namespace) -> Answer:
    answer = context.client.get(_path(context, args, "items"))
    rows = [(i["taskId"], i["status"], i.get("failReason")) for i in answer["items"]]
    return Answer(answer, table(rows, empty="The queue is empty."))


def _status(context: Context, args: Namespace) -> Answer:
    answer = context.client.get(_path(context, args))
    counts = [f"{count} {name}" for name, count in answer["stats"].items()]
    return Answer(answer, ", ".join(counts))


def _session_argument(parser: ArgumentParser) -> None:
    parser.add_argument("--session", help="default: this session")


def _next_arguments(parser: ArgumentParser) -> None:
    wait_help = "wait so long for an item, at most 30"
    parser.add_argument("--wait", type=_seconds, default=0, metavar="SECONDS", help=wait_help)
    _session_argument(parser)


def _seconds(word: str) -> int:
    seconds = int(word)
    if not 0 <= seconds <= WAIT_AT_MOST_S:
        raise ValueError(word)
    return seconds


def _ending_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--task", help="its id (default: the item in process)")
    parser.add_argument("--claim", metavar="ID", help="as `queue next` printed it")
    parser.add_argument("--reason")
    _session_argument(parser)


def _push_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("task", help="its id")
    _session_argument(parser)


COMMANDS = (
    Command(
        "queue top",
        "Show what `next` would give",
        _top,
        _session_argument,
        examples=("", "--session ses_x"),
    ),
    Command(
        "queue next",
        "Take the next item, or the one in process",
        _next,
        _next_arguments,
        examples=("", "--wait 30"),
    ),
    Command("queue start", "Start the next item", _start, _session_argument),
    Command(
        "queue complete",
        "The item in process is done",
        _complete,
        _ending_arguments,
        examples=("", "--task tsk_x --claim clm_x"),
    ),
    Command(
        "queue fail",
        "The item in process failed",
        _fail,
        _ending_arguments,
        examples=("--reason 'the tests do not pass'",),
    ),
    Command(
        "queue skip",
        "Pass over an item",
        _skip,
        _ending_arguments,
        examples=("--reason 'not needed any more'",),
    ),
    Command(
        "queue push",
        "Add a task to the queue",
        _push,
        _push_arguments,
        examples=("tsk_x --session ses_x",),
    ),
    Command(
        "queue list",
        "List the items",
        _list,
        _session_argument,
        examples=("", "--session ses_x"),
    ),
    Command(
        "queue status",
        "Count the items by status",
        _status,
        _session_argument,
        examples=("", "--session ses_x"),
    ),
)
