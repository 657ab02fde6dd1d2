"""`maestro watch`: what happens, line by line, as it happens; a server's restart loses nothing."""

from __future__ import annotations

import json
import sys
import time

from maestro_cli.client import path_of
from maestro_cli.command import Command
from maestro_cli.errors import CliError, NoServer, Refused
from maestro_cli.output import Answer, complain, printable

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs start-up time
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterable, Iterator
    from typing import Any

    from maestro_cli.client import Client
    from maestro_cli.context import Context

WAIT_S = 25
PAUSE_S = 0.5
SHOWN_AT_FIRST = 10
FINAL = ("completed", "failed", "stopped")
NO_EPOCH = "none"  # no log has it: the answer is where the log ends now


def _watch(context: Context, args: Namespace) -> Answer:
    client = context.new_client(patience_s=0)
    show = _print_json if getattr(args, "json", False) else Lines(client).print
    log = Log(client)
    if args.session is None:
        for entry in log.entries():
            show(entry)
    return _watch_one(client, log, args.session, show)


def _watch_one(client: Client, log: Log, session_id: str, show: Any) -> Answer:
    """Ends with the session; what it said before comes first, and again nothing twice."""
    seen: set[str] = set()
    session = client.get(path_of("sessions", session_id))
    show(_timeline(session, session["timeline"][-SHOWN_AT_FIRST:]))
    seen.update(event["id"] for event in session["timeline"])
    status = session["status"]
    entries = log.entries()
    while status not in FINAL:
        entry = next(entries)
        if entry["type"] == "resync":
            session = client.get(path_of("sessions", session_id))
            entry, status = _timeline(session, session["timeline"]), session["status"]
        if not _is_of(entry, session_id):
            continue
        entry = _unseen(entry, seen)
        if entry["type"] != "session:timeline" or entry["data"]["events"]:
            show(entry)
        if entry["type"] == "session:deleted":
            status = "deleted"
            break
        if entry["type"] == "session:updated":
            status = entry["data"]["status"]
    return Answer({"sessionId": session_id, "status": status}, f"{session_id} is {status}")


class Log:
    """The server's event log from now on, through as many servers as it takes."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._place = client.get("/api/events", {"epoch": NO_EPOCH})

    def entries(self) -> Iterator[dict[str, Any]]:
        """In order, each once; a `resync` where the log no longer reaches back that far."""
        while True:
            page = self._read()
            if page.get("resync"):
                now_ms = time.time_ns() // 1_000_000
                yield {"type": "resync", "data": {}, "timestamp": now_ms, "seq": page["next"]}
            yield from page["events"]
            self._place = page

    def _read(self) -> Any:
        query = {"after": self._place["next"], "epoch": self._place["epoch"]}
        said = False
        while True:
            try:
                return self._client.get("/api/events", query, wait_s=WAIT_S)
            except NoServer as error:
                reason = error.message
            except Refused as error:
                if error.status < 500 and error.status != 429:
                    raise
                reason = error.message
            if not said:
                complain(f"{reason} Waiting for it to come back.")
                said = True
            time.sleep(PAUSE_S)


class Lines:
    """One line for what a person wants to know, nothing for what only programs need."""

    def __init__(self, client: Client) -> None:
        self._client = client
        sessions = client.get("/api/sessions", {"active": "true"})
        self._names: dict[str, str] = {session["id"]: session["name"] for session in sessions}
        self._statuses = {session["id"]: session["status"] for session in sessions}

    def print(self, entry: dict[str, Any]) -> None:
        if entry["type"] == "session:timeline":
            name = self._name(entry["data"]["sessionId"])
            for event in entry["data"]["events"]:
                _print_line(event["timestamp"], name, event["type"], event.get("message") or "")
        else:
            for words in self._said(entry["type"], entry["data"]):
                _print_line(entry["timestamp"], *words)

    def _said(self, type: str, data: Any) -> Iterable[tuple[str, str, str]]:
        verb = type.partition(":")[2]
        if type in ("session:created", "session:spawn", "session:updated"):
            return self._moved(data.get("session") or data)
        if type == "session:deleted":
            return [(self._names.pop(data["id"], data["id"]), "deleted", data["id"])]
        if verb in ("created", "deleted"):
            return [(data["id"], verb, data.get("title") or data.get("name") or "")]
        if type == "launcher:updated":
            return [("launcher", "paused" if data["paused"] else "starts agents", "")]
        if type == "storage:problem":
            return [("storage", data["reason"], data["keptAs"])]
        if type == "resync":
            return [("log", "begun anew", "what happened just before may be missing")]
        return []

    def _name(self, session_id: str) -> str:
        if session_id not in self._names:
            try:
                session = self._client.get(path_of("sessions", session_id))
            except CliError:
                return session_id
            self._names[session_id] = session["name"] or session_id
        return self._names[session_id]

    def _moved(self, session: dict[str, Any]) -> Iterable[tuple[str, str, str]]:
        session_id, status = session["id"], session["status"]
        self._names[session_id] = session.get("name") or session_id
        if self._statuses.get(session_id) == status:
            return []
        self._statuses[session_id] = status
        return [(self._names[session_id], status, session_id)]


def _timeline(session: dict[str, Any], events: list[Any]) -> dict[str, Any]:
    data = {"sessionId": session["id"], "events": events, "status": session["status"]}
    return {"type": "session:timeline", "data": data, "timestamp": session["updatedAt"]}


def _is_of(entry: dict[str, Any], session_id: str) -> bool:
    data = entry["data"]
    about = data.get("sessionId") or (data.get("session") or data).get("id")
    return bool(about == session_id)


def _unseen(entry: dict[str, Any], seen: set[str]) -> dict[str, Any]:
    if entry["type"] != "session:timeline":
        return entry
    events = [event for event in entry["data"]["events"] if event["id"] not in seen]
    seen.update(event["id"] for event in events)
    return {**entry, "data": {**entry["data"], "events": events}}


def _print_line(at_ms: int, about: str, what: str, words: str) -> None:
    at = time.strftime("%H:%M:%S", time.localtime(at_ms / 1000))
    print(printable(f"{at}  {about}  {what}  {words}".rstrip()), flush=True)


def _print_json(entry: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({"success": True, "data": entry}, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--session", help="only this one, until it ends (default: everything)")


COMMANDS = (
    Command(
        "watch",
        "Show what happens, as it happens",
        _watch,
        _arguments,
        examples=("", "--session ses_x"),
    ),
)
