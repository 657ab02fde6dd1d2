"""Launches in the Django admin: which session's process waits, runs or has ended."""

from django.contrib import admin
from django.utils.safestring import SafeString

from agents_app.models import Launch
from storage_app.service_admin import ReadOnlyAdmin, badge, link_along, moment


@admin.register(Launch)
class LaunchAdmin(ReadOnlyAdmin):
    list_display = ("session_id", "state_badge", "session_link", "created", "started")
    list_filter = ("state",)
    search_fields = ("session__id", "session__name")
    ordering = ("-created_at",)
    fields = ("session_link", "state_badge", "created", "started")

    @admin.display(description="state", ordering="state")
    def state_badge(self, launch: Launch) -> SafeString | str:
        return badge(launch.state)

    @admin.display(description="session")
    def session_link(self, launch: Launch) -> SafeString | str:
        return link_along(launch, "session")

    @admin.display(ordering="created_at")
    def created(self, launch: Launch) -> str:
        return moment(launch.created_at)

    def started(self, launch: Launch) -> str:
        return moment(launch.started_at)
