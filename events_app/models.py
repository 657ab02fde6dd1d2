"""The log's rows, and the epoch that tells cursors of one index from those of another."""

from django.db import models


class LogEntry(models.Model):
    """One thing that happened. `payload` is small: no timeline, or only the appended events."""

    seq = models.BigAutoField(primary_key=True)
    at = models.BigIntegerField(help_text="Unix milliseconds")
    type = models.CharField(max_length=40)
    project_id = models.CharField(max_length=64, null=True)
    session_id = models.CharField(max_length=64, null=True)
    task_id = models.CharField(max_length=64, null=True)
    payload = models.JSONField()

    class Meta:
        ordering = ("seq",)
        verbose_name_plural = "log entries"
        indexes = (models.Index(fields=("session_id", "seq"), name="log_by_session"),)

    def __str__(self) -> str:
        return f"{self.seq} {self.type}"


class Epoch(models.Model):
    """One row: the name of this index's life. A cursor from another epoch means nothing here."""

    name = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.name
