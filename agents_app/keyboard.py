"""Typing a line into an agent's terminal for a person, or for the queue."""

import threading
import time

from django.db import transaction

from agents_app import hosts
from storage_app.tree import session_folder

# Tools take what comes in one piece for pasted, and a return in it for a line break.
BEFORE_RETURN_S = 0.3
# A terminal's own line editor takes no more than 4,096 bytes.
LINE_AT_MOST_BYTES = 3500


def has_terminal(session_id: str) -> bool:
    return hosts.find(session_folder(session_id)) is not None


def type_line(session_id: str, text: str) -> None:
    """Once the change around this is committed, and without anybody waiting for it."""
    transaction.on_commit(lambda: _start(session_id, one_line(text)))


def one_line(text: str) -> bytes:
    words = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return words.encode()[:LINE_AT_MOST_BYTES].decode("utf-8", "ignore").encode()


def _start(session_id: str, line: bytes) -> None:
    threading.Thread(target=_type, args=(session_id, line), name="keyboard", daemon=True).start()


def _type(session_id: str, line: bytes) -> None:
    folder = session_folder(session_id)
    if hosts.send_input(folder, line):
        time.sleep(BEFORE_RETURN_S)
        hosts.send_input(folder, b"\r")
