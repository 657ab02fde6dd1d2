"""100 MB through one terminal: without viewers, and with a fast, a slow and a stuck one."""

import asyncio
import json
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.load.figures import machine, write_section
from bench.load.terminals import Seen, look, most_memory_mib
from tests.server import RunningServer, wait_until

OUTPUT_BYTES = 100_000_000
LINE = "y" * 78  # with its line end, which the terminal makes two bytes, 80
SCRIPT = f"""
exec 3>&0
head -c 1 <&0 >/dev/null
S=$(date +%s%N)
yes {LINE} | head -c {OUTPUT_BYTES // 80 * 79} >&3
E=$(date +%s%N)
echo $(( (E - S) / 1000000 )) > took
"""
SLOW_PAUSE_S = 0.03


@dataclass
class Row:
    viewers: str
    seconds: float
    server_mib: tuple[float, float]
    host_mib: float
    seen: dict[str, Seen] = field(default_factory=dict)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        rows = [_one(Path(folder) / name, name) for name in ("none", "fast, slow and stuck")]
    table = [
        "| viewers | the agent printed it in, s | server MiB before | at most | host MiB at most |",
        "|---|---|---|---|---|",
        *(
            f"| {row.viewers} | {row.seconds:.1f} | {row.server_mib[0]:.0f} | "
            f"{row.server_mib[1]:.0f} | {row.host_mib:.0f} |"
            for row in rows
        ),
        "",
        "| viewer | MB got | MB no longer kept when it came to them |",
        "|---|---|---|",
        *(
            f"| {name} | {seen.output_bytes / 1e6:.1f} | {seen.dropped_bytes / 1e6:.1f} |"
            for name, seen in rows[1].seen.items()
        ),
    ]
    write_section("terminal", [f"{machine()}; {OUTPUT_BYTES // 10**6} MB.", "", *table])
    print("\n".join(table))


def _one(folder: Path, viewers: str) -> Row:
    work_dir = folder / "work"
    work_dir.mkdir(parents=True)
    server = RunningServer(folder / "data").start()
    try:
        return asyncio.run(_measure(server, work_dir, viewers))
    finally:
        server.stop()


async def _measure(server: RunningServer, work_dir: Path, viewers: str) -> Row:
    session_id = server.spawn_shell({"Flood": SCRIPT}, work_dir)
    host_file = server.data_dir / "sessions" / session_id / "host.json"
    wait_until(host_file.exists, 30)
    host_pid = json.loads(host_file.read_text())["hostPid"]
    before = most_memory_mib(server.pid)
    seen = {} if viewers == "none" else {"fast": Seen(), "slow": Seen(), "stuck": Seen()}
    pauses = {"fast": 0.0, "slow": SLOW_PAUSE_S, "stuck": None}
    looking = {
        name: asyncio.create_task(look(server.port, session_id, one, pause_s=pauses[name]))
        for name, one in seen.items()
    }
    await asyncio.sleep(2)
    await _type(server, session_id)
    while not (work_dir / "took").exists() or not (work_dir / "took").read_text().strip():
        await asyncio.sleep(0.1)
    host_mib = most_memory_mib(host_pid)
    await asyncio.gather(*(looking[name] for name in ("fast", "slow") if name in looking))
    row = Row(
        viewers=viewers,
        seconds=int((work_dir / "took").read_text()) / 1000,
        server_mib=(before, most_memory_mib(server.pid)),
        host_mib=host_mib,
        seen=seen,
    )
    for task in looking.values():
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    return row


async def _type(server: RunningServer, session_id: str) -> None:
    """The script waits for a line, so that every viewer is there when it begins."""
    from websockets.asyncio.client import connect

    url = f"ws://127.0.0.1:{server.port}/ws/terminal/{session_id}"
    async with connect(url, max_size=None) as socket:
        await socket.send(json.dumps({"type": "input", "data": "\n"}))
        while '"writer"' not in str(await socket.recv()):
            pass


if __name__ == "__main__":
    main()
