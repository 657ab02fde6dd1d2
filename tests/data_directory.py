"""A plugin of pytest: a data directory of this process's own, named before settings are loaded.

pytest-django loads them before any conftest.py, so this comes as `-p` in pyproject.toml.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

# A worker of xdist goes without cleaning up, so its folder is in that of whoever started it.
_is_worker = "PYTEST_XDIST_WORKER" in os.environ
_above = Path(os.environ["MAESTRO_DATA_DIR"]).parent if _is_worker else None
_folder = Path(tempfile.mkdtemp(prefix="maestro-tests-", dir=_above))
for _name in [name for name in os.environ if name.startswith("MAESTRO_")]:
    if _name != "MAESTRO_CHROMIUM":
        del os.environ[_name]
os.environ["MAESTRO_DATA_DIR"] = str(_folder / "data")
# A file, because other threads and processes connect to it too.
os.environ["MAESTRO_TEST_DATABASE"] = str(_folder / "index.sqlite3")


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(_folder, ignore_errors=True)
