"""What a server costs that nobody asks anything: processor time and memory, pages open or not."""

import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from websockets.sync.client import connect

from bench.load.figures import machine, write_section
from tests.server import RunningServer

SECONDS = 20.0
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = RunningServer(Path(folder) / "data").start()
        try:
            time.sleep(8)  # what a start leaves behind is done
            alone = _line(server, "nobody looks")
            with ExitStack() as pages:
                for _ in range(10):
                    _open_page(server, pages)
                watched = _line(server, "ten pages open")
        finally:
            server.stop()
    table = ["| server | % of a core | MiB |", "|---|---|---|", alone, watched]
    write_section("idle", [f"{machine()}; {SECONDS:.0f} s each.", "", *table])
    print("\n".join(table))


def _open_page(server: RunningServer, pages: ExitStack) -> None:
    url = f"ws://127.0.0.1:{server.port}/ws/ui"
    pages.enter_context(connect(url, compression=None)).send('{"show": ["overview"]}')


def _line(server: RunningServer, name: str) -> str:
    before = _used_s(server.pid)
    time.sleep(SECONDS)
    share = (_used_s(server.pid) - before) / SECONDS * 100
    return f"| {name} | {share:.2f} | {_resident_mib(server.pid):.0f} |"


def _used_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def _resident_mib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    main()
