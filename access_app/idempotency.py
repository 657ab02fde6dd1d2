"""One answer for one key: a request that is repeated does nothing and is answered as before."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from access_app.models import IdempotentAnswer
from core import json
from core.clock import now_ms
from core.errors import BadInput, Conflict
from core.sqlite import writers_turn

KEPT_MS = 24 * 60 * 60 * 1000
KEY_AT_MOST = 200
Answer = tuple[Any, int]


class IdempotencyConflict(Conflict):
    code = "idempotency_conflict"


def answer_once(scope: str, key: str, request: Any, make: Callable[[], Answer]) -> Answer:
    """What `make` answers, body and status; for a key that is known, its first answer again.

    The answer is kept in the transaction of the change, and whoever repeats the request meanwhile
    waits for it. A refusal changes nothing and is not kept. Raises IdempotencyConflict.
    """
    check_key(key)
    hashed = _hashed(request)
    with writers_turn(), transaction.atomic():
        outlived_answers().delete()
        known = IdempotentAnswer.objects.filter(scope=scope, key=key).first()
        if known is None:
            body, status = make()
            IdempotentAnswer.objects.create(
                scope=scope,
                key=key,
                request_hash=hashed,
                status=status,
                body=body,
                created_at=now_ms(),
            )
            return body, status
    if known.request_hash != hashed:
        raise IdempotencyConflict(
            "This Idempotency-Key was used for another request. Use a new one for each.",
            {"key": key},
        )
    return known.body, known.status


def outlived_answers() -> QuerySet[IdempotentAnswer]:
    return IdempotentAnswer.objects.filter(created_at__lt=now_ms() - KEPT_MS)


def check_key(key: str) -> None:
    if not key.strip() or len(key) > KEY_AT_MOST or not key.isprintable():
        raise BadInput({"Idempotency-Key": [f"A key has 1 to {KEY_AT_MOST} printable characters."]})


def _hashed(request: Any) -> str:
    """Keyed, because a plain hash of a short secret in `env` could be guessed from it."""
    content = json.to_canonical(request)
    return salted_hmac("maestro.idempotency", content, algorithm="sha256").hexdigest()
