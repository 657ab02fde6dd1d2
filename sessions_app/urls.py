"""Routes of sessions."""

from django.urls import path

from sessions_app import api, schema

urlpatterns = [
    path("sessions", schema.sessions(api.Sessions).as_view(), name="api-sessions"),
    path(
        "sessions/<str:session_id>",
        schema.one_session(api.OneSession).as_view(),
        name="api-session",
    ),
    path(
        "sessions/<str:session_id>/timeline",
        schema.timeline(api.Timeline).as_view(),
        name="api-timeline",
    ),
    path(
        "sessions/<str:session_id>/events",
        schema.raw_events(api.RawEvents).as_view(),
        name="api-raw-events",
    ),
    path(
        "sessions/<str:session_id>/tasks/<str:task_id>",
        schema.session_task(api.SessionTask).as_view(),
        name="api-session-task",
    ),
    path(
        "sessions/<str:session_id>/children",
        schema.children(api.Children).as_view(),
        name="api-children",
    ),
    path(
        "sessions/<str:session_id>/hierarchy",
        schema.hierarchy(api.Hierarchy).as_view(),
        name="api-hierarchy",
    ),
    path(
        "sessions/<str:session_id>/summary",
        schema.summary(api.Summary).as_view(),
        name="api-summary",
    ),
    path(
        "sessions/<str:session_id>/export",
        schema.export(api.Export).as_view(),
        name="api-export",
    ),
    path("sessions/<str:session_id>/input", schema.answer(api.Input).as_view(), name="api-input"),
    path("sessions/<str:session_id>/stop", schema.stop(api.Stop).as_view(), name="api-stop"),
]
