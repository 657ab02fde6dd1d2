"""Host processes: how an agent starts, and what it is given."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agents_app import hosts, process_tree
from agents_app.tests.hosted import (
    Session,
    needs_proc,
    wait_for,
)


def test_host_json_describes_the_host_and_keeps_no_environment(session: Session) -> None:
    info = session.start("sleep", "60")

    assert json.loads((session.folder / "host.json").read_text()) == {
        "sessionId": "ses_1",
        "hostPid": info.host_pid,
        "agentPid": info.agent_pid,
        "agentStart": process_tree.start_of(info.agent_pid) or 0,
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
