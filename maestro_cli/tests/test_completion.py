"""What a shell offers for the words typed so far."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from maestro_cli.completion import script
from maestro_cli.tests.conftest import Maestro

CASES = [
    (["ta"], ["task"]),
    (["task", "c"], ["complete", "create", "children"]),
    (["--json", "queue", "s"], ["skip", "start", "status"]),
    (["task", "create", "--pri"], ["--priority"]),
    (["task", "create", "x", "--priority", ""], ["high", "low", "medium"]),
    (["completion", "z"], ["zsh"]),
    (["nonsense", "ta"], ["task"]),
]


@pytest.mark.parametrize(("words", "offered"), CASES)
def test_bash_offers_words_options_and_choices(
    tmp_path: Path, words: list[str], offered: list[str]
) -> None:
    (tmp_path / "completion").write_text(script("bash"))
    typed = 'COMP_WORDS=(maestro "$@"); COMP_CWORD=$#; _maestro; printf "%s\\n" "${COMPREPLY[@]}"'
    run = subprocess.run(
        ["bash", "-c", f"source {tmp_path}/completion; {typed}", "bash", *words],
        capture_output=True,
        text=True,
        check=True,
    )
    assert sorted(run.stdout.split()) == sorted(offered)


@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
def test_fish_offers_the_same(tmp_path: Path) -> None:
    (tmp_path / "completion").write_text(script("fish"))
    asked = f"source {tmp_path}/completion; complete -C 'maestro task c'"
    run = subprocess.run(["fish", "-c", asked], capture_output=True, text=True, check=True)
    words = [line.split("\t")[0] for line in run.stdout.splitlines()]
    assert sorted(words) == ["children", "complete", "create"]


@pytest.mark.skipif(not shutil.which("zsh"), reason="zsh is not installed")
def test_zsh_offers_the_same(tmp_path: Path) -> None:
    (tmp_path / "completion").write_text(script("zsh"))
    stubs = "compdef() { :; }; compadd() { print -r -- ${(P)2}; }"
    typed = "words=(maestro task ''); CURRENT=3; _maestro"
    run = subprocess.run(
        ["zsh", "-f", "-c", f"{stubs}; source {tmp_path}/completion; {typed}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "children" in run.stdout.split()


def test_the_command_prints_the_script(maestro: Maestro) -> None:
    assert maestro("completion", "bash").out == script("bash")
    assert maestro("completion", "tcsh").exit_code == 2
