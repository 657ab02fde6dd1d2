"""Sessions in the Django admin: renamed, stopped, resumed, exported, deleted; the rest is shown."""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from access_app.actors import USER
from agents_app.services import delete_session, resume_session, stop_session
from core import json
from core.clock import now_ms
from core.secrecy import mask
from queues_app.session_nodes import session_node
from sessions_app.documents import task_ids_of, wire_document
from sessions_app.mermaid import mermaid_gantt
from sessions_app.models import Session, TimelineEvent
from sessions_app.services import SessionPatch, patch_session
from storage_app.service_admin import (
    EMPTY,
    NamedValues,
    ReadOnlyInline,
    ServiceAdmin,
    ServiceForm,
    as_json,
    badge,
    link_along,
    link_to,
    moment,
)
from tasks_app.selectors import titles_of

EVENTS_SHOWN = 100
BEFORE = "events_before"  # in a page's address: the place of the event after its last one


class TimelineInline(ReadOnlyInline):
    """One page of it, oldest first; SessionAdmin says which."""

    model = TimelineEvent
    verbose_name_plural = "timeline"
    fields = ("time", "type", "message", "task")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[TimelineEvent]:
        match = request.resolver_match
        session_id = unquote(match.kwargs.get("object_id", "")) if match else ""
        rows = super().get_queryset(request).filter(session_id=session_id)
        before = _asked_before(request)
        if before is not None:
            rows = rows.filter(position__lt=before)
        newest = rows.order_by("-position").values_list("pk", flat=True)[:EVENTS_SHOWN]
        return rows.filter(pk__in=list(newest))

    def time(self, event: TimelineEvent) -> str:
        return moment(event.at)

    def message(self, event: TimelineEvent) -> str:
        return str(event.body.get("message", ""))

    def task(self, event: TimelineEvent) -> SafeString | str:
        return link_to("tasks_app_task", event.task_id)


def _asked_before(request: HttpRequest) -> int | None:
    word = request.GET.get(BEFORE, "")
    return int(word) if word.isascii() and word.isdigit() else None


class SessionForm(ServiceForm):
    class Meta:
        widgets = {"name": forms.TextInput({"size": 80})}


@admin.register(Session)
class SessionAdmin(ServiceAdmin):
    form = SessionForm
    page = "session"
    change_form_template = "admin/sessions_app/session/change_form.html"
    inlines = (TimelineInline,)
    actions = ("stop_selected", "resume_selected", "export_json", "export_mermaid")
    list_display = ("name", "status_badge", "role", "strategy", "project_link", "created", "id")
    list_filter = ("status", "role", "strategy", ("agent", NamedValues), "project")
    search_fields = ("id", "name")
    ordering = ("-created_at", "-id")
    fields = (
        "id",
        "name",
        "status_badge",
        "question",
        "project_link",
        "parent_link",
        "children",
        "tasks",
        "queue",
        "role",
        "strategy",
        "agent",
        "agent_id",
        "share",
        "environment",
        "said",
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

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        pages = _pages(unquote(object_id), _asked_before(request))
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **pages})

    @admin.action(description="Stop selected sessions", permissions=["change"])
    def stop_selected(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        stopped: list[str] = []
        for session in queryset:
            stopped += stop_session(session.pk, by=USER, reason="stopped in the admin")
        self.message_user(request, f"Stopped {', '.join(stopped) or 'nothing: none was live'}.")

    @admin.action(description="Resume selected sessions", permissions=["change"])
    def resume_selected(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        """All or none; each goes on as a successor."""
        made = [resume_session(session.pk, env={}, by=USER).session for session in queryset]
        links = _lines(link_to("sessions_app_session", one.pk, one.name) for one in made)
        self.message_user(request, format_html("Spawned {}", links), messages.SUCCESS)

    @admin.action(description="Export selected sessions as JSON", permissions=["view"])
    def export_json(self, request: HttpRequest, queryset: QuerySet[Session]) -> HttpResponse:
        return _download(queryset, "json", lambda one: json.to_disk(wire_document(one)))

    @admin.action(description="Export charts as Mermaid", permissions=["view"])
    def export_mermaid(self, request: HttpRequest, queryset: QuerySet[Session]) -> HttpResponse:
        return _download(queryset, "mmd", _chart)

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
        ids = task_ids_of(session.pk)
        titles = titles_of(ids)
        return _lines(link_to("tasks_app_task", one, titles.get(one, "")) for one in ids)

    @admin.display(description="progress")
    def share(self, session: Session) -> str:
        return EMPTY if session.progress is None else f"{session.progress:.0%}"

    @admin.display(description="needs input")
    def question(self, session: Session) -> SafeString | str:
        return as_json(session.needs_input)

    @admin.display(description="metadata")
    def said(self, session: Session) -> SafeString | str:
        return as_json(session.metadata)

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


def _pages(session_id: str, before: int | None) -> dict[str, Any]:
    """Where the pages of a timeline before and after this one begin, and how long it is."""
    rows = TimelineEvent.objects.filter(session_id=session_id)
    shown = rows if before is None else rows.filter(position__lt=before)
    places = list(shown.order_by("-position").values_list("position", flat=True)[:EVENTS_SHOWN])
    oldest = places[-1] if places else 0
    return {
        "events_in_all": rows.count(),
        "events_before": BEFORE,
        "older": oldest if rows.filter(position__lt=oldest).exists() else None,
        "is_newest": before is None or not rows.filter(position__gte=before).exists(),
    }


def _chart(session: Session) -> bytes:
    return mermaid_gantt(session_node(session.pk, tree=False), now_ms=now_ms()).encode()


def _download(
    found: Iterable[Session], ending: str, content_of: Callable[[Session], bytes]
) -> HttpResponse:
    """One file for one session, an archive for several."""
    files = {f"{session.pk}.{ending}": content_of(session) for session in found}
    if len(files) == 1:
        ((name, content),) = files.items()
    else:
        name, content = f"sessions-{ending}.zip", _archive(files)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type="application/octet-stream", headers=headers)


def _archive(files: dict[str, bytes]) -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _lines(lines: Any) -> SafeString | str:
    return format_html_join("\n", "<div>{}</div>", ((line,) for line in lines)) or EMPTY
