"""/api/sessions"""

from contextlib import AbstractContextManager
from typing import Any

from django.http import HttpResponse, QueryDict
from rest_framework.request import Request
from rest_framework.response import Response

from access_app.views import ApiView, one_of, paged, whole_number, yes_or_no
from agents_app.answering import answer_session
from agents_app.services import delete_session, stop_session
from core import json
from core.clock import now_ms
from core.errors import BadInput
from core.ids import check_id
from core.secrecy import divide
from queues_app.following import patch_with_queue
from queues_app.selectors import queue_or_none
from queues_app.services import create_with_queue, remove_item
from queues_app.session_nodes import session_node
from sessions_app import selectors, services
from sessions_app.appending import append_events, append_raw_events
from sessions_app.documents import wire_document
from sessions_app.mermaid import mermaid_gantt
from sessions_app.rights import Rights
from sessions_app.rules import (
    LIVE,
    RUNNING,
    STATUS_WORDS,
    SessionRole,
    Status,
    Strategy,
    understood,
)
from sessions_app.serializers import (
    InputBody,
    RawEventBody,
    SessionBody,
    SessionPatchBody,
    StopBody,
)
from sessions_app.services import FIXED_METADATA, NewSession, SessionPatch, Words
from sessions_app.summary import summary_of
from sessions_app.trees import hierarchy
from sessions_app.wire_events import drafts_from, unread_keys


class Sessions(ApiView):
    def get(self, request: Request) -> Response:
        wanted = _filtered(request.query_params, Rights(self.actor).project_id)
        found, headers = paged(request, list(wanted))
        insists = one_of(request.query_params, "fields", ["full"]) is not None
        whole = insists or len(found) <= selectors.WHOLE_AT_MOST
        return Response(selectors.session_documents(found, whole=whole), headers=headers)

    def post(self, request: Request) -> Response:
        rights = Rights(self.actor)
        rights.be_no_session()
        body = self.body(SessionBody)
        rights.read_project(body["project_id"])
        rights.give_tasks([*body.get("task_ids", ()), *filter(None, [body.get("taskId")])])
        keep_open = body.pop("keep_open", False)
        self.ignored += [f"env.{name}" for name in divide(body.get("env", {}))[1]]
        new = _new_session(body)

        def create() -> Response:
            session = create_with_queue(new, by=self.actor, keep_open=keep_open)
            return Response(wire_document(session), status=201)

        return self.once(create)


def _filtered(query: QueryDict, project_id: str | None) -> Any:
    """`project_id` narrows what a session sees; asking for another finds nothing of it."""
    found = selectors.sessions(
        project_id=query.get("projectId"),
        task_id=query.get("taskId"),
        status=one_of(query, "status", STATUS_WORDS),
        active=yes_or_no(query, "active"),
        role=one_of(query, "role", SessionRole),
        parent_id=query.get("parentId"),
        is_stale=yes_or_no(query, "stale"),
        q=query.get("q"),
    )
    return found.filter(project_id=project_id) if project_id else found


def _new_session(body: dict[str, Any]) -> NewSession:
    task_id = body.pop("taskId", None)
    task_ids = body.pop("task_ids", None) or ([task_id] if task_id else [])
    metadata = body.get("metadata") or {}
    role = body.pop("role", None) or metadata.get("role") or SessionRole.WORKER
    if role not in list(SessionRole):
        raise BadInput({"metadata": [f"role is one of {', '.join(SessionRole)}."]})
    parent_id = metadata.get("spawnedBy", body.pop("parent_id", None))
    word = body.pop("status", Status.SPAWNING)
    if word not in (*LIVE, RUNNING):
        raise BadInput({"status": [f"A session cannot begin as {word}."]})
    status = understood(word, Status.SPAWNING)
    return NewSession(
        **{
            **body,
            "task_ids": task_ids,
            "role": SessionRole(role),
            "status": status,
            "strategy": Strategy(body.get("strategy", Strategy.SIMPLE)),
            "parent_id": None if parent_id is None else check_id(parent_id, "metadata.spawnedBy"),
        }
    )


class OneSession(ApiView):
    def get(self, request: Request, session_id: str) -> Response:
        session = selectors.session_by_id(session_id)
        Rights(self.actor).read_session(session)
        return self.single(wire_document(session))

    def patch(self, request: Request, session_id: str) -> Response:
        rights = Rights(self.actor)
        rights.report(session_id)
        body = self.body(SessionPatchBody, partial=True)
        if "task_ids" in body:
            rights.change_lists(session_id)
            rights.give_tasks(body["task_ids"])
        self._list_ignored(body)
        self.ignored += unread_keys(body.get("timeline", []))
        body["timeline"] = drafts_from(body.get("timeline", []))
        with self._if_unchanged(session_id):
            session = patch_with_queue(session_id, SessionPatch(**body), by=self.actor)
        if body.get("completed_at", session.completed_at) != session.completed_at:
            self.ignored.append("completedAt")
        return self.single(wire_document(session))

    def _if_unchanged(self, session_id: str) -> AbstractContextManager[None]:
        return self.if_unchanged(lambda: wire_document(selectors.session_by_id(session_id)))

    def _list_ignored(self, body: dict[str, Any]) -> None:
        fixed = [name for name in FIXED_METADATA if name in body.get("metadata", {})]
        self.ignored += [f"metadata.{name}" for name in fixed]
        self.ignored += [f"env.{name}" for name in divide(body.get("env", {}))[1]]

    def delete(self, request: Request, session_id: str) -> Response:
        Rights(self.actor).change_session(session_id)
        with self._if_unchanged(session_id):
            delete_session(session_id, by=self.actor)
        return Response({"success": True, "id": session_id})


