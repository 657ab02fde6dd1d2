"""The answers that repeated requests get again, and the tokens of programs."""

from typing import ClassVar

from django.db import models

from access_app.rules import Level
from core.clock import now_ms


class IdempotentAnswer(models.Model):
    """What one request was answered. Of the request itself only a keyed hash is kept."""

    scope = models.CharField(max_length=255, help_text="method, path and who asked")
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    status = models.IntegerField()
    body = models.JSONField()
    created_at = models.BigIntegerField(db_index=True, help_text="Unix milliseconds")

    class Meta:
        constraints: ClassVar = (
            models.UniqueConstraint(fields=("scope", "key"), name="one_answer_a_key"),
        )

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"


class Token(models.Model):
    """A program's key to this server. Of its secret only a hash is kept; times are Unix ms."""

    LEVELS = ((Level.VIEWER, "viewer"), (Level.OPERATOR, "operator"), (Level.ADMIN, "admin"))

    id = models.CharField(primary_key=True, max_length=12, editable=False)
    name = models.CharField(max_length=100, help_text="what it is for")
    secret_hash = models.CharField(max_length=64, editable=False)
    level = models.PositiveSmallIntegerField(choices=LEVELS, default=Level.VIEWER)
    project_id = models.CharField(
        "project", max_length=64, blank=True, help_text="the only project that it reaches; or all"
    )
    created_at = models.BigIntegerField()
    expires_at = models.BigIntegerField()
    revoked_at = models.BigIntegerField(null=True)
    last_used_at = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.id})"

    @property
    def state(self) -> str:
        """`active`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if now_ms() >= self.expires_at else "active"
