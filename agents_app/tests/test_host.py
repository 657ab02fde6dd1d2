"""Host processes, with real agents on real terminals: what they record, survive and clean up."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents_app import hosts, recording

PATIENCE_S = 30.0
needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


class Session:
    """A session's folder in a data directory of its own, and what a test does with its agent."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.folder = data_dir / "sessions" / "ses_1"
        self.folder.mkdir(parents=True)
        self.started: list[hosts.HostInfo] = []

    def spec(self, *argv: str, **changes: Any) -> hosts.HostSpec:
        spec = hosts.HostSpec(
            session_id="ses_1",
            folder=self.folder,
            argv=argv,
            cwd=self.data_dir,
            env={"PATH": os.environ["PATH"], "TERM": "xterm"},
            data_dir=self.data_dir,
            interrupt_grace_s=0.3,
            terminate_grace_s=0.3,
            leftover_grace_s=0.3,
        )
        return replace(spec, **changes)

    def start(self, *argv: str, **changes: Any) -> hosts.HostInfo:
        info = hosts.start(self.spec(*argv, **changes))
        self.started.append(info)
        return info

    def exit(self) -> hosts.Exit:
        wait_for(lambda: hosts.read_exit(self.folder) is not None)
        ended = hosts.read_exit(self.folder)
        assert ended is not None
        return ended

    def output(self) -> bytes:
        return recording.read(self.folder, 0, 1 << 20).data

    def shows(self, text: bytes) -> None:
        wait_for(lambda: text in self.output())


def wait_for(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s, "it did not happen"
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    """Whether the process lives; one that only waits to be collected does not."""
    answer = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return answer.stdout.strip()[:1] not in ("", "Z")


def pids_in(path: Path, count: int) -> list[int]:
    wait_for(lambda: path.exists() and len(path.read_text().split()) == count)
    return [int(pid) for pid in path.read_text().split()]


def ask(info: hosts.HostInfo, *lines: bytes) -> list[dict[str, Any]]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(info.socket)
        connection.sendall(b"".join(line + b"\n" for line in lines))
        with connection.makefile("rb") as answers:
            return [json.loads(answers.readline()) for _ in lines]


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    runtime = tempfile.mkdtemp(prefix="host-")  # short: a socket's path has little room
    monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
    session = Session(tmp_path)
    yield session
    for info in session.started:
        if is_running(info.host_pid):
            os.kill(info.host_pid, signal.SIGTERM)
    for info in session.started:
        wait_for(lambda pid=info.host_pid: not is_running(pid))  # type: ignore[misc]
        with suppress(ProcessLookupError):  # its host was killed
            os.killpg(info.agent_pid, signal.SIGKILL)
    shutil.rmtree(runtime)


def test_the_exit_code_is_recorded_with_nobody_attached(session: Session) -> None:
    session.start("sh", "-c", "exit 7")

    ended = session.exit()

    assert (ended.exit_code, ended.signal) == (7, None)
    assert json.loads((session.folder / "exit.json").read_text()).keys() == {
        "exitCode",
        "signal",
        "endedAt",
        "lastLines",
    }


def test_the_signal_that_ended_an_agent_is_recorded_by_name(session: Session) -> None:
    session.start("sh", "-c", "kill -9 $$")

    ended = session.exit()

    assert (ended.exit_code, ended.signal) == (None, "SIGKILL")


def test_output_is_recorded_byte_for_byte(session: Session) -> None:
    session.start("seq", "1", "20000")
    session.exit()

    assert session.output() == b"".join(b"%d\r\n" % number for number in range(1, 20_001))


def test_the_exit_tells_the_last_twenty_lines(session: Session) -> None:
    session.start("sh", "-c", r"seq 1 30; printf '\033[31mfailed\033[0m\n'")

    assert session.exit().last_lines == (*(str(number) for number in range(12, 31)), "failed")


def test_host_json_describes_the_host_and_keeps_no_environment(session: Session) -> None:
    info = session.start("sleep", "60")

    assert json.loads((session.folder / "host.json").read_text()) == {
        "sessionId": "ses_1",
        "hostPid": info.host_pid,
        "agentPid": info.agent_pid,
        "startedAt": info.started_at,
        "bootId": info.boot_id,
        "socket": info.socket,
        "argv": ["sleep", "60"],
    }
    assert hosts.find(session.folder) == info


def test_a_host_outlives_a_kill_9_of_the_process_that_started_it(session: Session) -> None:
    spec_file = session.data_dir / "spec"
    spec_file.write_bytes(session.spec("cat").to_json())
    server = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from pathlib import Path; from agents_app import hosts;"
            "hosts.start(hosts.HostSpec.from_json(Path(sys.argv[1]).read_bytes()));"
            "time.sleep(60)",
            str(spec_file),
        ],
        cwd=Path(hosts.__file__).parents[1],
    )
    wait_for(lambda: hosts.find(session.folder) is not None)
    server.kill()
    server.wait()

    info = hosts.find(session.folder)

    assert info is not None
    session.started.append(info)
    assert hosts.send_input(session.folder, b"still here\n")
    session.shows(b"still here\r\nstill here\r\n")


