"""Queues in the Django admin, to look at; what ended badly in one can be tried again."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from access_app.actors import USER
from queues_app.models import Queue, QueueItem
from queues_app.rules import ItemStatus
from queues_app.selectors import stats_of
from queues_app.services import requeue_item
from storage_app.service_admin import (
    ReadOnlyAdmin,
    ReadOnlyInline,
    badge,
    link_along,
    link_to,
    moment,
)

AGAIN = (ItemStatus.FAILED, ItemStatus.SKIPPED)


class ItemColumns:
    """How an item is shown, in its queue and in the list of all."""

    def task(self, item: QueueItem) -> SafeString | str:
        return link_to("tasks_app_task", item.task_id)

    @admin.display(description="status")
    def status_badge(self, item: QueueItem) -> SafeString | str:
        return badge(item.status)

    def started(self, item: QueueItem) -> str:
        return moment(item.started_at)

    def completed(self, item: QueueItem) -> str:
        return moment(item.completed_at)


class ItemInline(ItemColumns, ReadOnlyInline):
    model = QueueItem
    fields = ("position", "task", "status_badge", "started", "completed", "fail_reason")
    readonly_fields = fields


@admin.register(QueueItem)
class QueueItemAdmin(ItemColumns, ReadOnlyAdmin):
    actions = ("requeue_selected",)
    list_display = (
        "task_id",
        "status_badge",
        "queue_link",
        "session_link",
        "position",
        "started",
        "completed",
        "fail_reason",
    )
    list_filter = ("status", "queue__session__project")
    list_select_related = ("queue__session",)
    search_fields = ("task_id", "queue__id", "queue__session__name", "fail_reason")
    ordering = ("-queue__created_at", "position")
    fields = ("task", *list_display[1:], "claim_id", "metadata", "extra")

    @admin.action(description="Requeue selected items", permissions=["view"])
    def requeue_selected(self, request: HttpRequest, queryset: QuerySet[QueueItem]) -> None:
        """All or none, in their order; a rule that forbids one says so."""
        for item in queryset.select_related("queue").order_by("position"):
            requeue_item(item.queue.session_id, item.task_id, by=USER)
        self.message_user(request, f"Requeued {queryset.count()} items.", messages.SUCCESS)

    @admin.display(description="queue", ordering="queue_id")
    def queue_link(self, item: QueueItem) -> SafeString | str:
        return link_to("queues_app_queue", item.queue_id)

    @admin.display(description="session")
    def session_link(self, item: QueueItem) -> SafeString | str:
        return link_along(item.queue, "session")


@admin.register(Queue)
class QueueAdmin(ReadOnlyAdmin):
    inlines = (ItemInline,)
    actions = ("requeue_ended",)
    list_display = ("id", "session_link", "counts", "keep_open", "created")
    list_filter = ("keep_open", "items__status")
    search_fields = ("id", "session__name")
    ordering = ("-created_at", "-id")
    fields = ("id", "session_link", "counts", "keep_open", "created", "updated", "extra")

    def view_on_site(self, queue: Queue) -> str:
        return f"{reverse('session', args=(queue.session_id,))}?view=queue"

    @admin.action(description="Requeue failed and skipped items", permissions=["view"])
    def requeue_ended(self, request: HttpRequest, queryset: QuerySet[Queue]) -> None:
        """Each task once: its last item, as everywhere."""
        items = QueueItem.objects.filter(queue__in=queryset, status__in=AGAIN).order_by("position")
        pairs = list(dict.fromkeys(items.values_list("queue__session_id", "task_id")))
        for session_id, task_id in pairs:
            requeue_item(session_id, task_id, by=USER)
        self.message_user(request, f"Requeued {len(pairs)} items.", messages.SUCCESS)

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
