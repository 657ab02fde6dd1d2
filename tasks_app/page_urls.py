"""Routes of what is done to tasks on pages."""

from django.urls import path

from tasks_app import pages

urlpatterns = [
    path("projects/<str:project_id>/tasks", pages.create, name="create-task"),
    path("tasks/<str:task_id>", pages.update, name="update-task"),
]
