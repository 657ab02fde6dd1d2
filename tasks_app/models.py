"""The task's row, and the link between a task and a session that works on it."""

from typing import ClassVar

from django.db import models

from tasks_app.rules import Priority, SessionStatusOfTask, TaskStatus


class Task(models.Model):
    id = models.CharField(primary_key=True, max_length=64)
    # Files may name records that do not exist, so references are not constraints.
    project = models.ForeignKey(
        "projects_app.Project",
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="tasks",
    )
    parent = models.ForeignKey(
        "self",
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="children",
    )
    title = models.TextField()
    description = models.TextField(blank=True, default="")
    status = models.CharField(
        max_length=20,
        default=TaskStatus.TODO,
        choices=[(status.value, status.value) for status in TaskStatus],
    )
    priority = models.CharField(
        max_length=20,
        default=Priority.MEDIUM,
        choices=[(priority.value, priority.value) for priority in Priority],
    )
    initial_prompt = models.TextField(blank=True, default="")
    dependencies = models.JSONField(default=list, blank=True)
    session_status = models.CharField(max_length=20, null=True, blank=True)
    skill_ids = models.JSONField(default=list, blank=True)
    agent_ids = models.JSONField(default=list, blank=True)
    model = models.TextField(blank=True, default="")
    created_at = models.BigIntegerField(help_text="Unix milliseconds")
    updated_at = models.BigIntegerField(help_text="Unix milliseconds")
    started_at = models.BigIntegerField(null=True, blank=True)
    completed_at = models.BigIntegerField(null=True, blank=True)
    extra = models.JSONField(default=dict, blank=True, help_text="unknown keys of its file")

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return self.title


class TaskSession(models.Model):
    """One session on one task.

    A place is null where only the other side's file names the pair. `attempt_started_at` is set
    while an attempt is open.
    """

    task = models.ForeignKey(
        Task, on_delete=models.DO_NOTHING, db_constraint=False, related_name="session_links"
    )
    session = models.ForeignKey(
        "sessions_app.Session",
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="task_links",
    )
    place_in_session = models.IntegerField(null=True)
    place_in_task = models.IntegerField(null=True)
    status = models.CharField(
        max_length=20,
        null=True,
        choices=[(status.value, status.value) for status in SessionStatusOfTask],
    )
    attempt_started_at = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = (
            models.UniqueConstraint(fields=("task", "session"), name="one_link_a_pair"),
        )

    def __str__(self) -> str:
        return f"{self.session_id} on {self.task_id}"
