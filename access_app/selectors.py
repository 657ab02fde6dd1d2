"""What is read of people and of tokens."""

import re
from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q

from access_app.models import Token
from access_app.rules import Level
from core.errors import Unauthenticated

TOKEN = re.compile(r"mst_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")
NOT_VALID = "This token is not valid here. Ask for a new one."


def level_of(user: Any) -> Level:
    """By the groups of a user who may log in; a superuser is an admin."""
    if not user.is_active or not user.is_authenticated:
        return Level.NOBODY
    if user.is_superuser:
        return Level.ADMIN
    known = {level.word: level for level in Level if level}
    names = user.groups.values_list("name", flat=True)
    return max((known[name] for name in names if name in known), default=Level.NOBODY)


def admin_exists() -> bool:
    """Whether anybody could log in and let others in."""
    admins = Q(is_superuser=True) | Q(groups__name=Level.ADMIN.word)
    return User.objects.filter(admins, is_active=True).exists()


def token_of(secret: str) -> Token:
    """The token whose secret this is. Raises Unauthenticated, saying why."""
    written = TOKEN.fullmatch(secret)
    found = Token.objects.filter(pk=written[1]).first() if written else None
    if found is None or not compare_digest(found.secret_hash, hash_of(secret)):
        raise Unauthenticated(NOT_VALID)
    if found.state == "revoked":
        raise Unauthenticated(f"This token ({found.pk}) was revoked. Ask for a new one.")
    if found.state == "expired":
        on = datetime.fromtimestamp(found.expires_at / 1000, UTC)
        raise Unauthenticated(
            f"This token ({found.pk}) expired on {on:%Y-%m-%d}. Ask for a new one."
        )
    return found


def hash_of(secret: str) -> str:
    """A plain hash is enough: 256 random bits cannot be guessed from it."""
    return sha256(secret.encode()).hexdigest()