def test_a_host_is_no_child_of_the_process_that_started_it(session: Session) -> None:
    info = session.start("sleep", "60")

    parent = subprocess.check_output(["ps", "-o", "ppid=", "-p", str(info.host_pid)])

    assert int(parent) != os.getpid()
    assert os.getsid(info.host_pid) != os.getsid(0)


def test_the_agent_leads_a_session_with_its_own_terminal(session: Session) -> None:
    info = session.start("sh", "-c", "echo through the terminal >/dev/tty; sleep 60")

    session.shows(b"through the terminal")

    assert os.getsid(info.agent_pid) == os.getpgid(info.agent_pid) == info.agent_pid


def test_the_agent_has_exactly_the_environment_it_was_given(session: Session) -> None:
    session.start("env", env={"PATH": os.environ["PATH"], "ONLY": "this"})
    session.exit()

    assert set(session.output().split(b"\r\n")) == {
        f"PATH={os.environ['PATH']}".encode(),
        b"ONLY=this",
        b"",
    }


def test_input_reaches_the_agent_and_is_echoed(session: Session) -> None:
    session.start("sh", "-c", 'read line; echo "got $line"')

    assert hosts.send_input(session.folder, "grün\n".encode())

    session.exit()
    assert session.output() == "grün\r\ngot grün\r\n".encode()


def test_input_that_is_not_text_arrives_as_it_is(session: Session) -> None:
    session.start("sh", "-c", "stty raw -echo; echo ready; head -c 3 | od -An -tx1")
    session.shows(b"ready")

    assert hosts.send_input(session.folder, b"\xff\x00\x03")

    session.exit()
    assert b"ff 00 03" in session.output()


def test_a_flood_of_input_that_is_not_read_is_refused_in_the_end(session: Session) -> None:
    session.start("sh", "-c", "stty raw -echo; echo ready; sleep 60")
    session.shows(b"ready")

    typed = [hosts.send_input(session.folder, b"x" * 1_000_000) for _ in range(6)]

    assert typed[0] is True
    assert typed[-1] is False
    assert hosts.status(session.folder) is not None


def test_the_agent_sees_its_first_size_and_a_resize(session: Session) -> None:
    session.start("sh", "-c", "stty size; read line; stty size", columns=100, rows=20)
    session.shows(b"20 100")

    assert hosts.resize(session.folder, 77, 33)
    hosts.send_input(session.folder, b"\n")

    session.exit()
    assert session.output().endswith(b"33 77\r\n")
    assert not hosts.resize(session.folder, 1, 1)


def test_a_request_that_makes_no_sense_is_answered_and_the_next_is_served(session: Session) -> None:
    info = session.start("sleep", "60")

    answers = ask(
        info,
        b"not json",
        b"[]",
        b'{"type": "input", "base64": "!"}',
        b'{"type": "resize", "columns": 0, "rows": 10}',
        b'{"type": "status"}',
    )

    assert [answer["ok"] for answer in answers] == [False, False, False, False, True]
    assert answers[0]["error"] == "bad_request"
    assert answers[4]["agentPid"] == info.agent_pid


def test_an_agent_that_heeds_the_interrupt_ends_in_its_own_way(session: Session) -> None:
    session.start("sh", "-c", "trap 'echo saved; exit 3' INT; echo ready; sleep 60 & wait")
    session.shows(b"ready")

    assert hosts.request_stop(session.folder)

    assert session.exit().exit_code == 3
    assert session.output().endswith(b"saved\r\n")


def test_an_agent_that_ignores_interrupt_and_terminate_is_killed(session: Session) -> None:
    script = "trap '' INT TERM; echo ready; while :; do sleep 60; done"
    info = session.start("sh", "-c", script)
    session.shows(b"ready")

    hosts.request_stop(session.folder)

    assert session.exit().signal == "SIGKILL"
    assert not is_running(info.agent_pid)


