"""Which environment names look secret: their values go to a process and nowhere else."""

import re
from collections.abc import Mapping

_SECRET = re.compile(r"(_KEY|_TOKEN)$|SECRET|PASSWORD", re.IGNORECASE)
MASK = "••••••"


def is_secret(name: str) -> bool:
    return _SECRET.search(name) is not None


def mask(name: str, value: str) -> str:
    return MASK if is_secret(name) else value


def divide(env: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What may be stored, and what may not."""
    return (
        {name: value for name, value in env.items() if not is_secret(name)},
        {name: value for name, value in env.items() if is_secret(name)},
    )
