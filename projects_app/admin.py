"""Projects in the Django admin."""

from typing import Any

from django import forms
from django.contrib import admin

from agents_app.services import delete_project
from projects_app import services
from projects_app.models import Project
from storage_app.service_admin import NamedValues, ServiceAdmin, ServiceForm, moment


class ProjectForm(ServiceForm):
    class Meta:
        widgets = {name: forms.TextInput({"size": 80}) for name in ("name", "working_dir", "agent")}


@admin.register(Project)
class ProjectAdmin(ServiceAdmin):
    form = ProjectForm
    page = "project"
    fields = ("id", "name", "working_dir", "description", "agent", "created", "updated", "extra")
    readonly_fields = ("id", "created", "updated", "extra")
    list_display = ("name", "working_dir", "agent", "created", "updated", "id")
    list_filter = (("agent", NamedValues),)
    search_fields = ("id", "name", "description", "working_dir")
    ordering = ("-created_at", "-id")

    def create(self, **columns: Any) -> Project:
        return services.create_project(**columns)

    def update(self, record_id: str, **columns: Any) -> Project:
        return services.update_project(record_id, **columns)

    def delete(self, record_id: str) -> None:
        delete_project(record_id, cascade=False)

    @admin.display(ordering="created_at")
    def created(self, project: Project) -> str:
        return moment(project.created_at)

    @admin.display(ordering="updated_at")
    def updated(self, project: Project) -> str:
        return moment(project.updated_at)
