"""Reading every JSON file of a data directory again and again, while others write them."""

import json
import threading
from pathlib import Path


class FileWatch:
    """Reads every JSON file of the tree again and again; what cannot be parsed is kept."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
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
            for path in self._data_dir.rglob("*.json"):
                try:
                    json.loads(path.read_bytes())
                    self.reads += 1
                except FileNotFoundError:
                    pass
                except ValueError as error:
                    self.broken.append(f"{path}: {error}")
