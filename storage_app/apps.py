"""Registers storage_app with Django."""

from django.apps import AppConfig


class StorageConfig(AppConfig):
    name = "storage_app"
