"""Registers sessions_app with Django and its documents with storage."""

from django.apps import AppConfig


class SessionsConfig(AppConfig):
    name = "sessions_app"
    verbose_name = "Sessions"

    def ready(self) -> None:
        from access_app.authentication import ask_for_sessions
        from events_app import renderers
        from sessions_app.documents import KIND
        from sessions_app.rights import project_of_session
        from sessions_app.selectors import whole_session
        from storage_app.kinds import register

        register(KIND)
        renderers.register("session", whole_session)
        ask_for_sessions(project_of_session)
