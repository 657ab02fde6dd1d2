"""Delivering hook events: in order, each once, and through disk while the server is away."""

from __future__ import annotations

import json

from maestro_cli.client import path_of
from maestro_cli.errors import NoServer, Refused
from maestro_cli.ids import ulid
from maestro_cli.output import complain
from maestro_cli.spool import Spool, spool_folder

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs start-up time
    from typing import Any

    from maestro_cli.client import Client
    from maestro_cli.context import Context

# (seconds the server may be silent, seconds it may be away). The tools wait for their hooks: what
# only tells something does not hold an agent up, and ending a session leaves 1.5 s for all hooks.
TELLING = (3.0, 0.0)
PACE = {
    "PermissionRequest": (3600.0, 30.0),  # the server ends the wait, with or without a decision
    "Stop": (30.0, 30.0),
    "SessionEnd": (1.0, 0.0),
}
TURN_S = 2.0
DRAIN_PATIENCE_S = 30.0
BODY_LIMIT_BYTES = 1024 * 1024
LONGEST_STRING = 4000
NOT_NOW = (429, 502, 503, 504, 507)


class Delivery:
    """One event of one tool; its key makes a repeat known to the server."""

    __slots__ = ("event", "key", "late", "tool")

    def __init__(self, tool: str, event: dict[str, Any], *, key: str = "") -> None:
        self.tool = tool
        self.event = event
        self.late = bool(key)
        self.key = key or ulid()

    @property
    def name(self) -> str:
        return str(self.event.get("hook_event_name") or "")

    def dump(self) -> bytes:
        return json.dumps({"tool": self.tool, "event": self.event}).encode()

    @classmethod
    def load(cls, content: bytes, *, key: str) -> Delivery:
        fields = json.loads(content)
        return cls(fields["tool"], fields["event"], key=key)


def deliver(context: Context, tool: str, event: dict[str, Any]) -> Any:
    """The server's answer, or None when it is away: then the event waits on disk."""
    delivery = Delivery(tool, _fitting(event))
    spool = _spool(context)
    timeout_s, patience_s = PACE.get(delivery.name, TELLING)
    client = context.new_client(timeout_s=timeout_s, patience_s=patience_s)
    if _drain(spool, client, context.session(), turn_s=max(TURN_S, patience_s)):
        try:
            return _send(client, context.session(), delivery)
        except _Away as away:
            complain(f"{away} The {delivery.name or 'event'} is delivered later.")
    # Nobody waits for this decision any more: the tool asks in its terminal.
    if delivery.name != "PermissionRequest":
        lost = spool.keep(delivery.key, delivery.dump())
        if lost:
            complain(f"Too much waits for the server: dropped the {lost} oldest.")
    return None


def drain(context: Context) -> bool:
    """Deliver what still waits on disk; False when something has to go on waiting."""
    client = context.new_client(timeout_s=DRAIN_PATIENCE_S, patience_s=DRAIN_PATIENCE_S)
    return _drain(_spool(context), client, context.session(), turn_s=DRAIN_PATIENCE_S)


class _Away(Exception):
    """The server does not answer, or asks to come back later."""


def _drain(spool: Spool, client: Client, session_id: str, *, turn_s: float) -> bool:
    if not spool.keys():
        return True
    if not spool.take_turn(wait_s=turn_s):
        return False
    try:
        while keys := spool.keys():
            for key in keys:
                _deliver_kept(spool, key, client, session_id)
        return True
    except (_Away, OSError):
        return False
    finally:
        spool.end_turn()


def _deliver_kept(spool: Spool, key: str, client: Client, session_id: str) -> None:
    content = spool.read(key)
    if content is not None:
        try:
            _send(client, session_id, Delivery.load(content, key=key))
        except (ValueError, KeyError, TypeError):
            complain(f"{spool.folder}/{key}.json is not a delivery; removed it.")
    spool.drop(key)


def _send(client: Client, session_id: str, delivery: Delivery) -> Any:
    """Raises _Away. A refusal is for good, and no reason for the agent to fail."""
    headers = {"Idempotency-Key": delivery.key}
    if delivery.late:
        headers["X-Maestro-Late"] = "true"
    path = path_of("sessions", session_id, "hooks", delivery.tool)
    try:
        return client.request("POST", path, delivery.event, headers=headers)
    except NoServer as error:
        raise _Away(error.message) from error
    except Refused as error:
        if error.status in NOT_NOW:
            raise _Away(error.message) from error
        complain(error.message)
        return None


def _spool(context: Context) -> Spool:
    return Spool(spool_folder(context.environ, context.session()))


def _fitting(event: dict[str, Any]) -> dict[str, Any]:
    """The event, its long texts cut if the server would refuse it for its size."""
    if len(json.dumps(event)) <= BODY_LIMIT_BYTES:
        return event
    cut = _cut(event)
    assert isinstance(cut, dict)
    return cut


def _cut(value: Any) -> Any:
    if isinstance(value, str):
        return value[:LONGEST_STRING]
    if isinstance(value, list):
        return [_cut(element) for element in value]
    if isinstance(value, dict):
        return {key: _cut(element) for key, element in value.items()}
    return value
