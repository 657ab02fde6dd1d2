"""The token a spawned session's process carries: signed, given to nobody else, stored nowhere."""

from django.core import signing

_SALT = "maestro.session-token"


def session_token(session_id: str) -> str:
    return signing.dumps(session_id, salt=_SALT)


def session_of(token: str) -> str | None:
    """The session that a token speaks for, or None when it is not one of ours."""
    try:
        value = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    return value if isinstance(value, str) else None
