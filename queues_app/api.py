"""/api/sessions/{id}/queue"""

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from access_app.actors import Actor
from access_app.views import ApiView
from queues_app import selectors, services
from queues_app.documents import item_document, queue_document
from queues_app.models import Queue, QueueItem
from queues_app.rules import ItemStatus
from queues_app.selectors import blocked_key
from queues_app.serializers import EndBody, ItemBody, OrderBody
from sessions_app.rights import Rights
from sessions_app.selectors import session_by_id
from tasks_app.models import Task
from tasks_app.selectors import task_documents


def _item(item: QueueItem | None) -> dict[str, Any] | None:
    return item_document(item) if item else None


def _readable(actor: Actor, session_id: str) -> Queue:
    Rights(actor).read_session(session_by_id(session_id))
    return selectors.queue_of(session_id)


class WholeQueue(ApiView):
    def get(self, request: Request, session_id: str) -> Response:
        queue = _readable(self.actor, session_id)
        return Response({"queue": queue_document(queue), "stats": selectors.stats_of(queue)})


class Items(ApiView):
    def get(self, request: Request, session_id: str) -> Response:
        queue = _readable(self.actor, session_id)
        items = [item_document(item) for item in queue.items.all()]
        return Response({"items": items, "stats": selectors.stats_of(queue)})


class Top(ApiView):
    def get(self, request: Request, session_id: str) -> Response:
        return Response(selectors.top_of(_readable(self.actor, session_id)))


class Next(ApiView):
    def post(self, request: Request, session_id: str) -> Response:
        Rights(self.actor).report(session_id)
        claim = services.claim_next(session_id, by=self.actor)
        items = list(selectors.queue_of(session_id).items.all())
        item = claim.item if claim else None
        tasks = task_documents(Task.objects.filter(pk=item.task_id)) if item else []
        return Response(
            {
                "item": _item(item),
                "task": tasks[0] if tasks else None,
                "hasMore": item is not None,
                **blocked_key(items),
            }
        )


class Start(ApiView):
    def post(self, request: Request, session_id: str) -> Response:
        Rights(self.actor).report(session_id)
        item = services.start_next(session_id, by=self.actor)
        if item is None:
            message = "Nothing in the queue is ready."
            return Response({"success": True, "item": None, "empty": True, "message": message})
        message = f"Started {item.task_id}"
        return Response({"success": True, "item": _item(item), "message": message})


class End(ApiView):
    """Complete, fail or skip, by the route's `to`."""

    to: ItemStatus = ItemStatus.COMPLETED
    keys: ClassVar = {
        ItemStatus.COMPLETED: "completedItem",
        ItemStatus.FAILED: "failedItem",
        ItemStatus.SKIPPED: "skippedItem",
    }

    def post(self, request: Request, session_id: str) -> Response:
        Rights(self.actor).report(session_id)
        outcome = services.end_item(session_id, self.to, by=self.actor, **self.body(EndBody))
        return Response(
            {
                "success": True,
                self.keys[self.to]: _item(outcome.item),
                "nextItem": _item(outcome.next_item),
                "hasMore": outcome.next_item is not None,
                "message": f"{outcome.item.task_id} is {self.to.value}",
                **({"blocked": outcome.blocked} if outcome.blocked else {}),
            }
        )


class Push(ApiView):
    def post(self, request: Request, session_id: str) -> Response:
        Rights(self.actor).report(session_id)
        item = services.push_item(session_id, by=self.actor, **self.body(ItemBody))
        return Response({"success": True, "item": _item(item)})


class Requeue(ApiView):
    def post(self, request: Request, session_id: str) -> Response:
        Rights(self.actor).report(session_id)
        item = services.requeue_item(session_id, by=self.actor, **self.body(ItemBody))
        return Response({"success": True, "item": _item(item)})


class Remove(ApiView):
    def post(self, request: Request, session_id: str) -> Response:
        Rights(self.actor).report(session_id)
        queue = services.remove_item(session_id, **self.body(ItemBody))
        return Response({"success": True, "queue": queue_document(queue)})


class Reorder(ApiView):
    def post(self, request: Request, session_id: str) -> Response:
        Rights(self.actor).report(session_id)
        queue = services.reorder_items(session_id, **self.body(OrderBody))
        return Response({"success": True, "queue": queue_document(queue)})
