"""Routes of queues."""

from django.urls import path

from queues_app import api
from queues_app.rules import ItemStatus

_QUEUE = "sessions/<str:session_id>/queue"

urlpatterns = [
    path(_QUEUE, api.WholeQueue.as_view(), name="api-queue"),
    path(f"{_QUEUE}/items", api.Items.as_view(), name="api-queue-items"),
    path(f"{_QUEUE}/top", api.Top.as_view(), name="api-queue-top"),
    path(f"{_QUEUE}/next", api.Next.as_view(), name="api-queue-next"),
    path(f"{_QUEUE}/start", api.Start.as_view(), name="api-queue-start"),
    path(
        f"{_QUEUE}/complete",
        api.End.as_view(to=ItemStatus.COMPLETED),
        name="api-queue-complete",
    ),
    path(f"{_QUEUE}/fail", api.End.as_view(to=ItemStatus.FAILED), name="api-queue-fail"),
    path(f"{_QUEUE}/skip", api.End.as_view(to=ItemStatus.SKIPPED), name="api-queue-skip"),
    path(f"{_QUEUE}/push", api.Push.as_view(), name="api-queue-push"),
    path(f"{_QUEUE}/requeue", api.Requeue.as_view(), name="api-queue-requeue"),
    path(f"{_QUEUE}/remove", api.Remove.as_view(), name="api-queue-remove"),
    path(f"{_QUEUE}/reorder", api.Reorder.as_view(), name="api-queue-reorder"),
]
