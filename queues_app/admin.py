"""Queues in the Django admin, to look at: their items move by the queue's own routes."""

from django.contrib import admin
from django.utils.safestring import SafeString

from queues_app.models import Queue, QueueItem
from queues_app.selectors import stats_of
from storage_app.service_admin import (
    ReadOnlyAdmin,
    ReadOnlyInline,
    badge,
    link_along,
    link_to,
    moment,
)


class ItemInline(ReadOnlyInline):
    model = QueueItem
    fields = ("position", "task", "status_badge", "started", "completed", "fail_reason")
    readonly_fields = fields

    def task(self, item: QueueItem) -> SafeString | str:
        return link_to("tasks_app_task", item.task_id)

    @admin.display(description="status")
    def status_badge(self, item: QueueItem) -> SafeString | str:
        return badge(item.status)

    def started(self, item: QueueItem) -> str:
        return moment(item.started_at)

    def completed(self, item: QueueItem) -> str:
        return moment(item.completed_at)


@admin.register(Queue)
class QueueAdmin(ReadOnlyAdmin):
    inlines = (ItemInline,)
    list_display = ("id", "session_link", "counts", "keep_open", "created")
    list_filter = ("keep_open", "items__status")
    search_fields = ("id", "session__name")
    ordering = ("-created_at", "-id")
    fields = ("id", "session_link", "counts", "keep_open", "created", "updated", "extra")

    @admin.display(description="session")
    def session_link(self, queue: Queue) -> SafeString | str:
        return link_along(queue, "session")

    @admin.display(description="items")
    def counts(self, queue: Queue) -> str:
        counts = stats_of(queue)
        total = counts.pop("total")
        return f"{total}: " + ", ".join(f"{n} {word}" for word, n in counts.items() if n)

    @admin.display(ordering="created_at")
    def created(self, queue: Queue) -> str:
        return moment(queue.created_at)

    def updated(self, queue: Queue) -> str:
        return moment(queue.updated_at)
