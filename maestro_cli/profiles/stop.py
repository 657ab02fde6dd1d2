"""Being told to stop: passes the signal on to the running command and sees that it ends."""

from __future__ import annotations

import contextlib
import os
import signal
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

    from maestro_cli.client import Client

# The launcher kills this process 10 s after its first signal; the command has to be gone by then.
KILL_AFTER_S = 8.0
LAST_WORDS_PATIENCE_S = 1.0


class Stop:
    """Whether, and by which signal, this process was told to stop."""

    def __init__(self, client: Client) -> None:
        self.signal: signal.Signals | None = None
        self._client = client
        self._group: int | None = None
        self._kill_at_s = 0.0

    def listen(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._receive)
        # The command has a session of its own, to which the terminal does not say its new size.
        signal.signal(signal.SIGWINCH, lambda number, frame: self._pass_on(number))

    def watch(self, group: int | None) -> None:
        """From now on signals go to this process group as well; one that came before, at once."""
        self._group = group
        if self.signal:
            self._pass_on(self.signal)

    def enforce(self) -> None:
        """Kill what has not obeyed in time."""
        if self.signal and time.monotonic() > self._kill_at_s:
            self._pass_on(signal.SIGKILL)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if not self.signal:
            self.signal = signal.Signals(number)
            self._kill_at_s = time.monotonic() + KILL_AFTER_S
            self._client.patience_s = min(self._client.patience_s, LAST_WORDS_PATIENCE_S)
        self._pass_on(number)

    def _pass_on(self, number: int) -> None:
        if self._group is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._group, number)
