"""/api/sessions/spawn, …/resume, …/hooks, …/terminal, and the launcher's line"""

from hashlib import sha256

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from access_app.actors import AGENT
from access_app.idempotency import check_key
from access_app.views import ApiView, whole_number
from agents_app import playback, recording
from agents_app.hook_services import Hook, take_hook, with_files_read
from agents_app.hooks import TOOLS, read_hook
from agents_app.hooks.meanings import AskPermission
from agents_app.line import set_paused, the_line
from agents_app.rules import SpawnSource
from agents_app.serializers import (
    LauncherBody,
    ResumeBody,
    SpawnBody,
    StopAllBody,
    check_spawn,
    spawn_from,
)
from agents_app.services import Spawned, resume_session, spawn_session, stop_all
from agents_app.terminals import Terminal, terminal_of
from core.errors import BadInput, NotFound
from core.ids import is_valid_id, new_id, ulid_ms
from events_app.waiting import Wait, wait_for
from sessions_app.documents import wire_document
from sessions_app.rights import Rights
from sessions_app.selectors import session_by_id

READ_AT_MOST = 1024 * 1024
MARKS_AT_MOST = 10_000
OFFSET_AT_MOST = 2**53
CAST_TYPE = "application/x-asciicast"


class SpawnSession(ApiView):
    def post(self, request: Request) -> Response:
        if not isinstance(request.data, dict):
            raise BadInput({"body": ["This is a JSON object."]})
        check_spawn(request.data)
        wanted = spawn_from(self.body(SpawnBody))
        parent_id = wanted.parent_id if wanted.source is SpawnSource.SESSION else None
        rights = Rights(self.actor)
        rights.spawn(wanted.project_id, parent_id)
        rights.give_tasks(wanted.task_ids)
        return self.once(lambda: _spawned(spawn_session(wanted, by=self.actor)))


class Resume(ApiView):
    def post(self, request: Request, session_id: str) -> Response:
        Rights(self.actor).change_session(session_id)
        env = self.body(ResumeBody)["env"]
        return self.once(lambda: _spawned(resume_session(session_id, env=env, by=self.actor)))


def _spawned(spawned: Spawned) -> Response:
    session = session_by_id(spawned.session.pk)
    return Response(
        {
            "success": True,
            "sessionId": session.pk,
            "manifestPath": str(spawned.manifest_path),
            "message": f"Spawned {session.name}",
            "session": wire_document(session),
        },
        status=201,
    )


class LauncherLine(ApiView):
    def get(self, request: Request) -> Response:
        line, own = the_line(), Rights(self.actor).project_id
        return Response((line if own is None else line.seen_in(own)).as_json())

    def patch(self, request: Request) -> Response:
        Rights(self.actor).be_a_person()
        body = self.body(LauncherBody, partial=True)
        line = set_paused(body["paused"]) if "paused" in body else the_line()
        return Response(line.as_json())


class StopAll(ApiView):
    def post(self, request: Request) -> Response:
        Rights(self.actor).be_a_person()
        reason = self.body(StopAllBody)["reason"]
        return Response({"stopped": stop_all(by=self.actor, reason=reason)})


class Recording(ApiView):
    """Raw bytes from an offset on, which is told when older ones are gone."""

    def get(self, request: Request, session_id: str) -> HttpResponse:
        terminal = _readable(self, session_id)
        start = whole_number(request, "from", 0, at_most=OFFSET_AT_MOST, at_least=0)
        limit = whole_number(request, "limit", READ_AT_MOST, at_most=READ_AT_MOST)
        output = playback.read(terminal.folder, start, limit)
        headers = {"X-Terminal-Offset": str(output.offset), "X-Terminal-End": str(terminal.end)}
        return HttpResponse(output.data, content_type="application/octet-stream", headers=headers)


class RecordingMarks(ApiView):
    def get(self, request: Request, session_id: str) -> Response:
        terminal = _readable(self, session_id)
        limit = whole_number(request, "limit", MARKS_AT_MOST, at_most=MARKS_AT_MOST)
        marks = playback.thinned(recording.marks(terminal.folder), limit)
        found = recording.read(terminal.folder, 0, 0)
        return Response(
            {
                "sessionId": session_id,
                "start": found.offset,
                "end": terminal.end,
                "endedAt": terminal.exit.ended_at if terminal.exit else None,
                "marks": [[mark.at_ms, mark.offset, mark.columns, mark.rows] for mark in marks],
            }
        )


class RecordingCast(ApiView):
    """A file that asciinema plays."""

    def get(self, request: Request, session_id: str) -> StreamingHttpResponse:
        terminal = _readable(self, session_id)
        lines = playback.asciicast(terminal.folder, session_by_id(session_id).name)
        headers = {"Content-Disposition": f'attachment; filename="{session_id}.cast"'}
        return StreamingHttpResponse(lines, content_type=CAST_TYPE, headers=headers)


def _readable(view: ApiView, session_id: str) -> Terminal:
    """Raises Forbidden, NotFound, NoTerminal."""
    Rights(view.actor).read_session(session_by_id(session_id))
    return terminal_of(session_id)


class HookEvent(ApiView):
    """An event as the tool gives it, answered as the tool wants it. One that is delivered again,
    by its Idempotency-Key, does nothing twice."""

    def post(self, request: Request, session_id: str, tool: str) -> Response:
        Rights(self.actor).report(session_id)
        if tool not in TOOLS:
            raise NotFound(f"There are no hooks for {tool}, only for {', '.join(TOOLS)}.")
        if not isinstance(request.data, dict):
            raise BadInput({"body": ["This is a JSON object."]})
        hook = self._hook(session_id, tool)
        meanings = with_files_read(read_hook(tool, request.data))
        if not any(isinstance(meaning, AskPermission) for meaning in meanings):
            return self.once(lambda: Response(take_hook(hook, meanings).body))
        answer = take_hook(hook, meanings)
        response = Response(answer.body)
        if answer.waits_for:
            within_s = settings.MAESTRO_DECIDE_WITHIN_S
            wait_for(response, Wait(within_s, hook.is_touched_by, outlives_server=True))
        return response

    def _hook(self, session_id: str, tool: str) -> Hook:
        key = self._delivery()
        return Hook(
            session_id=session_id,
            tool=tool,
            event_id=f"evt_{key.lower() if is_valid_id(f'evt_{key}') else _digest(key)}",
            by=self.actor if self.actor.is_agent else AGENT,
            late=self.request.headers.get("X-Maestro-Late", "").lower() == "true",
            at_ms=ulid_ms(key),
        )

    def _delivery(self) -> str:
        """The client's id of this delivery, or one that lasts while this request is asked again."""
        key = self.request.headers.get("Idempotency-Key")
        if key is not None:
            check_key(key)
            return key
        scope = getattr(self.request._request, "scope", {})
        return str(scope.setdefault("maestro.delivery", new_id("dlv").partition("_")[2]))


def _digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()[:32]
