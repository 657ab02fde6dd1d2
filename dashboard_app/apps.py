"""Registers dashboard_app with Django, and keeps its index of words beside the rows."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class DashboardConfig(AppConfig):
    name = "dashboard_app"

    def ready(self) -> None:
        from dashboard_app.search_index import prepare_indexes

        # An app without models is not told, so it listens to one that has what it indexes.
        post_migrate.connect(prepare_indexes, sender=apps.get_app_config("sessions_app"))
