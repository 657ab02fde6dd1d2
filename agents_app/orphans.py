"""Ends agents whose host process was killed, step by step, as a host would have ended them."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

from agents_app import hosts, process_tree

STEP_S = 5.0
STEPS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)


class Orphans:
    """Remembers which signal each folder's agent had last, and when."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._sent: dict[Path, tuple[int, float]] = {}

    def end(self, folder: Path) -> bool:
        """Send the signal that is due; True when nothing is left. Ask again until then."""
        left = hosts.orphans(folder)
        if not left:
            self._sent.pop(folder, None)
            return True
        step, sent_s = self._sent.get(folder, (-1, 0.0))
        if step < 0 or self._clock_s() - sent_s >= STEP_S:
            step = min(step + 1, len(STEPS) - 1)
            self._sent[folder] = (step, self._clock_s())
            process_tree.send(STEPS[step], left)
        return False
