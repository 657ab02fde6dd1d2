"""Which environment names look secret: their values go to a process and nowhere else."""

import re
from collections.abc import Mapping

_SECRET = re.compile(r"(_KEY|_TOKEN)$|SECRET|PASSWORD", re.IGNORECASE)
# A value that stands beside a secret's name: `API_KEY=…`, `--password …`, `"token": "…"`.
_WORD = r"[\w-]*(?:[_-]KEY|APIKEY|TOKEN|SECRET|PASSWORD|PASSWD)[\w-]*"
_BESIDE = re.compile(
    rf"""(--{_WORD}(?:\s+|=)["']?|\b{_WORD}["']?\s*[=:]\s*["']?)([^\s"',;&]+)""", re.IGNORECASE
)
# A value that is known by its own look.
_ALONE = re.compile(r"\b(Bearer\s+|sk-|ghp_|github_pat_|xox[abp]-)[\w.~+/=-]{8,}")
MASK = "••••••"


def is_secret(name: str) -> bool:
    return _SECRET.search(name) is not None


def mask(name: str, value: str) -> str:
    return MASK if is_secret(name) else value


def without_secrets(text: str) -> str:
    """A command, or other words of an agent's, for people to read: what looks secret is masked."""
    return _ALONE.sub(rf"\1{MASK}", _BESIDE.sub(rf"\1{MASK}", text))


def divide(env: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What may be stored, and what may not."""
    return (
        {name: value for name, value in env.items() if not is_secret(name)},
        {name: value for name, value in env.items() if is_secret(name)},
    )
