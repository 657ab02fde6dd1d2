"""What `pip install` makes of this checkout, in virtual environments with nothing else in them."""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

Completed = subprocess.CompletedProcess[str]


class Bare:
    """The `maestro` that was installed into an environment with nothing else in it."""

    def __init__(self, folder: Path) -> None:
        self.python = folder / "bin" / "python"
        self.command = folder / "bin" / "maestro"
        self._home = folder / "home"

    def environ(self, **variables: str) -> dict[str, str]:
        path = {"PATH": os.environ["PATH"], "HOME": str(self._home), "BROWSER": "true"}
        return {**path, **variables}

    def run(self, *words: str, **variables: str) -> Completed:
        return self._finished([str(self.command), *words], variables)

    def run_hurried(self, *words: str, **variables: str) -> Completed:
        """The same, but inside a session patience ends after a moment."""
        code = (
            "import sys, maestro_cli.context as c; c.SESSION_PATIENCE_S = 0.1;"
            "import maestro_cli.hooks as h; h.DRAIN_PATIENCE_S = 0.1;"
            "from maestro_cli.main import main; sys.exit(main())"
        )
        return self._finished([str(self.python), "-c", code, *words], variables)

    def start(self, *words: str, **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.command), *words],
            env=self.environ(**variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_can_be_interrupted,
        )

    def _finished(self, argv: list[str], variables: dict[str, str]) -> Completed:
        return subprocess.run(
            argv, env=self.environ(**variables), capture_output=True, text=True, timeout=60
        )


def _can_be_interrupted() -> None:
    """Also where the tests run in a shell's background, whose commands ignore Control-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wheel_of(project: Path, folder: Path) -> Path:
    """Built without a network: the build's backend is among what tests need."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet"]
    offline = ["--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, *offline, "--wheel-dir", str(folder), str(project)], check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(wheel: Path, python: str, folder: Path) -> None:
    subprocess.run([python, "-m", "venv", "--without-pip", str(folder)], check=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(folder)]
    offline = ["install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([*pip, *offline], check=True)


def borrow_dependencies(venv: Path) -> None:
    """What the server needs is here already; only its own package is to come from the wheel."""
    (packages,) = (venv / "lib").glob("python*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"))


def oldest_python() -> str:
    """The oldest that is here of those the command line promises to run on."""
    for minor in range(9, sys.version_info.minor):
        found = shutil.which(f"python3.{minor}")
        if (
            found
            and not subprocess.run([found, "-c", "import venv"], capture_output=True).returncode
        ):
            return found
    return sys.executable
