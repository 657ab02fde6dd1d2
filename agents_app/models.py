"""What the machine knows of a session's process; never in a file, made anew from the hosts."""

from typing import ClassVar

from django.db import models


class LaunchState(models.TextChoices):
    EXTERNAL = "external", "started by a client that listens for session:spawn"
    WAITING = "waiting", "in the line"
    STARTING = "starting", "claimed by the launcher"
    RUNNING = "running", "its host process runs"
    ENDED = "ended", "its process is gone"


class Launch(models.Model):
    session = models.OneToOneField(
        "sessions_app.Session",
        on_delete=models.CASCADE,
        db_constraint=False,
        primary_key=True,
        related_name="launch",
    )
    state = models.CharField(max_length=10, choices=LaunchState.choices)
    created_at = models.BigIntegerField(help_text="Unix milliseconds")
    started_at = models.BigIntegerField(null=True, help_text="when the host was started")

    class Meta:
        verbose_name_plural = "launches"
        indexes: ClassVar = (models.Index(fields=("state", "created_at"), name="launch_line"),)

    def __str__(self) -> str:
        return f"{self.session_id} {self.state}"


class LauncherState(models.Model):
    """One row: what a person told the launcher."""

    paused = models.BooleanField(default=False)

    def __str__(self) -> str:
        return "paused" if self.paused else "running"
