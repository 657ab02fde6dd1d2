"""Registers queues_app with Django, its documents with storage, and itself with sessions' news."""

from typing import Any

from django.apps import AppConfig


class QueuesConfig(AppConfig):
    name = "queues_app"
    verbose_name = "Queues"

    def ready(self) -> None:
        from queues_app.documents import KIND
        from sessions_app import signals
        from storage_app.kinds import register

        register(KIND)
        signals.session_tasks_changed.connect(_tasks_changed, dispatch_uid="queues")
        signals.session_ended.connect(_ended, dispatch_uid="queues")


def _tasks_changed(sender: Any, **news: Any) -> None:
    from queues_app.following import follow_session_tasks

    follow_session_tasks(news["session"], news["added"], news["removed"], news["changed"])


def _ended(sender: Any, **news: Any) -> None:
    from queues_app.following import follow_session_end

    follow_session_end(news["session"], news["changed"])
