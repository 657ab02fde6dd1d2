"""Who is told that something was committed: listeners in this process, else the running server."""

import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from django.conf import settings

_listeners: list[Callable[[], None]] = []
_fallback: Callable[[], None] | None = None


def socket_path() -> Path:
    """The server's datagram socket; in the data directory's own name, but short enough to bind."""
    from hashlib import sha256
    from os import getuid
    from tempfile import gettempdir

    name = sha256(str(Path(settings.MAESTRO_DATA_DIR).resolve()).encode()).hexdigest()[:16]
    return Path(gettempdir()) / f"maestro-{getuid()}" / f"{name}.wake"


def listen(listener: Callable[[], None]) -> None:
    _listeners.append(listener)


def forget(listener: Callable[[], None]) -> None:
    if listener in _listeners:
        _listeners.remove(listener)


def when_alone(fallback: Callable[[], None]) -> None:
    """What to do after a commit in a process that runs no server."""
    global _fallback
    _fallback = fallback


def committed() -> None:
    """Wake everybody; never raises, because the change is already durable."""
    for listener in tuple(_listeners):
        listener()
    if not _listeners:
        tell_server()
        if _fallback:
            _fallback()


def tell_server() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender, suppress(OSError):
        sender.setblocking(False)
        sender.sendto(b"{}", str(socket_path()))
