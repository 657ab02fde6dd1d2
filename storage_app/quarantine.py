"""Files that could not be taken in: moved aside with a reason beside them, never deleted."""

import logging
import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from core.clock import now_ms
from core.files import write_atomically

logger = logging.getLogger("maestro.storage")

REASON = ".reason"


@dataclass(frozen=True)
class SetAside:
    """A file in quarantine. `path` and `kept_as` are relative to the data directory."""

    kept_as: str
    reason: str
    at_ms: int


def folder() -> Path:
    return Path(settings.MAESTRO_DATA_DIR) / "quarantine"


def set_aside(path: Path, reason: str, ending: str = "unreadable") -> SetAside:
    """Move a file into quarantine/ with the reason beside it."""
    at_ms = now_ms()
    folder().mkdir(parents=True, exist_ok=True)
    while (target := folder() / f"{_name(path)}-{at_ms}.json.{ending}").exists():
        at_ms += 1
    path.rename(target)
    write_atomically(target.with_suffix(f".{ending}{REASON}"), f"{path}: {reason}\n".encode())
    logger.warning("%s was set aside as %s: %s", path, target, reason)
    return SetAside(f"quarantine/{target.name}", reason, at_ms)


def _name(path: Path) -> str:
    return "-".join(path.relative_to(settings.MAESTRO_DATA_DIR).with_suffix("").parts)


def keeps_file_of(path: Path) -> bool:
    """Whether a file that was at this place is in quarantine."""
    return any(one.name.startswith(f"{_name(path)}-") for one in folder().glob("*"))


def quarantined() -> list[SetAside]:
    """All files in quarantine, newest first."""
    found = [_read(path) for path in folder().glob("*") if path.suffix == REASON]
    return sorted(found, key=lambda one: -one.at_ms)


def _read(path: Path) -> SetAside:
    kept = path.with_suffix("")
    at_ms = re.search(r"-(\d+)\.json\.", kept.name)
    reason = path.read_text(errors="replace").strip()
    return SetAside(f"quarantine/{kept.name}", reason, int(at_ms[1]) if at_ms else 0)
