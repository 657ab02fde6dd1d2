"""Every command of `maestro` from a bare virtual environment: with a server, and without one."""

import json
import shlex
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import pytest

from maestro_cli.commands import WORDS, commands_of
from tests.installed import Bare
from tests.live.world import EVENT, World
from tests.server import RunningServer, free_port, wait_until

Finds = Callable[[Any, World], bool]


class Row(NamedTuple):
    """One call of one command; `{name}` in its words is something of the world's."""

    command: str
    arguments: str
    finds: Finds
    inside: str = ""
    needs_server: bool = True


ROWS = (
    Row("whoami", "", lambda d, w: d["sessionId"] == w["session"], "session", False),
    Row("status", "", lambda d, w: d["server"]["status"] == "ok"),
    Row("commands", "", lambda d, w: len(d) == len(every_command()), needs_server=False),
    Row("completion", "bash", lambda d, w: "task" in d["script"], needs_server=False),
    Row("watch", "--session {ended}", lambda d, w: d["status"] == "completed"),
    Row("open", "{session}", lambda d, w: d["url"].endswith(f"{w['session']}/"), "", False),
    Row(
        "track-file", "a.py --session {session}", lambda d, w: w.raw("session") == ["file_touched"]
    ),
    Row("project list", "", lambda d, w: ids(d) == [w["project"]], "session"),
    Row("project get", "{project}", lambda d, w: d["id"] == w["project"]),
    Row("project create", "Shop --dir /tmp", lambda d, w: d["workingDir"] == "/tmp"),
    Row("project delete", "{empty}", lambda d, w: w.gone(f"/api/projects/{w['empty']}")),
    Row("task list", "--ready", lambda d, w: ids(d) == [w["task"]], "session"),
    Row("task get", "{task}", lambda d, w: d["id"] == w["task"]),
    Row("task create", "Build --project {project}", lambda d, w: d["title"] == "Build"),
    Row("task update", "{task} --title Other", lambda d, w: d["title"] == "Other"),
    Row("task complete", "{task}", lambda d, w: d["status"] == "completed"),
    Row("task block", "{task}", lambda d, w: d["status"] == "blocked"),
    Row("task children", "{parent}", lambda d, w: ids(d) == [w["child"]]),
    Row("task tree", "{parent}", lambda d, w: ids(d["children"]) == [w["child"]]),
    Row("task delete", "{task}", lambda d, w: w.gone(f"/api/tasks/{w['task']}")),
    Row("session list", "--active", lambda d, w: ids(d) == [w["session"]], "session"),
    Row("session info", "{session}", lambda d, w: d["id"] == w["session"]),
    Row(
        "session spawn",
        "--project {project} --task {task} --strategy queue",
        lambda d, w: d["session"]["taskIds"] == [w["task"]],
    ),
    Row("session register", "{spawned}", lambda d, w: d["status"] == "idle"),
    Row("session complete", "{session}", lambda d, w: d["status"] == "completed"),
    Row("session needs-input", "Why? --session {session}", lambda d, w: w.asks("session")),
    Row("session resume-working", "{session}", lambda d, w: d["status"] == "working"),
    Row("session stop", "{session} --reason r", lambda d, w: d["stopped"] == [w["session"]]),
    Row("session stop", "--all", lambda d, w: d["stopped"] == [w["session"]], "session"),
    Row("session resume", "{stopped}", lambda d, w: d["sessionId"] != w["stopped"]),
    Row("session tree", "{session}", lambda d, w: d["session"]["id"] == w["session"]),
    Row("queue top", "--session {queue}", lambda d, w: d["item"]["taskId"] == w["task"]),
    Row("queue next", "--session {queue}", lambda d, w: d["task"]["id"] == w["task"]),
    Row("queue start", "--session {queue}", lambda d, w: d["item"]["taskId"] == w["task"]),
    Row(
        "queue complete",
        "--session {claimed}",
        lambda d, w: d["completedItem"]["taskId"] == w["task"],
    ),
    Row("queue fail", "--session {claimed} --reason r", lambda d, w: w.item_of("claimed") == "r"),
    Row("queue skip", "--session {claimed}", lambda d, w: d["nextItem"] is not None),
    Row("queue push", "{child} --session {queue}", lambda d, w: d["item"]["taskId"] == w["child"]),
    Row("queue list", "--session {queue}", lambda d, w: len(d["items"]) == 2),
    Row("queue status", "--session {queue}", lambda d, w: d["stats"]["queued"] == 2),
    Row("report progress", "x --percent 50", lambda d, w: w.said(d, "progress"), "session"),
    Row("report complete", "x --task {task}", lambda d, w: w.said(d, "task_completed"), "session"),
    Row("report blocked", "x --task {task}", lambda d, w: w.said(d, "task_blocked"), "session"),
    Row("report error", "x", lambda d, w: w.said(d, "error"), "session"),
    Row("report needs-input", "x --option y", lambda d, w: w.said(d, "needs_input"), "session"),
    Row("launcher status", "", lambda d, w: d["paused"] is False),
    Row("launcher pause", "", lambda d, w: d["paused"] is True),
    Row("launcher resume", "", lambda d, w: d["paused"] is False),
    Row("manifest show", "", lambda d, w: ids(d["tasks"]) == [w["task"]], "spawned", False),
    Row("manifest generate", "--task {task}", lambda d, w: ids(d["tasks"]) == [w["task"]]),
    Row("hook claude", "{event}", lambda d, w: len(w.raw("session")) == 1, "session", False),
    Row("hook codex", "{event}", lambda d, w: len(w.raw("session")) == 1, "session", False),
    Row("agent run", "--profile shell", lambda d, w: w.status("spawned") == "completed", "spawned"),
    Row("worker init", "", lambda d, w: w.status("spawned") == "completed", "spawned"),
    Row("orchestrator init", "", lambda d, w: w.status("spawned") == "completed", "spawned"),
)


