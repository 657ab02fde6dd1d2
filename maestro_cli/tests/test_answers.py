"""Exit codes and the two shapes of every answer."""

import json
import shlex
import socket
import subprocess

import pytest

from maestro_cli import __version__
from maestro_cli.commands import WORDS, commands_of
from maestro_cli.parser import parse
from maestro_cli.tests.conftest import LAUNCHER, Maestro
from maestro_cli.tests.standin import StandIn, refusal

PROJECT = {"id": "prj_1", "name": "Site", "workingDir": "/srv/site"}


def test_a_list_is_a_table_for_people(maestro: Maestro, server: StandIn) -> None:
    server.on("GET", "/api/projects", [PROJECT, {**PROJECT, "id": "prj_22"}])
    result = maestro("project", "list")
    assert result.exit_code == 0
    assert result.out == "prj_1   Site  /srv/site\nprj_22  Site  /srv/site\n"


@pytest.mark.parametrize("words", [("--json", "project", "list"), ("project", "list", "--json")])
def test_json_is_taken_before_and_after_the_command(
    maestro: Maestro, server: StandIn, words: tuple[str, ...]
) -> None:
    server.on("GET", "/api/projects", [PROJECT])
    assert maestro(*words).document == {"success": True, "data": [PROJECT]}


def test_a_refusal_is_exit_code_1_with_the_servers_message(
    maestro: Maestro, server: StandIn
) -> None:
    server.on("GET", "/api/tasks/tsk_1", lambda _: refusal(404, "task_not_found", "No such task."))
    result = maestro("task", "get", "tsk_1")
    assert (result.exit_code, result.out, result.err) == (1, "", "maestro: No such task.\n")
    assert maestro("task", "get", "tsk_1", "--json").document == {
        "success": False,
        "error": "task_not_found",
        "message": "No such task.",
    }


@pytest.mark.parametrize("status", [200, 502])
def test_an_answer_that_is_not_json_is_refused_without_a_traceback(
    maestro: Maestro, server: StandIn, status: int
) -> None:
    server.on("GET", "/api/projects", lambda _: (status, b"<html>hello</html>"))
    result = maestro("project", "list")
    assert result.exit_code == 1
    assert result.err.startswith("maestro: The ")
    assert result.err.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("nonsense",),
        ("report",),
        ("report", "progress"),
        ("report", "progress", "x"),
        ("report", "progress", "x", "--percent", "101", "--session", "ses_x"),
        ("task", "update", "tsk_1"),
        ("task", "create", "Title"),
        ("session", "spawn", "--task", "tsk_1", "--project", "p", "--context", "[]"),
        ("session", "spawn", "--task", "tsk_1", "--project", "p", "--env", "NAME"),
        ("project", "list", "--server", "localhost:8000"),
        ("agent", "run", "--session", "ses_x"),
        ("manifest", "show"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_asks_no_server(
    maestro: Maestro, server: StandIn, words: tuple[str, ...]
) -> None:
    plain, as_json = maestro(*words), maestro("--json", *words)
    assert (plain.exit_code, as_json.exit_code) == (2, 2)
    assert plain.err.startswith("maestro: ")
    assert plain.err.count("\n") == 1
    assert as_json.document["error"] == "usage"
    assert server.requests == []


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("taks", "list"), "'task'"),
        (("--json", "task", "lits"), "'list'"),
        (("--server", "task", "queue", "nxt"), "'next'"),
        (("task", "list", "--staus", "todo"), "'--status'"),
        (("task", "create", "x", "--priority", "hgih"), "'high'"),
    ],
)
def test_a_slip_is_answered_with_what_was_meant(
    maestro: Maestro, words: tuple[str, ...], meant: str
) -> None:
    result = maestro(*words)
    told = result.err or result.document["message"]
    assert result.exit_code == 2
    assert f"did you mean {meant}?" in told


def test_every_example_is_one(maestro: Maestro) -> None:
    every = [command for word in WORDS for command in commands_of(word)]
    for command in every:
        assert command.examples
        for example in command.examples:
            _, *words = shlex.split(example.partition(" < ")[0])
            assert parse(words).run is command.run


def test_help_ends_with_examples(maestro: Maestro, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["queue", "next", "--help"])
    assert capsys.readouterr().out.endswith("maestro queue next --wait 30\n")


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["--version"])
    assert (ended.value.code, capsys.readouterr().out) == (0, f"maestro {__version__}\n")


def test_no_server_is_one_line_and_exit_code_3() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        run = subprocess.run(
            [LAUNCHER, "status", "--server", url], env={}, capture_output=True, text=True
        )
    assert (run.returncode, run.stdout) == (3, "")
    assert run.stderr.count("\n") == 1
    assert url in run.stderr


def test_text_from_others_cannot_steer_the_terminal(maestro: Maestro, server: StandIn) -> None:
    server.on("GET", "/api/projects", [{**PROJECT, "name": "\x1b]0;evil\x07\x1b[2J"}])
    assert "\x1b" not in maestro("project", "list").out


def test_every_command_is_listed_and_has_help(maestro: Maestro) -> None:
    names = [entry["name"] for entry in maestro("commands", "--json").document["data"]]
    assert names == [command.name for word in WORDS for command in commands_of(word)]
    for name in names:
        with pytest.raises(SystemExit) as ended:
            parse([*name.split(), "--help"])
        assert ended.value.code == 0


def test_the_launcher_script_works_through_a_link_and_ignores_the_folder_it_is_in(
    tmp_path: object, server: StandIn
) -> None:
    link = f"{tmp_path}/maestro"
    subprocess.run(["ln", "-s", LAUNCHER, link], check=True)
    with open(f"{tmp_path}/json.py", "w") as module:
        module.write("raise RuntimeError('the wrong json')")
    run = subprocess.run(
        ["./maestro", "whoami", "--json"],
        cwd=str(tmp_path),
        env={"PATH": "/usr/bin:/bin", "MAESTRO_SERVER_URL": server.url, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
    )
    assert json.loads(run.stdout)["data"]["serverUrl"] == server.url
