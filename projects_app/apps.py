"""Registers projects_app with Django and its documents with storage."""

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects_app"
    verbose_name = "Projects"

    def ready(self) -> None:
        from projects_app.documents import KIND
        from storage_app.kinds import register

        register(KIND)