def every_command() -> list[str]:
    return [command.name for word in WORDS for command in commands_of(word)]


def ids(documents: Any) -> list[str]:
    return [document["id"] for document in documents]


def words_of(row: Row, names: dict[str, str]) -> list[str]:
    return [*row.command.split(), *(w.format_map(names) for w in shlex.split(row.arguments))]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    running = RunningServer(tmp_path_factory.mktemp("shared") / "data").start()
    yield running
    running.stop()


@pytest.fixture
def world(shared: RunningServer, work_dir: Path) -> World:
    for project in shared.get("/api/projects").body:
        shared.post("/api/sessions/stop-all", {})
        shared.delete(f"/api/projects/{project['id']}?cascade=true")
    return World(shared, work_dir)


def test_every_command_has_a_row() -> None:
    assert {row.command for row in ROWS} == set(every_command())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.command} {row.arguments}"[:40])
def test_with_a_server_it_does_what_it_says(bare: Bare, world: World, row: Row) -> None:
    ran = bare.run(*words_of(row, world), "--json", **world.variables(row.inside))
    assert (ran.returncode, ran.stderr) == (0, "")
    answer = json.loads(ran.stdout.splitlines()[-1])
    assert answer["success"] is True
    assert row.finds(answer["data"], world)


class Nothing(dict[str, str]):
    """Names for what no server has."""

    def __missing__(self, name: str) -> str:
        return EVENT if name == "event" else f"{name}_x"


def inside_a_session(folder: Path, url: str) -> dict[str, str]:
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps({"tasks": [{"id": "tsk_x", "title": "T"}]}))
    return {
        "MAESTRO_SERVER_URL": url,
        "MAESTRO_SESSION_ID": "ses_x",
        "MAESTRO_MANIFEST_PATH": str(manifest),
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.command} {row.arguments}"[:40])
def test_without_a_server_it_says_so_in_one_line(bare: Bare, work_dir: Path, row: Row) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    variables = inside_a_session(work_dir, url) if row.inside else {"MAESTRO_SERVER_URL": url}
    ran = bare.run_hurried(*words_of(row, Nothing()), **variables)
    assert "Traceback" not in ran.stderr
    if row.needs_server:
        assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (3, "", 1)
        assert url in ran.stderr
    else:
        assert (ran.returncode, ran.stderr.count("\n") <= 1) == (0, True)


def test_watching_everything_ends_when_a_person_ends_it(
    bare: Bare, shared: RunningServer, world: World
) -> None:
    watch = bare.start("watch", "--json", MAESTRO_SERVER_URL=shared.url)
    found: list[str] = []
    reader = Thread(target=lambda: found.extend(watch.stdout or ()))
    reader.start()

    def has_seen_something() -> bool:
        """It begins with what happens now, whenever its now is."""
        shared.post("/api/projects", {"name": "Seen", "workingDir": "/tmp"})
        return bool(found)

    wait_until(has_seen_something, 30)
    assert json.loads(found[0])["data"]["type"] == "project:created"
    watch.send_signal(signal.SIGINT)
    assert watch.wait(30) == 130
