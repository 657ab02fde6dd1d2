"""/api/sessions/{id}/queue"""

from functools import partial
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from access_app.actors import Actor
from access_app.views import ApiView, whole_number
from events_app.log import Entry
from events_app.waiting import WAIT_AT_MOST_S, Wait, wait_for
from queues_app import selectors, services
from queues_app.documents import item_document, queue_document
from queues_app.models import Queue, QueueItem
from queues_app.rules import ItemStatus
from queues_app.selectors import blocked_items, blocked_key, waiting_on
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
        return self.single({"queue": queue_document(queue), "stats": selectors.stats_of(queue)})


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
        wait_s = whole_number(request, "wait", 0, at_most=WAIT_AT_MOST_S, at_least=0)
        claim = services.claim_next(session_id, by=self.actor)
        response = Response(_offer(claim) if claim else _nothing_ready(session_id))
        if claim is None and wait_s:
            project_id = session_by_id(session_id).project_id
            wait_for(response, Wait(wait_s, lambda entry: _may_ready_an_item(entry, project_id)))
        return response


def _offer(claim: services.Claim) -> dict[str, Any]:
    tasks = task_documents(Task.objects.filter(pk=claim.item.task_id))
    return {
        "item": _item(claim.item),
        "task": tasks[0] if tasks else None,
        "hasMore": True,
        **blocked_key(claim.blocked),
    }


def _nothing_ready(session_id: str) -> dict[str, Any]:
    waits = waiting_on(list(selectors.queue_of(session_id).items.all()))
    return {"item": None, "task": None, "hasMore": False, **blocked_key(blocked_items(waits))}


def _may_ready_an_item(entry: Entry, project_id: str) -> bool:
    """A push, a dependency's end, or the end of the session: never what is merely reported."""
    return entry.project_id == project_id and entry.type != "session:timeline"


class Start(ApiView):
    def post(self, request: Request, session_id: str) -> Response:
        Rights(self.actor).report(session_id)
        return self.once(lambda: self._start(session_id))

    def _start(self, session_id: str) -> Response:
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
        body = self.body(EndBody)
        claim_id = body.get("claim_id")
        # Whatever else the repeat says, and whatever was claimed since: the same answer.
        end = partial(self._end, session_id, body)
        return self.once_for(f"claim {claim_id}", claim_id, end) if claim_id else end()

    def _end(self, session_id: str, body: dict[str, Any]) -> Response:
        outcome = services.end_item(session_id, self.to, by=self.actor, **body)
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
        rights, body = Rights(self.actor), self.body(ItemBody)
        rights.report(session_id)
        rights.give_tasks([body["task_id"]])
        return self.once(lambda: self._push(session_id, body))

    def _push(self, session_id: str, body: dict[str, Any]) -> Response:
        item = services.push_item(session_id, by=self.actor, **body)
        return Response({"success": True, "item": _item(item)})


class Requeue(ApiView):
    def post(self, request: Request, session_id: str) -> Response:
        Rights(self.actor).change_lists(session_id)
        item = services.requeue_item(session_id, by=self.actor, **self.body(ItemBody))
        return Response({"success": True, "item": _item(item)})


class Remove(ApiView):
    def post(self, request: Request, session_id: str) -> Response:
        Rights(self.actor).change_lists(session_id)
        queue = services.remove_item(session_id, by=self.actor, **self.body(ItemBody))
        return Response({"success": True, "queue": queue_document(queue)})


class Reorder(ApiView):
    def post(self, request: Request, session_id: str) -> Response:
        Rights(self.actor).change_lists(session_id)
        queue = services.reorder_items(session_id, **self.body(OrderBody))
        return Response({"success": True, "queue": queue_document(queue)})
