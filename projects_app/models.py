"""The project's row."""

from django.db import models


class Project(models.Model):
    id = models.CharField(primary_key=True, max_length=64)
    name = models.TextField()
    working_dir = models.TextField(blank=True, default="")
    description = models.TextField(blank=True, default="")
    agent = models.TextField(blank=True, default="", help_text="the profile its sessions start")
    created_at = models.BigIntegerField(help_text="Unix milliseconds")
    updated_at = models.BigIntegerField(help_text="Unix milliseconds")
    extra = models.JSONField(default=dict, blank=True, help_text="unknown keys of its file")

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return self.name
