"""/api/sessions/spawn"""

from rest_framework.request import Request
from rest_framework.response import Response

from access_app.views import ApiView
from agents_app.serializers import SpawnBody, check_spawn, spawn_from
from agents_app.services import spawn_session
from core.errors import BadInput
from sessions_app.documents import wire_document
from sessions_app.selectors import session_by_id


class SpawnSession(ApiView):
    def post(self, request: Request) -> Response:
        if not isinstance(request.data, dict):
            raise BadInput({"body": ["This is a JSON object."]})
        check_spawn(request.data)
        spawned = spawn_session(spawn_from(self.body(SpawnBody)), by=self.actor)
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
