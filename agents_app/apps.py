"""Registers agents_app with Django."""

from typing import Any

from django.apps import AppConfig


class AgentsConfig(AppConfig):
    name = "agents_app"
    verbose_name = "Agents"

    def ready(self) -> None:
        from sessions_app import signals

        signals.session_forgotten.connect(_forgotten, dispatch_uid="agents")


def _forgotten(sender: Any, **news: Any) -> None:
    from agents_app.services import end_process_of

    end_process_of(news["session_id"])
