"""Writing to a session's timeline."""

from __future__ import annotations

from maestro_cli.client import path_of
from maestro_cli.ids import event_id

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs start-up time
    from collections.abc import Sequence
    from typing import Any

    from maestro_cli.client import Client


def post_events(
    client: Client,
    session_id: str,
    type: str,
    message: str,
    *,
    task_ids: Sequence[str] = (),
    metadata: dict[str, Any] | None = None,
) -> Any:
    """One event for each task, or one for none, in one request; their ids make repeats safe."""
    event: dict[str, Any] = {"type": type, "message": message}
    if metadata:
        event["metadata"] = metadata
    events = [{"id": event_id(), **event, "taskId": task_id} for task_id in task_ids]
    body = events if len(events) > 1 else events[0] if events else {"id": event_id(), **event}
    client.post(path_of("sessions", session_id, "timeline"), body)
    return body
