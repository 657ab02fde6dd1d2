"""Files that are whole or not there: atomic writing, fingerprints, the data directory's lock."""

import fcntl
import hashlib
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Fingerprint:
    """How a file is recognised: its size, its time of change in ns, and the hash of its bytes."""

    size_bytes: int
    mtime_ns: int
    sha256: str

    def looks_like(self, path: Path) -> bool:
        """Whether the file still has this size and time; cheap, reads no content."""
        try:
            status = path.stat()
        except OSError:
            return False
        return status.st_size == self.size_bytes and status.st_mtime_ns == self.mtime_ns

    @property
    def is_ours(self) -> bool:
        """Whether `write_atomically` wrote it: known from the file alone, even after a crash."""
        return self.mtime_ns % SIGNED_NS == _signature(self.sha256)


# The last millisecond of a file's time says what its content hashes to.
SIGNED_NS = 2**20


def _signature(sha256: str) -> int:
    return int(sha256[:5], 16)


def _sign(descriptor: int, sha256: str) -> None:
    now_ns = time.time_ns()
    signed_ns = now_ns - now_ns % SIGNED_NS + _signature(sha256)
    os.utime(descriptor, ns=(signed_ns, signed_ns))


def write_atomically(path: Path, content: bytes) -> Fingerprint:
    """Write beside the file, flush, fsync, rename: a reader or a crash sees the old or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            _sign(file.fileno(), sha256)
            os.fsync(file.fileno())
            status = os.fstat(file.fileno())
        os.rename(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    return Fingerprint(status.st_size, status.st_mtime_ns, sha256)


def fingerprint_of(path: Path, content: bytes) -> Fingerprint:
    status = path.stat()
    return Fingerprint(len(content), status.st_mtime_ns, hashlib.sha256(content).hexdigest())


class LockTaken(Exception):
    """Another process holds the lock; `holder` is what it wrote about itself."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


@contextmanager
def exclusive_lock(path: Path, *, holder: str) -> Iterator[None]:
    """Hold the lock file for as long as the block runs, or raise LockTaken at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockTaken(os.pread(descriptor, 4096, 0).decode("utf-8", "replace")) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, holder.encode(), 0)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)
