"""Profiles of other tools: how each is started, resumed and read; and a person's own agents."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from maestro_cli.errors import UsageError
from maestro_cli.profiles import claude, codex, gemini, load_profile, opencode
from maestro_cli.profiles.brief import LONGEST_PROMPT_BYTES, Brief, _prompt
from maestro_cli.profiles.headless import JsonLines, prompt_for
from maestro_cli.profiles.own import filled, own_agents

PLUGIN = Path(claude.PLUGIN)


def brief(**more: str) -> Brief:
    first = {
        "prompt": "# Dig\n\nDo it.",
        "manifest_md": "/data/m.md",
        "cwd": "/srv",
        "model": "opus",
        "permission_mode": "acceptEdits",
    }
    return Brief(**{**first, **more})


def flag(argv: list[str], name: str) -> str:
    return argv[argv.index(name) + 1]


def test_claude_starts_interactively_with_our_plugin_and_an_id_of_its_own() -> None:
    argv = claude.start(brief(), "ses_1")
    assert argv[0] == "claude"
    assert argv[-1] == "# Dig\n\nDo it."
    assert "-p" not in argv
    assert flag(argv, "--plugin-dir") == str(PLUGIN)
    assert (flag(argv, "--permission-mode"), flag(argv, "--model")) == ("acceptEdits", "opus")
    assert flag(argv, "--session-id") == flag(claude.start(brief(), "ses_1"), "--session-id")
    assert flag(argv, "--session-id") != flag(claude.start(brief(), "ses_2"), "--session-id")


@pytest.mark.parametrize(
    ("ours", "theirs"), [("interactive", "default"), ("readOnly", "plan"), ("else", "default")]
)
def test_claudes_permission_mode_follows_the_manifest(ours: str, theirs: str) -> None:
    argv = claude.start(brief(permission_mode=ours), "ses_1")
    assert flag(argv, "--permission-mode") == theirs


def test_claude_resumes_the_conversation_that_there_was() -> None:
    argv = claude.resume(brief(), "conversation")
    assert flag(argv, "--resume") == "conversation"
    assert "--session-id" not in argv


def test_the_plugin_calls_maestro_for_every_event_that_means_something() -> None:
    assert json.loads((PLUGIN / ".claude-plugin/plugin.json").read_text())["name"] == "maestro"
    hooks = json.loads((PLUGIN / "hooks/hooks.json").read_text())["hooks"]
    needed = {"SessionStart", "UserPromptSubmit", "PermissionRequest", "Notification", "Stop"}
    assert needed | {"PreToolUse", "PostToolUse", "SubagentStop", "SessionEnd"} <= set(hooks)
    handlers = [one for entries in hooks.values() for entry in entries for one in entry["hooks"]]
    assert {one["command"] for one in handlers} == {
        '"${CLAUDE_PLUGIN_ROOT}/bin/maestro" hook claude'
    }
    (request,) = hooks["PermissionRequest"][0]["hooks"]
    assert request["timeout"] > 600
    assert os.stat(PLUGIN / "bin/maestro").st_mode & stat.S_IXUSR


def test_codex_runs_in_its_sandbox_and_takes_no_model_of_another() -> None:
    argv = codex.start(brief(), "-v is what?")
    assert argv[:3] == ["codex", "exec", "--json"]
    assert argv[-2:] == ["--", "-v is what?"]
    assert flag(argv, "-s") == "workspace-write"
    assert "-m" not in argv
    argv = codex.resume(brief(permission_mode="readOnly", model="gpt-5"), "go on", "th1")
    assert argv[-4:] == ["resume", "th1", "--", "go on"]
    assert (flag(argv, "-s"), flag(argv, "-m")) == ("read-only", "gpt-5")


def test_gemini_and_opencode_have_their_own_words() -> None:
    argv = gemini.resume(brief(model="gemini-3-pro"), "go on", "s1")
    assert flag(argv, "-o") == "stream-json"
    assert (flag(argv, "-r"), flag(argv, "-p"), flag(argv, "-m")) == ("s1", "go on", "gemini-3-pro")
    argv = opencode.resume(brief(), "go on", "s1")
    assert argv == ["opencode", "run", "--format", "json", "-s", "s1", "go on"]


@pytest.mark.parametrize(
    ("tool", "event", "text", "conversation", "failure"),
    [
        (codex, {"type": "thread.started", "thread_id": "t"}, "", "t", None),
        (codex, {"type": "turn.failed", "error": {"message": "no"}}, "no", None, "no"),
        (codex, {"type": "item.completed", "item": {"type": "agent_message", "text": "Hi"}},
         "Hi", None, None),
        (codex, {"type": "item.completed", "item": None}, "", None, None),
        (gemini, {"type": "init", "session_id": "g"}, "", "g", None),
        (gemini, {"type": "message", "role": "assistant", "content": "Hi"}, "Hi", None, None),
        (gemini, {"type": "result", "status": "error", "error": {"message": "no"}},
         "no", None, "no"),
        (opencode, {"type": "text", "sessionID": "o", "part": {"text": "Hi"}}, "Hi", "o", None),
        (opencode, {"type": "error", "error": {"name": "Away"}}, "Away", None, "Away"),
        (opencode, {"type": "text", "part": 7}, "", None, None),
    ],
)  # fmt: skip
def test_a_stream_is_read(
    tool: Any, event: dict[str, Any], text: str, conversation: str | None, failure: str | None
) -> None:
    found = tool.read(event)
    assert (found.text, found.conversation_id, found.failure) == (text, conversation, failure)


def test_lines_of_json_come_whole_however_they_are_cut() -> None:
    found: list[dict[str, Any]] = []
    lines = JsonLines(found.append)
    for chunk in (b'{"a"', b': 1}\n{"b": 2}\nnot json\n[1]\n{"c"', b": 3}\n"):
        lines.feed(chunk)
    assert found == [{"a": 1}, {"b": 2}, {"c": 3}]


def test_a_task_is_put_in_words_for_who_knows_nothing_of_maestro() -> None:
    task = {"title": "Dig", "description": "Deep.", "initialPrompt": ""}
    words = prompt_for(task, {"context": {"custom": {"prompt": "Be careful."}}})
    assert words.startswith("Be careful.\n\n# Dig\n\nDeep.\n\nDo this task")


def test_a_brief_that_is_too_long_for_an_argument_is_named() -> None:
    assert _prompt("short", "/m.md") == "short"
    assert "/m.md" in _prompt("x" * (LONGEST_PROMPT_BYTES + 1), "/m.md")


def written(folder: Path, text: str) -> str:
    (folder / "agents.toml").write_text(text)
    return str(folder)


def test_own_agents_are_read_with_their_words(tmp_path: Path) -> None:
    told = """
    [agents.aider]
    argv = ["aider", "-m", "{prompt}", "--dir={cwd}"]
    description = "Aider"
    env = { AIDER_DARK = "1" }
    """
    found = own_agents(written(tmp_path, told))
    assert found.problem == ""
    agent = found.agents["aider"]
    assert (agent.description, agent.env) == ("Aider", {"AIDER_DARK": "1"})
    words = filled(agent.argv, brief(prompt="a {cwd} b; rm -rf"))
    assert words == ["aider", "-m", "a {cwd} b; rm -rf", "--dir=/srv"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[agents.x\n", "line 1"),
        ("[agents.x]\nargv = 'sh -c x'\n", "list of texts"),
        ("[agents.x]\nargv = []\n", "list of texts"),
        ("[agents.x]\nargv = ['x', '{secret}']\n", "{secret}"),
        ("[agents.x]\ncommand = ['x']\n", "argv, description and env"),
        ("[agents.claude]\nargv = ['x']\n", "taken"),
        ("[agents.'a b']\nargv = ['x']\n", "no name"),
        ("[x]\nargv = ['x']\n", "one table an agent"),
    ],
)
def test_a_bad_file_says_what_is_wrong_and_describes_nothing(
    tmp_path: Path, text: str, why: str
) -> None:
    found = own_agents(written(tmp_path, text))
    assert found.agents == {}
    assert str(tmp_path / "agents.toml") in found.problem
    assert why in found.problem


def test_a_built_in_profile_is_there_whatever_the_file_says(tmp_path: Path) -> None:
    folder = written(tmp_path, "broken [")
    assert callable(load_profile("shell", folder))
    with pytest.raises(UsageError, match=r"agents\.toml"):
        load_profile("mine", folder)
    with pytest.raises(UsageError, match="there are: shell, demo, claude"):
        load_profile("mine", str(tmp_path / "elsewhere"))
