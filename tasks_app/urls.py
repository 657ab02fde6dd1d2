"""Routes of tasks."""

from django.urls import path

from tasks_app import api

urlpatterns = [
    path("tasks", api.Tasks.as_view(), name="api-tasks"),
    path("tasks/<str:task_id>", api.OneTask.as_view(), name="api-task"),
    path("tasks/<str:task_id>/children", api.Children.as_view(), name="api-task-children"),
    path("tasks/<str:task_id>/tree", api.Tree.as_view(), name="api-task-tree"),
    path("tasks/<str:task_id>/timeline", api.TaskTimeline.as_view(), name="api-task-timeline"),
]
