"""/api/projects"""

from contextlib import AbstractContextManager
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from access_app.views import ApiView, paged, yes_or_no
from agents_app.services import delete_project
from projects_app import selectors, services
from projects_app.documents import project_document
from projects_app.serializers import ProjectBody
from sessions_app.rights import Rights


class Projects(ApiView):
    def get(self, request: Request) -> Response:
        own = Rights(self.actor).project_id
        seen = [project for project in selectors.all_projects() if own in (None, project.pk)]
        found, headers = paged(request, seen)
        return Response([project_document(project) for project in found], headers=headers)

    def post(self, request: Request) -> Response:
        Rights(self.actor).be_a_person()
        body = self.body(ProjectBody)
        return self.once(
            lambda: Response(project_document(services.create_project(**body)), status=201)
        )


class OneProject(ApiView):
    def get(self, request: Request, project_id: str) -> Response:
        project = selectors.project_by_id(project_id)
        Rights(self.actor).read_project(project.pk)
        return self.single(project_document(project))

    def patch(self, request: Request, project_id: str) -> Response:
        Rights(self.actor).change_project(project_id)
        return self._update(project_id, self.body(ProjectBody, partial=True))

    def put(self, request: Request, project_id: str) -> Response:
        Rights(self.actor).change_project(project_id)
        return self._update(project_id, self.body(ProjectBody))

    def _update(self, project_id: str, columns: dict[str, Any]) -> Response:
        with self._if_unchanged(project_id):
            project = services.update_project(project_id, **columns)
        return self.single(project_document(project))

    def _if_unchanged(self, project_id: str) -> AbstractContextManager[None]:
        return self.if_unchanged(lambda: project_document(selectors.project_by_id(project_id)))

    def delete(self, request: Request, project_id: str) -> Response:
        Rights(self.actor).change_project(project_id)
        with self._if_unchanged(project_id):
            delete_project(project_id, cascade=bool(yes_or_no(request.query_params, "cascade")))
        return Response({"success": True, "id": project_id})
