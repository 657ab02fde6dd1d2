"""Registers storage_app with Django, and writes files itself where no server does."""

from django.apps import AppConfig


class StorageConfig(AppConfig):
    name = "storage_app"
    verbose_name = "Storage"

    def ready(self) -> None:
        from storage_app import wakes
        from storage_app.writer import write_when_alone

        wakes.when_alone(write_when_alone)
