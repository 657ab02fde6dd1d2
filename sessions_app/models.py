"""The session's row, and the rows that are only ever appended to it."""

from typing import ClassVar

from django.db import models

from sessions_app.rules import SessionRole, Status, Strategy


class Session(models.Model):
    """One run of an agent. `as_found` keeps a file's own word where it means one of ours."""

    id = models.CharField(primary_key=True, max_length=64)
    project = models.ForeignKey(
        "projects_app.Project",
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="sessions",
    )
    parent = models.ForeignKey(
        "self",
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="children",
    )
    name = models.TextField()
    status = models.CharField(
        max_length=20,
        default=Status.SPAWNING,
        choices=[(status.value, status.value) for status in Status],
    )
    strategy = models.CharField(
        max_length=20,
        default=Strategy.SIMPLE,
        choices=[(strategy.value, strategy.value) for strategy in Strategy],
    )
    role = models.CharField(
        max_length=20,
        default=SessionRole.WORKER,
        choices=[(role.value, role.value) for role in SessionRole],
    )
    needs_input = models.JSONField(null=True, blank=True)
    agent_id = models.TextField(blank=True, default="")
    agent = models.TextField(blank=True, default="")
    env = models.JSONField(default=dict, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    hostname = models.TextField(blank=True, default="")
    platform = models.TextField(blank=True, default="")
    progress = models.FloatField(null=True, help_text="the last reported, 0 to 1")
    created_at = models.BigIntegerField(help_text="Unix milliseconds")
    started_at = models.BigIntegerField(null=True, blank=True)
    updated_at = models.BigIntegerField(help_text="Unix milliseconds")
    last_activity = models.BigIntegerField(help_text="Unix milliseconds")
    completed_at = models.BigIntegerField(null=True, blank=True)
    as_found = models.JSONField(default=dict, blank=True)
    extra = models.JSONField(default=dict, blank=True, help_text="unknown keys of its file")

    class Meta:
        ordering = ("created_at", "id")
        indexes: ClassVar = (models.Index(fields=("status",), name="sessions_by_status"),)

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> Status:
        return Status(self.status)


class Appended(models.Model):
    """A row that is added and never changed. `body` is the entry exactly as it is in the file."""

    session = models.ForeignKey(
        Session, on_delete=models.CASCADE, db_constraint=False, related_name="%(class)ss"
    )
    position = models.IntegerField()
    body = models.JSONField()

    class Meta:
        abstract = True
        ordering = ("position",)
        constraints: ClassVar = (
            models.UniqueConstraint(fields=("session", "position"), name="%(class)s_place"),
        )


class TimelineEvent(Appended):
    """What people read of a session."""

    event_id = models.CharField(max_length=64)
    type = models.CharField(max_length=40)
    at = models.BigIntegerField(help_text="Unix milliseconds")
    task_id = models.CharField(max_length=64, null=True)

    class Meta(Appended.Meta):
        indexes: ClassVar = (
            models.Index(fields=("session", "event_id"), name="timeline_by_event_id"),
            models.Index(fields=("session", "type", "position"), name="timeline_by_type"),
        )

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


class RawEvent(Appended):
    """What an agent's hooks said, as it came."""

    def __str__(self) -> str:
        return f"{self.session_id} raw {self.position}"


class Transition(Appended):
    """A move of the status, or what the charts show beside it."""

    def __str__(self) -> str:
        return f"{self.session_id} transition {self.position}"
