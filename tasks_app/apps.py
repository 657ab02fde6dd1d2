"""Registers tasks_app with Django and its documents with storage."""

from django.apps import AppConfig


class TasksConfig(AppConfig):
    name = "tasks_app"
    verbose_name = "Tasks"

    def ready(self) -> None:
        from storage_app.kinds import register
        from tasks_app.documents import KIND

        register(KIND)