class Timeline(ApiView):
    def get(self, request: Request, session_id: str) -> Response:
        Rights(self.actor).read_session(selectors.session_by_id(session_id))
        query = request.query_params
        page = selectors.timeline_page(
            session_id,
            after=query.get("after"),
            before=query.get("before"),
            limit=whole_number(request, "limit", 200, at_most=selectors.PAGE_AT_MOST),
            event_type=query.get("type"),
            task_id=query.get("taskId"),
        )
        return Response({"events": page.events, "hasMore": page.has_more, "next": page.next})

    def post(self, request: Request, session_id: str) -> Response:
        Rights(self.actor).report(session_id)
        returned = one_of(request.query_params, "return", ["session"])
        sent: Any = request.data
        several = isinstance(sent, list)
        entries = sent if several else [sent]
        self.ignored += unread_keys(entries)
        events = append_events(session_id, drafts_from(entries), by=self.actor)
        if returned:
            return Response(wire_document(selectors.session_by_id(session_id)), status=201)
        return Response(events if several else events[0], status=201)


class RawEvents(ApiView):
    def post(self, request: Request, session_id: str) -> Response:
        Rights(self.actor).report(session_id)
        return self.once(lambda: self._append(session_id))

    def _append(self, session_id: str) -> Response:
        session = append_raw_events(session_id, [self.body(RawEventBody)])
        return Response(wire_document(session, whole=False))


class SessionTask(ApiView):
    def post(self, request: Request, session_id: str, task_id: str) -> Response:
        rights = Rights(self.actor)
        rights.change_lists(session_id)
        rights.give_tasks([task_id])
        return Response(wire_document(services.add_task(session_id, task_id)))

    def delete(self, request: Request, session_id: str, task_id: str) -> Response:
        Rights(self.actor).change_lists(session_id)
        if queue_or_none(session_id):
            remove_item(session_id, task_id, by=self.actor)
        else:
            services.remove_task(session_id, task_id)
        return Response(wire_document(selectors.session_by_id(session_id)))


class Children(ApiView):
    def get(self, request: Request, session_id: str) -> Response:
        Rights(self.actor).read_session(selectors.session_by_id(session_id))
        found, headers = paged(request, list(selectors.children_of(session_id)))
        return Response(selectors.session_documents(found, whole=False), headers=headers)


class Hierarchy(ApiView):
    def get(self, request: Request, session_id: str) -> Response:
        Rights(self.actor).read_session(selectors.session_by_id(session_id))
        return Response(hierarchy(session_id))


class Summary(ApiView):
    def get(self, request: Request, session_id: str) -> Response:
        Rights(self.actor).read_session(selectors.session_by_id(session_id))
        node = session_node(session_id, tree=bool(yes_or_no(request.query_params, "tree")))
        return Response(summary_of(node, now_ms=now_ms()))


class Export(ApiView):
    """A file: the session as it is read, or a chart of it; with `tree`, all it spawned too."""

    def get(self, request: Request, session_id: str) -> HttpResponse:
        session = selectors.session_by_id(session_id)
        Rights(self.actor).read_session(session)
        tree = bool(yes_or_no(request.query_params, "tree"))
        match request.query_params.get("format", "json"):
            case "json":
                found = hierarchy(session_id, whole=True) if tree else wire_document(session)
                return _file(f"{session_id}.json", json.to_disk(found), "application/json")
            case "mermaid":
                chart = mermaid_gantt(session_node(session_id, tree=tree), now_ms=now_ms())
                return _file(f"{session_id}.mmd", chart.encode(), "text/plain; charset=utf-8")
        raise BadInput({"format": ["This is json or mermaid."]})


def _file(name: str, content: bytes, content_type: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)


class Stop(ApiView):
    def post(self, request: Request, session_id: str) -> Response:
        Rights(self.actor).stop(selectors.session_by_id(session_id))
        body = self.body(StopBody)
        stopped = stop_session(session_id, by=self.actor, **body)
        return Response({"stopped": stopped})


class Input(ApiView):
    def post(self, request: Request, session_id: str) -> Response:
        Rights(self.actor).report(session_id)
        body = self.body(InputBody)
        words = Words(body["text"], body["option"], body.get("decision"))
        event = answer_session(session_id, words, event_id=body["event_id"], by=self.actor)
        return Response({"success": True, "event": event})
