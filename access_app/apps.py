"""Registers access_app with Django, and the admin with the door that it puts in front."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangosAdminConfig


class AccessConfig(AppConfig):
    name = "access_app"
    verbose_name = "Access"


class AdminConfig(DjangosAdminConfig):
    default_site = "access_app.admin_site.MaestroAdminSite"
