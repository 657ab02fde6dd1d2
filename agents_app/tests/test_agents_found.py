"""Which agents there are, which of them are installed, and what becomes of a spawn without one."""

import os
from pathlib import Path

import pytest

from access_app.actors import USER
from agents_app.selectors import agent_names, agents_found, agents_problem, missing_program
from agents_app.services import Spawn, spawn_session
from conftest import Api
from core.errors import BadInput
from maestro_cli.profiles import PROFILES
from sessions_app.usage import Usage, total_usage, usage_of
from tests.records import make_session, make_tasks

WAIT_S = 20.0


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH but for the shell."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")
    return folder


def install(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_every_agent_is_found_with_its_version(programs: Path, data_dir: Path) -> None:
    install(programs, "claude", "echo '2.1.240 (Claude Code)'")
    install(programs, "codex", "echo no version; exit 3")
    install(programs, "mine", f"touch {data_dir}/was-run; echo mine v0.3")
    (data_dir / "agents.toml").write_text("[agents.mine]\nargv = ['mine']\n")
    found = {agent.name: agent for agent in agents_found(wait_s=WAIT_S)}
    assert tuple(found) == (*PROFILES, "mine") == agent_names()
    assert found["claude"].installed
    assert found["claude"].version == "2.1.240"
    assert found["claude"].note == "Claude Code, in its terminal. Version 2.1.240"
    assert (found["codex"].installed, found["codex"].version) == (True, "")
    assert not found["gemini"].installed
    assert found["gemini"].note == "gemini was not found on PATH"
    assert found["shell"].installed
    assert (found["mine"].own, found["mine"].installed) == (True, True)
    assert not (data_dir / "was-run").exists()


def test_a_program_that_hangs_holds_nobody_up(programs: Path, data_dir: Path) -> None:
    install(programs, "claude", "sleep 0.5; echo 9.9.9")
    claude = next(agent for agent in agents_found() if agent.name == "claude")
    assert (claude.installed, claude.version) == (True, "")


def test_a_broken_file_is_a_problem_in_words_and_takes_away_only_its_own(data_dir: Path) -> None:
    assert agents_problem() == ""
    (data_dir / "agents.toml").write_text("[agents.mine\n")
    assert "agents.toml" in agents_problem()
    assert agent_names() == PROFILES


def test_what_is_missing_is_named_by_its_program(programs: Path, data_dir: Path) -> None:
    (data_dir / "agents.toml").write_text("[agents.mine]\nargv = ['my-tool', '{prompt}']\n")
    search_path = str(programs)
    assert missing_program("claude", search_path) == "claude"
    assert missing_program("mine", search_path) == "my-tool"
    assert missing_program("shell", search_path) == ""
    install(programs, "claude", "true")
    assert missing_program("claude", search_path) == ""


def test_an_unknown_agent_is_refused_with_those_there_are(api: Api, data_dir: Path) -> None:
    (data_dir / "agents.toml").write_text("broken [")
    (task,) = make_tasks("Dig")
    with pytest.raises(BadInput) as refused:
        spawn_session(Spawn(task.project_id, [task.pk], agent="mine"), by=USER)
    known, problem = refused.value.details["agent"]
    assert known.startswith("mine is no agent here: shell, demo, claude")
    assert "agents.toml" in problem


def test_usage_adds_up_and_what_is_unknown_stays_unknown(records: None) -> None:
    claude = {"usage": {"inputTokens": 900, "outputTokens": 100, "costUsd": 0.5}}
    codex = {"usage": {"inputTokens": 2_000}}
    first = make_session(agent="claude", metadata=claude)
    second = make_session(agent="codex", metadata=codex)
    silent = make_session(agent="gemini")
    shell = make_session(agent="shell")

    assert usage_of(silent.metadata) is None
    assert total_usage([silent, shell]) is None
    assert total_usage([first, shell]) == Usage({"inputTokens": 900, "outputTokens": 100}, 0.5)
    total = total_usage([first, second, silent, shell])
    assert total is not None
    assert (total.total, total.cost_usd, total.unknown, total.unpriced) == (3000, 0.5, 1, 1)
    assert total.words == "at least 3.0\u00a0k tokens, at least $0.50"
    assert total.details == "2,900 in, 100 out, unknown for 1 session"


@pytest.mark.parametrize("metadata", [{}, {"usage": 7}, {"usage": {"inputTokens": "many"}}])
def test_usage_that_says_nothing_is_unknown(metadata: dict[str, object]) -> None:
    assert usage_of(metadata) is None
