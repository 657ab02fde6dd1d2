"""The one-time link to the page where the first admin is made; in this process's memory only."""

from hmac import compare_digest
from secrets import token_urlsafe
from typing import NamedTuple

from access_app.selectors import hash_of
from core.clock import now_ms

VALID_MS = 3600 * 1000


class _Offer(NamedTuple):
    token_hash: str
    until_ms: int


_offer: _Offer | None = None


def offer() -> str:
    """A new token; one that was offered before is worth nothing now."""
    global _offer
    token = token_urlsafe(32)
    _offer = _Offer(hash_of(token), now_ms() + VALID_MS)
    return token


def is_offered(token: str) -> bool:
    if _offer is None or now_ms() >= _offer.until_ms:
        return False
    return compare_digest(_offer.token_hash, hash_of(token))


def withdraw() -> None:
    global _offer
    _offer = None
