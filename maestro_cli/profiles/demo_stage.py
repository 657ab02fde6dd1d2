"""What both roles of the demo stand on: the pace, the reports, and the lines in the terminal."""

from __future__ import annotations

import contextlib
import time

from maestro_cli.output import printable
from maestro_cli.profiles.stop import Stop
from maestro_cli.timeline import post_events

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Sequence
    from typing import Any

    from maestro_cli.client import Client

TICK_S = 0.2
BOLD, DIM, RED, GREEN, YELLOW = "1", "2", "31", "32", "33"


class Stopped(Exception):
    """This process was told to stop by a signal."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(number.name)
        self.signal = number


class Stage:
    """One session, played at a speed; waiting raises Stopped as soon as a signal comes."""

    def __init__(self, client: Client, session_id: str, *, speed: float) -> None:
        self.client = client
        self.session_id = session_id
        self.speed = speed
        self.stop = Stop(client)
        self.stop.listen()
        self._due_s = time.monotonic()

    def wait(self, duration_s: float) -> None:
        """Counted from the end of the wait before, so that requests in between cost no time."""
        self._due_s = max(self._due_s + duration_s / self.speed, time.monotonic())
        self.check()
        while (left_s := self._due_s - time.monotonic()) > 0:
            time.sleep(min(left_s, TICK_S))
            self.check()

    def check(self) -> None:
        if self.stop.signal:
            raise Stopped(self.stop.signal)

    def report(
        self,
        type: str,
        message: str,
        *,
        task_ids: Sequence[str] = (),
        metadata: dict[str, Any] | None = None,
    ) -> Any:
        """The event as it was posted, or the list of them for several tasks."""
        return post_events(
            self.client, self.session_id, type, message, task_ids=task_ids, metadata=metadata
        )


def say(line: str, style: str = "") -> None:
    text = printable(line)
    # The terminal may be gone; the work goes on without it.
    with contextlib.suppress(OSError):
        print(f"\x1b[{style}m{text}\x1b[0m" if style else text, flush=True)


def say_header(title: str) -> None:
    say(f"\n── {title} ──", BOLD)
