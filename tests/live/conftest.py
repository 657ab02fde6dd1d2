"""The command line as it is installed: built and put into a bare environment once."""

import pytest

from tests.installed import Bare, install, oldest_python, wheel_of
from tests.server import ROOT


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Bare:
    folder = tmp_path_factory.mktemp("bare")
    install(wheel_of(ROOT / "maestro_cli", folder), oldest_python(), folder / "venv")
    return Bare(folder / "venv")
