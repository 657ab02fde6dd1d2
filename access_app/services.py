"""Making and revoking tokens, and the first admin; not records, so not by `change()`."""

from secrets import token_hex, token_urlsafe
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import OperationalError, transaction

from access_app.models import Token
from access_app.rules import Level
from access_app.selectors import admin_exists, hash_of
from core.clock import now_ms
from core.errors import BadInput, Conflict, NotFound
from core.sqlite import writers_turn

DAY_MS = 24 * 3600 * 1000
DAYS, DAYS_AT_MOST = 90, 3650
USE_NOTED_EVERY_MS = 60_000


class MadeToken(NamedTuple):
    """`secret` is shown once and known to nobody afterwards."""

    token: Token
    secret: str


def create_token(
    *, name: str, level: Level = Level.VIEWER, project_id: str = "", days: int = DAYS
) -> MadeToken:
    """Raises BadInput."""
    problems = {}
    if not name.strip() or len(name) > 100:
        problems["name"] = ["Say in 1 to 100 characters what it is for."]
    if not 1 <= days <= DAYS_AT_MOST:
        problems["days"] = [f"A token lives for 1 to {DAYS_AT_MOST} days."]
    if level is Level.NOBODY:
        problems["level"] = ["A token is for a viewer, an operator or an admin."]
    if problems:
        raise BadInput(problems)
    token_id = token_hex(6)
    secret = f"mst_{token_id}_{token_urlsafe(32)}"
    with writers_turn(), transaction.atomic():
        token = Token.objects.create(
            id=token_id,
            name=name.strip(),
            secret_hash=hash_of(secret),
            level=level,
            project_id=project_id,
            created_at=now_ms(),
            expires_at=now_ms() + days * DAY_MS,
        )
    return MadeToken(token, secret)


def revoke_token(token_id: str) -> Token:
    """Again, it changes nothing. Raises NotFound."""
    with writers_turn(), transaction.atomic():
        token = Token.objects.filter(pk=token_id).first()
        if token is None:
            raise NotFound(f"There is no token {token_id}. `manage.py tokens list` shows them.")
        if token.revoked_at is None:
            token.revoked_at = now_ms()
            token.save(update_fields=["revoked_at"])
    return token


def note_use(token: Token) -> None:
    """At most once a minute, so that reading is not writing; what cannot be noted is not."""
    now = now_ms()
    if token.last_used_at is not None and now - token.last_used_at < USE_NOTED_EVERY_MS:
        return
    try:
        with writers_turn(), transaction.atomic():
            Token.objects.filter(pk=token.pk).update(last_used_at=now)
    except OperationalError:
        return


def make_first_admin(*, name: str, password: str) -> User:
    """Raises Conflict when there is one already."""
    with writers_turn(), transaction.atomic():
        if admin_exists():
            raise Conflict("There is an admin already. Log in, or ask them for an account.")
        return User.objects.create_superuser(name, password=password)