GRANDCHILD = "sh -c 'echo $$ >>pids; exec sleep 600'"
GRANDCHILDREN = (
    f"{GRANDCHILD} & nohup {GRANDCHILD} >/dev/null 2>&1 & (trap '' HUP INT TERM; {GRANDCHILD}) & "
    "until [ -f pids ] && [ $(wc -l <pids) -eq 3 ]; do sleep 0.05; done;"
)


def test_a_stop_leaves_no_grandchild_running(session: Session) -> None:
    session.start("sh", "-c", f"{GRANDCHILDREN} wait")
    pids = pids_in(session.data_dir / "pids", 3)

    hosts.request_stop(session.folder)
    session.exit()

    assert [pid for pid in pids if is_running(pid)] == []


def test_an_agent_that_ends_by_itself_leaves_no_grandchild_running(session: Session) -> None:
    session.start("sh", "-c", f"{GRANDCHILDREN} exit 5")

    assert session.exit().exit_code == 5

    assert [pid for pid in pids_in(session.data_dir / "pids", 3) if is_running(pid)] == []


@needs_proc
def test_a_grandchild_in_a_session_of_its_own_does_not_escape(session: Session) -> None:
    script = "setsid sh -c 'echo $$ >>pids; sleep 600' & while [ ! -s pids ]; do sleep 0.05; done"
    session.start("sh", "-c", script)

    session.exit()

    assert not is_running(pids_in(session.data_dir / "pids", 1)[0])


def test_the_foreground_command_of_an_interactive_shell_is_interrupted_too(
    session: Session,
) -> None:
    session.start("bash", "--norc", "-i")
    command = "trap 'echo heard >heard; exit' INT; echo $$ >pids; sleep 600 & wait"
    hosts.send_input(session.folder, f'sh -c "{command}"\n'.replace("$$", r"\$\$").encode())
    pid = pids_in(session.data_dir / "pids", 1)[0]

    hosts.request_stop(session.folder)
    session.exit()

    assert (session.data_dir / "heard").read_text() == "heard\n"
    assert not is_running(pid)


def test_sigterm_to_the_host_stops_the_agent_and_records_it(session: Session) -> None:
    info = session.start("sleep", "60")

    os.kill(info.host_pid, signal.SIGTERM)

    assert session.exit().signal == "SIGINT"


def test_interrupt_and_hangup_meant_for_others_do_not_end_the_host(session: Session) -> None:
    info = session.start("cat")

    for signum in (signal.SIGINT, signal.SIGHUP):
        os.kill(info.host_pid, signum)
    hosts.send_input(session.folder, b"alive\n")

    session.shows(b"alive\r\nalive\r\n")


@needs_proc
def test_the_agent_starts_with_no_signal_ignored_or_blocked(session: Session) -> None:
    session.start("grep", "-E", "^Sig(Ign|Blk)", "/proc/self/status")
    session.exit()

    masks = dict(line.split(b":\t") for line in session.output().split(b"\r\n") if line)
    # From 32 on are the real-time signals; the C library keeps the first two to itself, and what
    # it inherited there no program can change.
    standard = {name: int(mask, 16) & 0x7FFFFFFF for name, mask in masks.items()}
    assert standard == {b"SigBlk": 0, b"SigIgn": 0}


@pytest.mark.parametrize(
    ("argv", "changes", "message"),
    [
        (
            ("claude-of-nowhere",),
            {},
            "claude-of-nowhere was not found on PATH; set MAESTRO_AGENT or install it",
        ),
        (("./missing",), {}, "./missing does not exist or is not a program that can be run."),
        (("./broken",), {}, "./broken could not be started in "),
        (
            ("true",),
            {"cwd": Path("/does/not/exist")},
            "The working directory /does/not/exist does not exist; create it or change",
        ),
    ],
)
def test_what_cannot_be_started_is_said_plainly_and_leaves_no_host(
    session: Session, argv: tuple[str, ...], changes: dict[str, Any], message: str
) -> None:
    broken = session.data_dir / "broken"
    broken.write_text("#!/no/such/interpreter\n")
    broken.chmod(0o755)

    with pytest.raises(hosts.LaunchFailed) as failed:
        session.start(*argv, **changes)

    assert failed.value.message.startswith(message)
    assert hosts.find(session.folder) is None
    assert not (session.folder / "host.json").exists()


