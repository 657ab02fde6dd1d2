"""The processes that an agent started, found and signalled so that nothing is left running."""

import ctypes
import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Become the parent of descendants that lose theirs, also of those in sessions of their own.

    Tools start commands in new sessions (Node's `detached`): the session id alone misses them.
    Only Linux has this; elsewhere `survivors` sees the agent's process group.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def survivors(leader: int) -> set[int]:
    """Running processes of the leader's session and group, and every descendant of this process.

    Without /proc it is the leader's group as a whole, as the negative number that kill(2) takes.
    """
    if not (_PROC / "self" / "stat").exists():
        return {-leader} if _is_there(-leader) else set()
    rows = list(_processes())
    members = {pid for pid, _, group, session in rows if leader in (pid, group, session)}
    family = members | {os.getpid()}
    while grown := {pid for pid, parent, *_ in rows if parent in family} - family:
        family |= grown
    return family - {os.getpid()}


def send(signum: signal.Signals, targets: Iterable[int]) -> None:
    """Signal processes (or groups, as negative numbers), passing over those that have ended."""
    for target in targets:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(target, signum)


def _is_there(target: int) -> bool:
    try:
        os.kill(target, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _processes() -> Iterator[tuple[int, int, int, int]]:
    """Pid, parent, group and session of every process that is not a zombie."""
    for entry in os.listdir(_PROC):
        if not entry.isdigit():
            continue
        with suppress(OSError):  # ended since it was listed
            # The name in brackets may hold anything, so the fields count from the last bracket.
            status = (_PROC / entry / "stat").read_bytes().rpartition(b")")[2].split()
            if status[0] not in (b"Z", b"X"):
                yield int(entry), int(status[1]), int(status[2]), int(status[3])
