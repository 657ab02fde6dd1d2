"""/api/tasks"""

from contextlib import AbstractContextManager
from typing import Any

from django.http import QueryDict
from rest_framework.request import Request
from rest_framework.response import Response

from access_app.actors import Actor
from access_app.views import ApiView, one_of, paged, yes_or_no
from core.errors import BadInput, Forbidden
from queues_app.deleting import delete_task
from sessions_app.appending import append_events
from sessions_app.rights import Rights
from sessions_app.services import set_task_session_status
from sessions_app.wire_events import drafts_from
from storage_app.changes import change
from tasks_app import rules, selectors, services
from tasks_app.documents import links_of, task_document
from tasks_app.models import Task
from tasks_app.rules import SessionStatusOfTask
from tasks_app.serializers import TaskBody, TaskEventBody, TaskPatch


class Tasks(ApiView):
    def get(self, request: Request) -> Response:
        project_id = Rights(self.actor).project_id
        found, headers = paged(request, _filtered(request.query_params, project_id))
        return Response(selectors.task_documents(found), headers=headers)

    def post(self, request: Request) -> Response:
        body = self.body(TaskBody)
        Rights(self.actor).create_task(body["project_id"])
        return self.once(lambda: Response(task_document(services.create_task(**body)), status=201))


def _filtered(query: QueryDict, project_id: str | None) -> list[Task]:
    """`project_id` narrows what a session sees; asking for another finds nothing of it."""
    parent = query.get("parentId")
    found = selectors.tasks(
        project_id=query.get("projectId"),
        status=one_of(query, "status", rules.TaskStatus),
        parent_id=None if parent == "null" else parent,
        roots=parent == "null",
        q=query.get("q"),
    )
    if project_id:
        found = [task for task in found if task.project_id == project_id]
    wanted = yes_or_no(query, "ready")
    if wanted is not None:
        waits = selectors.unfinished_dependencies({task.pk: task.dependencies for task in found})
        found = [task for task in found if (not waits[task.pk]) is wanted]
    return found


class OneTask(ApiView):
    def get(self, request: Request, task_id: str) -> Response:
        return self.single(task_document(_readable(self.actor, task_id)))

    def patch(self, request: Request, task_id: str) -> Response:
        columns = self.body(TaskPatch, partial=True)
        source = columns.pop("updateSource", "user")
        session_id = columns.pop("sessionId", None)
        status = columns.pop("sessionStatus", None)
        with self._if_unchanged(task_id), change():
            task = _readable(self.actor, task_id)
            if source == "session":
                self._check_own(task_id, session_id)
            if status is not None:
                Rights(self.actor).say_task_status(task_id, session_id)
                self._say_session_status(task_id, session_id, SessionStatusOfTask(status))
            if columns:
                Rights(self.actor).edit_task(task)
                services.update_task(task_id, **columns)
        return self.single(task_document(selectors.task_by_id(task_id)))

    def _if_unchanged(self, task_id: str) -> AbstractContextManager[None]:
        return self.if_unchanged(lambda: task_document(selectors.task_by_id(task_id)))

    def _check_own(self, task_id: str, session_id: str | None) -> None:
        rules.check_agent_fields(self.request.data)
        if session_id is not None and session_id not in _sessions_of(task_id):
            raise Forbidden(f"{task_id} is no task of {session_id}.", {"taskId": task_id})

    def _say_session_status(
        self, task_id: str, session_id: str | None, status: SessionStatusOfTask
    ) -> None:
        known = _sessions_of(task_id)
        if session_id is None and not known:
            raise BadInput({"sessionId": ["Say which session's status this is."]})
        set_task_session_status(task_id, session_id or known[-1], status, by=self.actor)

    def delete(self, request: Request, task_id: str) -> Response:
        Rights(self.actor).edit_task(selectors.task_by_id(task_id))
        with self._if_unchanged(task_id):
            cascade = bool(yes_or_no(request.query_params, "cascade"))
            delete_task(task_id, by=self.actor, cascade=cascade)
        return Response({"success": True, "id": task_id})


def _sessions_of(task_id: str) -> list[str]:
    return [link.session_id for link in links_of(task_id) if link.place_in_task is not None]


def _readable(actor: Actor, task_id: str) -> Task:
    task = selectors.task_by_id(task_id)
    Rights(actor).read_project(task.project_id)
    return task


class Children(ApiView):
    def get(self, request: Request, task_id: str) -> Response:
        _readable(self.actor, task_id)
        found, headers = paged(request, selectors.tasks(parent_id=task_id))
        return Response(selectors.task_documents(found), headers=headers)


class Tree(ApiView):
    def get(self, request: Request, task_id: str) -> Response:
        return Response(selectors.task_tree(_readable(self.actor, task_id)))


class TaskTimeline(ApiView):
    def post(self, request: Request, task_id: str) -> Response:
        body: dict[str, Any] = self.body(TaskEventBody)
        selectors.task_by_id(task_id)
        Rights(self.actor).report(body["sessionId"])
        session_id = body.pop("sessionId")
        drafts = drafts_from([{**body, "taskId": task_id}])
        (event,) = append_events(session_id, drafts, by=self.actor)
        return Response(
            {
                "success": True,
                "taskId": task_id,
                "sessionId": session_id,
                "message": event.get("message", ""),
                "type": event["type"],
                "event": event,
            }
        )
