"""Deliveries that wait on disk for the server: a private folder, one file each, oldest first."""

from __future__ import annotations

import contextlib
import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs start-up time
    from collections.abc import Mapping

KEPT_AT_MOST = 1000
LOCK = ".lock"
TICK_S = 0.05


def spool_folder(environ: Mapping[str, str], session_id: str) -> str:
    """Beside the session's manifest, with which it goes; else with the user's state."""
    manifest = environ.get("MAESTRO_MANIFEST_PATH")
    beside = os.path.dirname(manifest) if manifest else ""
    if beside and os.access(beside, os.W_OK):
        return os.path.join(beside, "hooks")
    state = environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return os.path.join(state, "maestro", "hooks", session_id)


class Spool:
    """Keys sort by time; what is written is whole or not there, and for nobody else to read."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._lock: int | None = None

    def keys(self) -> list[str]:
        """Oldest first; empty when nothing was ever kept."""
        try:
            names = os.listdir(self.folder)
        except FileNotFoundError:
            return []
        return sorted(name[:-5] for name in names if name.endswith(".json"))

    def keep(self, key: str, content: bytes) -> int:
        """Returns how many of the oldest had to go for it."""
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        partial = os.path.join(self.folder, f".{key}")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.replace(partial, self._path(key))
        too_many = self.keys()[:-KEPT_AT_MOST]
        for oldest in too_many:
            self.drop(oldest)
        return len(too_many)

    def read(self, key: str) -> bytes | None:
        """None when somebody else has delivered it meanwhile."""
        try:
            with open(self._path(key), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def drop(self, key: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path(key))

    def take_turn(self, *, wait_s: float) -> bool:
        """One process at a time delivers; the turn ends with `end_turn` or with the process."""
        import fcntl

        lock = os.open(os.path.join(self.folder, LOCK), os.O_RDWR | os.O_CREAT, 0o600)
        until_s = time.monotonic() + wait_s
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until_s:
                    os.close(lock)
                    return False
                time.sleep(TICK_S)
            else:
                self._lock = lock
                return True

    def end_turn(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _path(self, key: str) -> str:
        return os.path.join(self.folder, f"{key}.json")
