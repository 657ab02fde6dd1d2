"""Routes of projects."""

from django.urls import path

from projects_app import api, schema

urlpatterns = [
    path("projects", schema.projects(api.Projects).as_view(), name="api-projects"),
    path(
        "projects/<str:project_id>",
        schema.one_project(api.OneProject).as_view(),
        name="api-project",
    ),
]
