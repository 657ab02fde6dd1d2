"""Routes of tasks."""

from django.urls import path

from tasks_app import api, schema

urlpatterns = [
    path("tasks", schema.tasks(api.Tasks).as_view(), name="api-tasks"),
    path("tasks/<str:task_id>", schema.one_task(api.OneTask).as_view(), name="api-task"),
    path(
        "tasks/<str:task_id>/children",
        schema.children(api.Children).as_view(),
        name="api-task-children",
    ),
    path("tasks/<str:task_id>/tree", schema.tree(api.Tree).as_view(), name="api-task-tree"),
    path(
        "tasks/<str:task_id>/timeline",
        schema.timeline(api.TaskTimeline).as_view(),
        name="api-task-timeline",
    ),
]
