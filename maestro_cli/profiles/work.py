"""Where a profile's tasks come from and where their ends go: the session's queue, or the manifest.

Both have `next`, `complete`, `fail` and `finish`; which of them a session has is its strategy.
"""

from __future__ import annotations

from maestro_cli.client import path_of
from maestro_cli.errors import Refused
from maestro_cli.timeline import post_events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from maestro_cli.client import Client
    from maestro_cli.profiles.stop import Stop

    class Work(Protocol):
        """A source of tasks, one after the other."""

        def next(self, stop: Stop) -> str | None:
            """The id of the task to do now, started; None when nothing is left or to be done."""

        def complete(self, task_id: str) -> None: ...

        def fail(self, task_id: str, reason: str, metadata: dict[str, Any]) -> None: ...

        def finish(self) -> None:
            """Ends the session, if it does not end by itself."""


# The server answers at once when there is something; a signal is obeyed when it has answered, and
# the launcher kills what has not ended 10 s after its signal.
WAIT_S = 5


class QueueWork:
    """The items of the session's queue, claimed one at a time."""

    def __init__(self, client: Client, session_id: str, say: Callable[[str], None]) -> None:
        self._client = client
        self._session_id = session_id
        self._say = say
        self._claim_id: str | None = None
        self._keep_open: bool | None = None

    def next(self, stop: Stop) -> str | None:
        said, wait_s = "", 0
        while not stop.signal:
            try:
                answer = self._client.post(self._path("next"), wait_s=wait_s)
            except Refused as error:
                if error.code == "session_is_final":
                    return None
                raise
            item, blocked = answer.get("item"), answer.get("blocked") or []
            if item:
                self._claim_id = item.get("claimId")
                return str(item["taskId"])
            if not self._is_kept_open() and (not blocked or self._is_stuck(blocked)):
                return None
            said = self._say_waiting(blocked, said)
            wait_s = WAIT_S
        return None

    def complete(self, task_id: str) -> None:
        self._end("complete", {"taskId": task_id})

    def fail(self, task_id: str, reason: str, metadata: dict[str, Any]) -> None:
        self._end("fail", {"taskId": task_id, "reason": reason, "metadata": metadata})

    def finish(self) -> None:
        """The server ends the session with its last item; only what can never start is left."""

    def _end(self, verb: str, body: dict[str, Any]) -> None:
        if self._claim_id:
            body["claimId"] = self._claim_id
        try:
            self._client.post(self._path(verb), body)
        except Refused as error:
            if error.code not in ("session_is_final", "not_processing"):
                raise
            self._say(f"The queue had ended this item already: {error.message}")

    def _is_kept_open(self) -> bool:
        """Whether more may be pushed to a queue that ran out."""
        if self._keep_open is None:
            queue = self._client.get(path_of("sessions", self._session_id, "queue"))["queue"]
            self._keep_open = queue.get("keepOpen") is True
        return self._keep_open

    def _is_stuck(self, blocked: list[dict[str, Any]]) -> bool:
        """Everything left waits for an item that failed here; if so, the session ends as failed."""
        items = self._client.get(self._path("items"))["items"]
        lost = {item["taskId"] for item in items if item["status"] in ("failed", "skipped")}
        waiting = blocked
        while waiting:
            doomed = [entry for entry in waiting if lost.intersection(entry["waitingOn"])]
            if not doomed:
                return False
            lost.update(entry["taskId"] for entry in doomed)
            waiting = [entry for entry in waiting if entry not in doomed]
        line = f"{len(blocked)} tasks wait for one that failed or was skipped"
        post_events(self._client, self._session_id, "error", line)
        self._client.patch(path_of("sessions", self._session_id), {"status": "failed"})
        self._say(line)
        return True

    def _say_waiting(self, blocked: list[dict[str, Any]], said: str) -> str:
        names = "; ".join(f"{e['taskId']} for {', '.join(e['waitingOn'])}" for e in blocked)
        line = f"Waiting: {names}" if names else "Waiting for more to do"
        if line != said:
            self._say(line)
        return line

    def _path(self, verb: str) -> str:
        return path_of("sessions", self._session_id, "queue", verb)


class SimpleWork:
    """The manifest's tasks, each after those it depends on."""

    def __init__(self, client: Client, session_id: str, tasks: list[dict[str, Any]]) -> None:
        self._client = client
        self._session_id = session_id
        self._left = {task["id"]: set(task.get("dependencies") or ()) for task in tasks}
        self._lost: set[str] = set()

    def next(self, stop: Stop) -> str | None:
        while self._left and not stop.signal:
            task_id, needs = self._take()
            missing = sorted(needs & self._lost)
            if not missing:
                self._post("task_started", task_id, "Started", {})
                return task_id
            reason = "needs " + ", ".join(missing)
            self._lost.add(task_id)
            self._post("task_skipped", task_id, reason, {"reason": reason})
        return None

    def complete(self, task_id: str) -> None:
        self._post("task_completed", task_id, "Completed", {"exitCode": 0})

    def fail(self, task_id: str, reason: str, metadata: dict[str, Any]) -> None:
        self._lost.add(task_id)
        self._post("task_failed", task_id, reason, {"error": reason, **metadata})

    def finish(self) -> None:
        status = "failed" if self._lost else "completed"
        self._client.patch(path_of("sessions", self._session_id), {"status": status})

    def _take(self) -> tuple[str, set[str]]:
        """Out of what is left, the first that waits for nothing else that is left."""
        left = self._left
        ready = (task_id for task_id, needs in left.items() if not needs.intersection(left))
        task_id = next(ready, next(iter(left)))
        return task_id, left.pop(task_id)

    def _post(self, type: str, task_id: str, message: str, metadata: dict[str, Any]) -> None:
        post_events(
            self._client,
            self._session_id,
            type,
            message,
            task_ids=[task_id],
            metadata=metadata,
        )
