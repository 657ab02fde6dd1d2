"""Routes of a task's page, and of what is done to tasks on pages."""

from django.urls import path

from tasks_app import pages

urlpatterns = [
    path("projects/<str:project_id>/tasks", pages.create, name="create-task"),
    path("projects/<str:project_id>/status", pages.set_status, name="set-status"),
    path("tasks/<str:task_id>/", pages.task, name="task"),
    path("tasks/<str:task_id>", pages.update, name="update-task"),
    path("tasks/<str:task_id>/move", pages.move, name="move-task"),
    path("tasks/<str:task_id>/delete", pages.delete, name="delete-task"),
]
