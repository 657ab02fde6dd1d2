"""Sessions in the Django admin: their name can be changed, and they can be stopped and deleted."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import Max, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from access_app.actors import USER
from agents_app.services import delete_session, stop_session
from core.secrecy import mask
from sessions_app.documents import task_ids_of
from sessions_app.models import Session, TimelineEvent
from sessions_app.services import SessionPatch, patch_session
from storage_app.service_admin import (
    EMPTY,
    ReadOnlyInline,
    ServiceAdmin,
    ServiceForm,
    badge,
    link_along,
    link_to,
    moment,
)

EVENTS_SHOWN = 200


class TimelineInline(ReadOnlyInline):
    model = TimelineEvent
    verbose_name_plural = f"timeline (its last {EVENTS_SHOWN} events)"
    fields = ("time", "type", "message", "task")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[TimelineEvent]:
        rows = super().get_queryset(request)
        shown = request.resolver_match.kwargs if request.resolver_match else {}
        own = rows.filter(session_id=unquote(shown.get("object_id", "")))
        last = own.aggregate(last=Max("position"))["last"] or 0
        return own.filter(position__gt=last - EVENTS_SHOWN)

    def time(self, event: TimelineEvent) -> str:
        return moment(event.at)

    def message(self, event: TimelineEvent) -> str:
        return str(event.body.get("message", ""))

    def task(self, event: TimelineEvent) -> SafeString | str:
        return link_to("tasks_app_task", event.task_id)


class SessionForm(ServiceForm):
    class Meta:
        widgets = {"name": forms.TextInput({"size": 80})}


@admin.register(Session)
class SessionAdmin(ServiceAdmin):
    form = SessionForm
    inlines = (TimelineInline,)
    actions = ("stop_selected",)
    list_display = ("name", "status_badge", "role", "strategy", "project_link", "created", "id")
    list_filter = ("status", "role", "strategy", "agent", "project")
    search_fields = ("id", "name")
    ordering = ("-created_at", "-id")
    fields = (
        "id",
        "name",
        "status_badge",
        "needs_input",
        "project_link",
        "parent_link",
        "children",
        "tasks",
        "queue",
        "role",
        "strategy",
        "agent",
        "agent_id",
        "progress",
        "environment",
        "metadata",
        "created",
        "started",
        "updated",
        "last_sign_of_life",
        "completed",
        "extra",
    )
    readonly_fields = tuple(name for name in fields if name != "name")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Sessions are spawned."""
        return False

    def update(self, record_id: str, **columns: Any) -> Session:
        return patch_session(record_id, SessionPatch(**columns), by=USER)

    def delete(self, record_id: str) -> None:
        delete_session(record_id, by=USER)

    @admin.action(description="Stop selected sessions", permissions=["change"])
    def stop_selected(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        stopped: list[str] = []
        for session in queryset:
            stopped += stop_session(session.pk, by=USER, reason="stopped in the admin")
        self.message_user(request, f"Stopped {', '.join(stopped) or 'nothing: none was live'}.")

    @admin.display(description="status", ordering="status")
    def status_badge(self, session: Session) -> SafeString | str:
        return badge(session.status)

    @admin.display(description="project", ordering="project_id")
    def project_link(self, session: Session) -> SafeString | str:
        return link_along(session, "project")

    @admin.display(description="parent")
    def parent_link(self, session: Session) -> SafeString | str:
        return link_along(session, "parent") if session.parent_id else EMPTY

    def children(self, session: Session) -> SafeString | str:
        ids = session.children.values_list("pk", flat=True)
        return _lines(link_to("sessions_app_session", child_id) for child_id in ids)

    def tasks(self, session: Session) -> SafeString | str:
        return _lines(link_to("tasks_app_task", task_id) for task_id in task_ids_of(session.pk))

    def queue(self, session: Session) -> SafeString | str:
        queue = getattr(session, "queue", None)
        return link_to("queues_app_queue", queue.pk if queue else None)

    def environment(self, session: Session) -> SafeString | str:
        return _lines(f"{name}={mask(name, value)}" for name, value in session.env.items())

    @admin.display(ordering="created_at")
    def created(self, session: Session) -> str:
        return moment(session.created_at)

    def started(self, session: Session) -> str:
        return moment(session.started_at)

    def updated(self, session: Session) -> str:
        return moment(session.updated_at)

    def last_sign_of_life(self, session: Session) -> str:
        return moment(session.last_activity)

    def completed(self, session: Session) -> str:
        return moment(session.completed_at)


def _lines(lines: Any) -> SafeString | str:
    return format_html_join("\n", "<div>{}</div>", ((line,) for line in lines)) or EMPTY
