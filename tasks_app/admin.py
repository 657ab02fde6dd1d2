"""Tasks in the Django admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from access_app.actors import USER
from queues_app.deleting import delete_task
from storage_app.service_admin import (
    EMPTY,
    ServiceAdmin,
    ServiceForm,
    WordsField,
    badge,
    link_along,
    link_to,
    moment,
)
from tasks_app import services
from tasks_app.documents import links_of
from tasks_app.models import Task


class TaskForm(ServiceForm):
    dependencies = WordsField(help_text="ids of tasks that come first, one a line")
    skill_ids = WordsField(help_text="one a line")
    agent_ids = WordsField(help_text="one a line")

    class Meta:
        widgets = {name: forms.TextInput({"size": 80}) for name in ("title", "model")}


@admin.register(Task)
class TaskAdmin(ServiceAdmin):
    form = TaskForm
    page = "task"
    autocomplete_fields = ("project", "parent")
    list_display = ("title", "status_badge", "priority", "project_link", "updated", "id")
    list_filter = ("status", "priority", "session_status", "project")
    search_fields = ("id", "title", "description")
    ordering = ("-created_at", "-id")
    readonly_fields = (
        "id",
        "project_link",
        "session_status",
        "sessions",
        "created",
        "updated",
        "started",
        "completed",
        "extra",
    )
    _asked = ("title", "description", "initial_prompt", "status", "priority", "parent")
    _further = ("dependencies", "skill_ids", "agent_ids", "model")

    def get_fields(self, request: HttpRequest, obj: Task | None = None) -> tuple[str, ...]:
        if obj is None:
            return ("project", *self._asked, *self._further)
        return ("id", "project_link", *self._asked, *self._further, *self.readonly_fields[2:])

    def create(self, **columns: Any) -> Task:
        return services.create_task(**columns)

    def update(self, record_id: str, **columns: Any) -> Task:
        return services.update_task(record_id, **columns)

    def delete(self, record_id: str) -> None:
        delete_task(record_id, by=USER)

    @admin.display(description="status", ordering="status")
    def status_badge(self, task: Task) -> SafeString | str:
        return badge(task.status)

    @admin.display(description="project", ordering="project_id")
    def project_link(self, task: Task) -> SafeString | str:
        return link_along(task, "project")

    def sessions(self, task: Task) -> SafeString | str:
        links = [
            (link_to("sessions_app_session", link.session_id), badge(link.status))
            for link in links_of(task.pk)
        ]
        return format_html_join("\n", "<div>{} {}</div>", links) or EMPTY

    @admin.display(ordering="created_at")
    def created(self, task: Task) -> str:
        return moment(task.created_at)

    @admin.display(ordering="updated_at")
    def updated(self, task: Task) -> str:
        return moment(task.updated_at)

    def started(self, task: Task) -> str:
        return moment(task.started_at)

    def completed(self, task: Task) -> str:
        return moment(task.completed_at)
