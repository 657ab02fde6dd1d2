"""The event log in the Django admin, to look at."""

from django.contrib import admin
from django.utils.safestring import SafeString

from events_app.models import LogEntry
from storage_app.service_admin import ReadOnlyAdmin, as_json, link_to, moment


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    list_display = ("seq", "time", "type", "project_link", "session_link", "task_link")
    list_display_links = ("seq", "time")
    list_filter = ("type",)
    search_fields = ("type", "=project_id", "=session_id", "=task_id")
    ordering = ("-seq",)
    fields = (*list_display, "said")
    show_full_result_count = False

    @admin.display(ordering="seq")
    def time(self, entry: LogEntry) -> str:
        return moment(entry.at)

    @admin.display(description="project")
    def project_link(self, entry: LogEntry) -> SafeString | str:
        return link_to("projects_app_project", entry.project_id)

    @admin.display(description="session")
    def session_link(self, entry: LogEntry) -> SafeString | str:
        return link_to("sessions_app_session", entry.session_id)

    @admin.display(description="task")
    def task_link(self, entry: LogEntry) -> SafeString | str:
        return link_to("tasks_app_task", entry.task_id)

    @admin.display(description="payload")
    def said(self, entry: LogEntry) -> SafeString | str:
        return as_json(entry.payload)
