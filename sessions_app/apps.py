"""Registers sessions_app with Django and its documents with storage."""

from django.apps import AppConfig


class SessionsConfig(AppConfig):
    name = "sessions_app"
    verbose_name = "Sessions"

    def ready(self) -> None:
        from sessions_app.documents import KIND
        from storage_app.kinds import register

        register(KIND)
