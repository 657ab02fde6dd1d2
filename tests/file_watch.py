"""Reading every JSON file of a data directory as often as it changes, while others write it."""

import json
import threading
from pathlib import Path


class FileWatch:
    """Reads every JSON file of the tree whenever it changes; what cannot be parsed is kept."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._seen: dict[Path, tuple[int, int, int]] = {}
        self.broken: list[str] = []
        self.reads = 0

    def __enter__(self) -> "FileWatch":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(0.01):
            try:
                paths = list(self._data_dir.rglob("*.json"))
            except FileNotFoundError:  # a folder went while it was listed
                continue
            for path in paths:
                self._read(path)

    def _read(self, path: Path) -> None:
        try:
            status = path.stat()
            looks = (status.st_ino, status.st_size, status.st_mtime_ns)
            if self._seen.get(path) != looks:
                json.loads(path.read_bytes())
                self._seen[path] = looks
                self.reads += 1
        except FileNotFoundError:
            pass
        except ValueError as error:
            self.broken.append(f"{path}: {error}")
