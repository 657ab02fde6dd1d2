"""/api/sessions/spawn"""

from rest_framework.request import Request
from rest_framework.response import Response

from access_app.views import ApiView
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
from core.errors import BadInput
from sessions_app.documents import wire_document
from sessions_app.rights import Rights
from sessions_app.selectors import session_by_id


class SpawnSession(ApiView):
    def post(self, request: Request) -> Response:
        if not isinstance(request.data, dict):
            raise BadInput({"body": ["This is a JSON object."]})
        check_spawn(request.data)
        wanted = spawn_from(self.body(SpawnBody))
        parent_id = wanted.parent_id if wanted.source is SpawnSource.SESSION else None
        Rights(self.actor).spawn(wanted.project_id, parent_id)
        return self.once(lambda: _spawned(spawn_session(wanted, by=self.actor)))


class Resume(ApiView):
    def post(self, request: Request, session_id: str) -> Response:
        Rights(self.actor).be_a_person()
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
        return Response(the_line().as_json())

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
