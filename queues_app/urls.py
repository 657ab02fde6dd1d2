"""Routes of queues."""

from django.urls import path

from queues_app import api, schema
from queues_app.rules import ItemStatus

_QUEUE = "sessions/<str:session_id>/queue"

urlpatterns = [
    path(_QUEUE, schema.whole_queue(api.WholeQueue).as_view(), name="api-queue"),
    path(f"{_QUEUE}/items", schema.items(api.Items).as_view(), name="api-queue-items"),
    path(f"{_QUEUE}/top", schema.top(api.Top).as_view(), name="api-queue-top"),
    path(f"{_QUEUE}/next", schema.next_item(api.Next).as_view(), name="api-queue-next"),
    path(f"{_QUEUE}/start", schema.start(api.Start).as_view(), name="api-queue-start"),
    path(
        f"{_QUEUE}/complete",
        schema.complete(api.End).as_view(to=ItemStatus.COMPLETED),
        name="api-queue-complete",
    ),
    path(
        f"{_QUEUE}/fail",
        schema.fail(api.End).as_view(to=ItemStatus.FAILED),
        name="api-queue-fail",
    ),
    path(
        f"{_QUEUE}/skip",
        schema.skip(api.End).as_view(to=ItemStatus.SKIPPED),
        name="api-queue-skip",
    ),
    path(f"{_QUEUE}/push", schema.push(api.Push).as_view(), name="api-queue-push"),
    path(f"{_QUEUE}/requeue", schema.requeue(api.Requeue).as_view(), name="api-queue-requeue"),
    path(f"{_QUEUE}/remove", schema.remove(api.Remove).as_view(), name="api-queue-remove"),
    path(f"{_QUEUE}/reorder", schema.reorder(api.Reorder).as_view(), name="api-queue-reorder"),
]
