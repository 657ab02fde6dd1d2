"""Completion of words and options in bash, zsh and fish, made from the parser."""

from __future__ import annotations

from maestro_cli.command import add_common_arguments
from maestro_cli.commands import WORDS, commands_of
from maestro_cli.parser import command_parser

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Action
    from collections.abc import Iterator

    from maestro_cli.command import Command


def script(shell: str) -> str:
    """What the shell has to read to complete `maestro`."""
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell]()


def _groups() -> dict[str, list[Command]]:
    """The commands of two words, by their first."""
    groups = {word: commands_of(word) for word in WORDS}
    return {word: found for word, found in groups.items() if found[0].name != word}


def _every() -> list[Command]:
    return [command for word in WORDS for command in commands_of(word)]


def _options(command: Command) -> Iterator[Action]:
    parser = command_parser(command)
    add_common_arguments(parser)
    return (action for action in parser._actions if action.option_strings)


def _names(command: Command) -> str:
    return " ".join(action.option_strings[-1] for action in _options(command))


def _choices(command: Command) -> Iterator[tuple[str, list[str]]]:
    for action in _options(command):
        if action.choices:
            yield action.option_strings[-1], [str(choice) for choice in action.choices]


def _words_of(command: Command) -> list[str]:
    """The choices of a command's own word, as `completion bash` has them."""
    positional = [action for action in command_parser(command)._actions if action.choices]
    words = [action.choices for action in positional if not action.option_strings]
    return [str(choice) for choices in words if choices for choice in choices]


def _cases() -> Iterator[tuple[str, str]]:
    """A pattern of "the words so far, a colon, the word before" and what may come next."""
    for command in _every():
        for option, choices in _choices(command):
            yield f"'{command.name}:{option}'", " ".join(choices)
    yield "':'*", " ".join(WORDS)
    for word, commands in _groups().items():
        yield f"'{word}:'*", " ".join(command.name.split()[1] for command in commands)
    for command in _every():
        yield f"'{command.name}:'*", " ".join((*_words_of(command), _names(command)))


_FUNCTION = """\
_maestro_candidates() {{
    case "$1" in
{cases}
    esac
}}
_maestro_path() {{
    # The command that the words name: its first two words that are no options.
    _maestro_found=
    local word
    for word in "$@"; do
        case "$word" in
            -*) ;;
            *) case " $(_maestro_candidates "$_maestro_found:") " in
                *" $word "*) _maestro_found="${{_maestro_found:+$_maestro_found }}$word" ;;
                *) break ;;
            esac ;;
        esac
    done
}}
"""
_BASH = """\
_maestro() {
    local current="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"
    _maestro_path "${COMP_WORDS[@]:1:COMP_CWORD-1}"
    COMPREPLY=($(compgen -W "$(_maestro_candidates "$_maestro_found:$before")" -- "$current"))
}
complete -o default -F _maestro maestro
"""
_ZSH = """\
_maestro() {
    _maestro_path "${(@)words[2,CURRENT-1]}"
    local -a candidates
    candidates=(${=$(_maestro_candidates "$_maestro_found:${words[CURRENT-1]}")})
    compadd -a candidates || _files
}
compdef _maestro maestro
"""


def _function() -> str:
    lines = (f'        {pattern}) echo "{words}" ;;' for pattern, words in _cases())
    return _FUNCTION.format(cases="\n".join(lines))


def _bash() -> str:
    return '# eval "$(maestro completion bash)"\n' + _function() + _BASH


def _zsh() -> str:
    return "#compdef maestro\n" + _function() + _ZSH


def _fish() -> str:
    return "\n".join(_fish_lines()) + "\n"


def _fish_lines() -> Iterator[str]:
    yield "# maestro completion fish | source"
    none = f"not __fish_seen_subcommand_from {' '.join(WORDS)}"
    for word, (_, help) in WORDS.items():
        yield f"complete -c maestro -n '{none}' -f -a {word} -d {_quoted(help)}"
    for word, commands in _groups().items():
        verbs = " ".join(command.name.split()[1] for command in commands)
        asked = f"__fish_seen_subcommand_from {word}; and not __fish_seen_subcommand_from {verbs}"
        for command in commands:
            verb = command.name.split()[1]
            yield f"complete -c maestro -n '{asked}' -f -a {verb} -d {_quoted(command.help)}"
    for command in _every():
        asked = "; and ".join(f"__fish_seen_subcommand_from {w}" for w in command.name.split())
        for word in _words_of(command):
            yield f"complete -c maestro -n '{asked}' -f -a {word}"
        for action in _options(command):
            yield f"complete -c maestro -n '{asked}' {_fish_option(action)}"


def _fish_option(action: Action) -> str:
    words = ["-l", action.option_strings[-1].lstrip("-")]
    if action.choices:
        words += ["-x", "-a", _quoted(" ".join(map(str, action.choices)))]
    elif action.nargs != 0:
        words.append("-r")
    return " ".join((*words, *(("-d", _quoted(action.help)) if action.help else ())))


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
