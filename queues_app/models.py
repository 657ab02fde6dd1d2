"""The queue's row and its items."""

from typing import ClassVar

from django.db import models

from queues_app.rules import ItemStatus


class Queue(models.Model):
    id = models.CharField(primary_key=True, max_length=70)
    session = models.OneToOneField(
        "sessions_app.Session",
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="queue",
    )
    keep_open = models.BooleanField(default=False)
    created_at = models.BigIntegerField(help_text="Unix milliseconds")
    updated_at = models.BigIntegerField(help_text="Unix milliseconds")
    extra = models.JSONField(default=dict, blank=True, help_text="unknown keys of its file")

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return self.id


class QueueItem(models.Model):
    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="items")
    position = models.IntegerField()
    task_id = models.CharField(max_length=64)
    status = models.CharField(
        max_length=20,
        default=ItemStatus.QUEUED,
        choices=[(status.value, status.value) for status in ItemStatus],
    )
    added_at = models.BigIntegerField(help_text="Unix milliseconds")
    started_at = models.BigIntegerField(null=True, blank=True)
    completed_at = models.BigIntegerField(null=True, blank=True)
    fail_reason = models.TextField(blank=True, default="")
    claim_id = models.CharField(max_length=64, blank=True, default="")
    metadata = models.JSONField(default=dict, blank=True)
    extra = models.JSONField(default=dict, blank=True, help_text="unknown keys of its entry")

    class Meta:
        ordering = ("position", "id")
        indexes: ClassVar = (
            models.Index(fields=("queue", "status", "position"), name="queue_items_by_status"),
        )

    def __str__(self) -> str:
        return f"{self.task_id} {self.status}"
