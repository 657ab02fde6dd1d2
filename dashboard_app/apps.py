"""Registers dashboard_app with Django."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "dashboard_app"
