"""The Unix socket on which a host process answers the server, one JSON line for each."""

import json
import os
import selectors
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

# The shortest limit of the systems this runs on (macOS); Linux allows 107.
_PATH_BYTES = 103
_REQUEST_BYTES = 4 * 1024 * 1024

Answer = Callable[[dict[str, Any]], dict[str, Any]]


class HostSocket:
    """Listens in the runtime directory and answers requests through the host's selector."""

    def __init__(self, selector: selectors.BaseSelector, answer: Answer) -> None:
        self._selector = selector
        self._answer = answer
        self._name = f"{os.getpid()}-{os.urandom(4).hex()}.sock"
        self.path = runtime_directory(self._name) / self._name
        self._listener = self._listen()

    def restore(self) -> None:
        """Listen anew if the file is gone: a runtime directory goes when its user logs out."""
        if self.path.exists():
            return
        with suppress(OSError):
            self.path.parent.mkdir(mode=0o700, exist_ok=True)
            old, self._listener = self._listener, self._listen()
            self._selector.unregister(old)
            old.close()

    def close(self) -> None:
        self._selector.unregister(self._listener)
        self._listener.close()
        self.path.unlink(missing_ok=True)

    def _listen(self) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.path))
        self.path.chmod(0o600)
        listener.listen(16)
        listener.setblocking(False)
        self._selector.register(listener, selectors.EVENT_READ, self._accept)
        return listener

    def _accept(self, _events: int) -> None:
        with suppress(OSError):
            connection, _ = self._listener.accept()
            connection.setblocking(False)
            receive = partial(self._receive, connection, bytearray())
            self._selector.register(connection, selectors.EVENT_READ, receive)

    def _receive(self, connection: socket.socket, pending: bytearray, _events: int) -> None:
        try:
            received = connection.recv(65536)
            pending += received
            while b"\n" in pending:
                line, _, rest = bytes(pending).partition(b"\n")
                pending[:] = rest
                connection.send(self._reply(line))
        except OSError:  # gone, or does not read its answers
            received = b""
        if not received or len(pending) > _REQUEST_BYTES:
            self._selector.unregister(connection)
            connection.close()

    def _reply(self, line: bytes) -> bytes:
        try:
            request = json.loads(line)
            answer = self._answer(request if isinstance(request, dict) else {})
        except ValueError as error:
            answer = {"ok": False, "error": "bad_request", "message": str(error)}
        return json.dumps(answer).encode() + b"\n"


def runtime_directory(name: str) -> Path:
    """Where a socket of this name may be: short enough, and ours alone. Raises OSError."""
    for directory in _candidates():
        if len(os.fsencode(directory / name)) <= _PATH_BYTES and _is_private(directory):
            return directory
    tried = " or ".join(str(directory) for directory in _candidates())
    raise OSError(f"no directory for sockets that is ours alone: {tried}; set XDG_RUNTIME_DIR")


def _candidates() -> Iterator[Path]:
    if runtime := os.environ.get("XDG_RUNTIME_DIR"):
        yield Path(runtime) / "maestro"
    yield Path(f"/tmp/maestro-{os.getuid()}")


def _is_private(directory: Path) -> bool:
    """Make the directory if need be; one that others own or may enter is not used."""
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        status = directory.lstat()
    except OSError:
        return False
    ours = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
    return ours and not status.st_mode & 0o077
