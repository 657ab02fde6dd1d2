"""The answers that repeated requests get again."""

from typing import ClassVar

from django.db import models


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
