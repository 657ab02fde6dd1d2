"""Routes of projects."""

from django.urls import path

from projects_app import api

urlpatterns = [
    path("projects", api.Projects.as_view(), name="api-projects"),
    path("projects/<str:project_id>", api.OneProject.as_view(), name="api-project"),
]
