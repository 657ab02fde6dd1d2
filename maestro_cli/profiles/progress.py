"""Reports the newest output line of a task to its timeline, at most once a second."""

from __future__ import annotations

import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

INTERVAL_S = 1.0


class ProgressReporter:
    """Posts from a thread of its own, so that a slow or absent server never holds up the work.

    The first line is posted at once, the last one before the `with` block is left.
    """

    def __init__(self, post: Callable[[str, int], None]) -> None:
        self._post = post
        self._changed = threading.Condition()
        self._newest: str | None = None
        self._count = 0
        self._closed = False
        self._thread = threading.Thread(target=self._post_lines, daemon=True)

    def __enter__(self) -> ProgressReporter:
        self._thread.start()
        return self

    def __exit__(
        self,
        type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def add_line(self, line: str) -> None:
        with self._changed:
            self._count += 1
            if line.strip():
                self._newest = line
                self._changed.notify()

    def _post_lines(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._newest is not None or self._closed)
                line, count, self._newest = self._newest, self._count, None
            if line is None:
                return
            self._post(line, count)
            with self._changed:
                self._changed.wait_for(lambda: self._closed, timeout=INTERVAL_S)
