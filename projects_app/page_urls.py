"""Routes of the projects' pages."""

from django.urls import path

from projects_app import pages

urlpatterns = [
    path("projects/", pages.projects, name="projects"),
    path("projects/<str:project_id>/", pages.project, name="project"),
    path("projects/<str:project_id>/spawn", pages.spawn, name="spawn"),
]
