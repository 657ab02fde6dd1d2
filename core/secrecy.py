"""Which environment names look secret: their values go to a process and nowhere else."""

import re
from collections.abc import Mapping

_SECRET = re.compile(r"(_KEY|_TOKEN)$|SECRET|PASSWORD", re.IGNORECASE)
# What names a secret in the words of programs, which have more names for them.
_NAMES = "[_-]KEY|APIKEY|TOKEN|SECRET|PASSWORD|PASSWD"
_NAMED = re.compile(_NAMES, re.IGNORECASE)
# A value that stands beside such a name: `API_KEY=…`, `--password …`, `"token": "…"`. Each word is
# looked at once, and as a whole: otherwise a megabyte of dashes takes hours.
_BESIDE = re.compile(
    rf"""(?<![\w-])(?=[\w-]*(?:{_NAMES}))"""
    r"""((?:--[\w-]++(?:\s++|=)|[\w-]++["']?\s*+[=:]\s*+)["']?)([^\s"',;&]+)""",
    re.IGNORECASE,
)
# A value that is known by its own look.
_ALONE = re.compile(r"\b(Bearer\s+|Basic\s+|sk-|ghp_|github_pat_|xox[abp]-)[\w.~+/=-]{8,}")
# And one that a name goes before: `curl -u name:…`, `https://name:…@host`.
_OF_USER = re.compile(r"""((?<!\S)(?:-u\s*|--user[\s=]\s*)["']?[\w.@+-]{1,100}:)[^\s"']+""")
_IN_ADDRESS = re.compile(r"(://[^\s/:@]{1,100}:)[^\s/@]{1,200}(?=@)")
MASK = "••••••"


def is_secret(name: str) -> bool:
    return _SECRET.search(name) is not None


def names_secret(word: str) -> bool:
    """Whether it looks like the name of a secret to a person, who knows more than `is_secret`."""
    return _NAMED.search(word) is not None


def mask(name: str, value: str) -> str:
    return MASK if is_secret(name) else value


def without_secrets(text: str) -> str:
    """A command, or other words of an agent's, for people to read: what looks secret is masked."""
    for pattern in (_BESIDE, _ALONE, _OF_USER, _IN_ADDRESS):
        text = pattern.sub(rf"\1{MASK}", text)
    return text


def divide(env: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What may be stored, and what may not."""
    return (
        {name: value for name, value in env.items() if not is_secret(name)},
        {name: value for name, value in env.items() if is_secret(name)},
    )
