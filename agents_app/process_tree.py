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
    if not _has_proc():
        return {-leader} if _is_there(-leader) else set()
    return _family(leader, {os.getpid()}) - {os.getpid()}


def orphans(leader: int, start: int, variable: str) -> set[int]:
    """What an agent left whose host was killed: its group, its session, and wherever else they
    went, whatever carries `variable` (NAME=value) in its environment, with all descendants.

    The leader's number may belong to another process by now: one of another `start`. Needs /proc.
    """
    if not _has_proc():
        return set()
    own = leader if start_of(leader) in (None, start) else None
    return _family(own, _carrying(variable.encode()) - {os.getpid()})


def start_of(pid: int) -> int | None:
    """When a process began, in ticks since the boot; None if it has ended, or without /proc."""
    try:
        status = _status(pid)
    except OSError:
        return None
    return None if status[0] in (b"Z", b"X") else int(status[19])


def _has_proc() -> bool:
    return (_PROC / "self" / "stat").exists()


def _family(leader: int | None, known: set[int]) -> set[int]:
    """The leader's session and group, the known ones, and all who descend from these."""
    rows = list(_processes())
    family = known | {pid for pid, _, group, session in rows if leader in (pid, group, session)}
    while grown := {pid for pid, parent, *_ in rows if parent in family} - family:
        family |= grown
    return family


def _carrying(variable: bytes) -> set[int]:
    found = set()
    for pid, *_ in _processes():
        with suppress(OSError):  # another user's, or ended
            if variable in (_PROC / str(pid) / "environ").read_bytes().split(b"\0"):
                found.add(pid)
    return found


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
            status = _status(int(entry))
            if status[0] not in (b"Z", b"X"):
                yield int(entry), int(status[1]), int(status[2]), int(status[3])


def _status(pid: int) -> list[bytes]:
    """From the state on: the name in brackets before it may hold anything."""
    return (_PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