def test_a_second_agent_in_the_same_session_is_refused(session: Session) -> None:
    first = session.start("sleep", "60")

    with pytest.raises(hosts.LaunchFailed, match="already running"):
        session.start("sleep", "60")

    assert hosts.find(session.folder) == first


def test_a_relaunch_forgets_the_last_exit_and_goes_on_recording(session: Session) -> None:
    session.start("echo", "first")
    session.exit()

    session.start("sh", "-c", "read line")

    assert hosts.read_exit(session.folder) is None
    hosts.send_input(session.folder, b"second\n")
    assert session.exit().last_lines == ("second",)
    assert session.output() == b"first\r\nsecond\r\n"


@needs_proc
def test_a_secret_is_in_no_file_and_no_command_line_and_not_in_the_host(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "tok_9f8e7d6c"
    monkeypatch.setenv("MAESTRO_TOKEN", secret)
    env = {"PATH": os.environ["PATH"], "MAESTRO_TOKEN": secret}
    info = session.start("sh", "-c", 'echo "${#MAESTRO_TOKEN}"; read line', env=env)
    session.shows(b"12")

    host = Path("/proc", str(info.host_pid))
    assert secret.encode() not in (host / "cmdline").read_bytes()
    assert secret.encode() not in (host / "environ").read_bytes()
    hosts.send_input(session.folder, b"\n")
    session.exit()
    files = [path for path in session.data_dir.rglob("*") if path.is_file()]
    assert (session.folder / "terminal.rec") in files
    assert [path for path in files if secret.encode() in path.read_bytes()] == []
    assert secret not in repr(session.spec("true", env=env))


def test_a_host_whose_data_directory_is_gone_ends_with_its_agent(session: Session) -> None:
    info = session.start("sh", "-c", "trap '' INT TERM; while :; do sleep 60; done")

    shutil.rmtree(session.data_dir)

    wait_for(lambda: not is_running(info.host_pid))
    assert not is_running(info.agent_pid)
    assert not session.data_dir.exists()


def test_a_host_that_was_killed_is_not_found(session: Session) -> None:
    info = session.start("sleep", "60")

    os.kill(info.host_pid, signal.SIGKILL)
    wait_for(lambda: not is_running(info.host_pid))

    assert (session.folder / "host.json").exists()
    assert hosts.find(session.folder) is None
    assert not hosts.request_stop(session.folder)
    assert not hosts.send_input(session.folder, b"x")


def test_a_host_without_its_socket_still_stops_and_listens_anew(session: Session) -> None:
    info = session.start("sleep", "60")
    Path(info.socket).unlink()

    wait_for(lambda: hosts.status(session.folder) is not None)

    Path(info.socket).unlink()
    assert hosts.request_stop(session.folder)
    assert session.exit().signal == "SIGINT"


def test_the_socket_is_private_and_goes_with_the_host(session: Session) -> None:
    info = session.start("sleep", "60")
    path = Path(info.socket)

    assert path.parent == Path(os.environ["XDG_RUNTIME_DIR"], "maestro")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    hosts.request_stop(session.folder)
    wait_for(lambda: not path.exists())


def test_a_runtime_directory_that_others_may_enter_is_not_used(session: Session) -> None:
    open_to_all = Path(os.environ["XDG_RUNTIME_DIR"], "maestro")
    open_to_all.mkdir()
    open_to_all.chmod(0o755)

    info = session.start("sleep", "60")

    assert Path(info.socket).parent == Path(f"/tmp/maestro-{os.getuid()}")


def test_the_server_is_told_of_an_exit(session: Session) -> None:
    path = os.path.join(os.environ["XDG_RUNTIME_DIR"], "server.sock")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(path)
        server.settimeout(PATIENCE_S)
        session.start("true", notify_socket=path)

        assert json.loads(server.recv(1000)) == {"exited": "ses_1"}

    assert hosts.read_exit(session.folder) is not None


def test_a_server_that_is_away_does_not_keep_the_exit_from_being_recorded(
    session: Session,
) -> None:
    session.start("true", notify_socket="/tmp/nobody-listens-here")

    assert session.exit().exit_code == 0


def test_the_record_limit_holds_for_a_flood(session: Session) -> None:
    session.start("seq", "1", "100000", record_limit_bytes=100_000)
    session.exit()
    whole = b"".join(b"%d\r\n" % number for number in range(1, 100_001))

    chunk = recording.read(session.folder, 0, 1000)

    assert recording.size(session.folder) == len(whole)
    assert chunk.dropped_before >= len(whole) - 100_000
    assert chunk.data == whole[chunk.offset : chunk.offset + 1000]
