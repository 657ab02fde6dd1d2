"""/api/projects"""

from rest_framework.request import Request
from rest_framework.response import Response

from access_app.views import ApiView, is_true, paged
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
        project = services.create_project(**self.body(ProjectBody))
        return Response(project_document(project), status=201)


class OneProject(ApiView):
    def get(self, request: Request, project_id: str) -> Response:
        project = selectors.project_by_id(project_id)
        Rights(self.actor).read_project(project.pk)
        return Response(project_document(project))

    def patch(self, request: Request, project_id: str) -> Response:
        Rights(self.actor).be_a_person()
        columns = self.body(ProjectBody, partial=True)
        return Response(project_document(services.update_project(project_id, **columns)))

    def put(self, request: Request, project_id: str) -> Response:
        Rights(self.actor).be_a_person()
        columns = self.body(ProjectBody)
        return Response(project_document(services.update_project(project_id, **columns)))

    def delete(self, request: Request, project_id: str) -> Response:
        Rights(self.actor).be_a_person()
        delete_project(project_id, cascade=is_true(request.query_params.get("cascade")))
        return Response({"success": True, "id": project_id})
