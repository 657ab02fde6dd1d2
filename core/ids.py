"""Record ids: a prefix and a lower-case ULID, made here; foreign ids are checked here."""

import re
import secrets
import threading

from core.clock import now_ms
from core.errors import BadInput

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
ID_PATTERN = "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"
_ID = re.compile(ID_PATTERN.strip("^$"))
_RANDOM_BITS = 80
_lock = threading.Lock()
_last = 0


def new_id(prefix: str) -> str:
    """Return `prefix_<ulid>`; ids made by one process always sort in the order they were made."""
    return f"{prefix}_{_base32(_next_ulid())}"


def _next_ulid() -> int:
    global _last
    with _lock:
        fresh = (now_ms() << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
        _last = fresh if fresh >> _RANDOM_BITS > _last >> _RANDOM_BITS else _last + 1
        return _last


def _base32(value: int) -> str:
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))


def ulid_ms(word: str) -> int | None:
    """When a ULID was made, in Unix milliseconds; None for what is none."""
    digits = word.lower()
    if len(digits) != 26 or digits[0] > "7" or set(digits) - set(_ALPHABET):
        return None
    made = 0
    for digit in digits:
        made = made << 5 | _ALPHABET.index(digit)
    return made >> _RANDOM_BITS


def is_valid_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def check_id(value: object, field: str = "id") -> str:
    """Return the id, or raise BadInput: it may become a file name, so it is never taken as is."""
    if not is_valid_id(value):
        raise BadInput(
            {field: ["An id has 1 to 64 letters, digits, _ or -, and begins with no sign."]}
        )
    return str(value)
