"""What people should see of the storage: whether it takes changes, what is gone or set aside."""

from dataclasses import dataclass

from storage_app import availability
from storage_app.quarantine import SetAside, folder, quarantined


@dataclass(frozen=True)
class StorageState:
    """`problem` is why changes are refused, `missing` why no record is removed, or None."""

    problem: str | None
    missing: str | None
    aside: int
    newest: SetAside | None
    folder: str


def storage_state() -> StorageState:
    found = quarantined()
    newest = found[0] if found else None
    return StorageState(
        problem=availability.problem(),
        missing=availability.missing(),
        aside=len(found),
        newest=newest,
        folder=str(folder()),
    )
