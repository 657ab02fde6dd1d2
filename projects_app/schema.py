"""The project routes, described to OpenAPI."""

from drf_spectacular.utils import extend_schema_view
from rest_framework import serializers

from access_app.fields import IdField
from access_app.schema import CASCADE, PAGING, Deleted, operation
from agents_app.rules import HasContents, HasLiveSessions
from core.errors import BadInput, NotFound
from projects_app.serializers import ProjectBody


class Project(serializers.Serializer):
    """A project. Keys that its file holds beyond these are sent as they are."""

    id = IdField()
    name = serializers.CharField()
    workingDir = serializers.CharField()
    description = serializers.CharField()
    agent = serializers.CharField(required=False, help_text="the agent its sessions start")
    createdAt = serializers.IntegerField(help_text="Unix milliseconds")
    updatedAt = serializers.IntegerField(help_text="Unix milliseconds")


_BODY = {"name": "Website", "workingDir": "/home/ada/website", "agent": "shell"}

projects = extend_schema_view(
    get=operation(
        "listProjects", "All projects, oldest first.", Project(many=True), BadInput, query=PAGING
    ),
    post=operation(
        "createProject",
        "Create a project.",
        Project,
        status=201,
        body=ProjectBody,
        example=_BODY,
        once=True,
    ),
)
one_project = extend_schema_view(
    get=operation(
        "getProject",
        "One project.",
        Project,
        BadInput,
        NotFound,
        single=True,
    ),
    patch=operation(
        "updateProject",
        "Change what the body names.",
        Project,
        NotFound,
        body=ProjectBody,
        example={"description": "The public site"},
        single=True,
    ),
    put=operation(
        "replaceProject",
        "Set name and folder, and whatever else the body names.",
        Project,
        NotFound,
        body=ProjectBody,
        example=_BODY,
        single=True,
    ),
    delete=operation(
        "deleteProject",
        "Delete a project none of whose sessions is live; with `cascade`, all that is in it.",
        Deleted,
        NotFound,
        HasLiveSessions,
        HasContents,
        query=(CASCADE,),
        changes=True,
        single=True,
    ),
)
