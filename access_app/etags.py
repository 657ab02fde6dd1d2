"""Entity tags: which state of a document a client knows."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from core import json


def etag_of(document: Mapping[str, Any]) -> str:
    """From the content. Silence is told in seconds, which alone is no change of a session."""
    silent = {"stale": bool(document["stale"])} if "stale" in document else {}
    return f'"{sha256(json.to_canonical({**document, **silent})).hexdigest()[:32]}"'


def names_tag(header: str, tag: str) -> bool:
    """Whether If-Match or If-None-Match names it; a proxy may have made a tag weak."""
    names = [name.strip().removeprefix("W/") for name in header.split(",")]
    return "*" in names or tag in names
