"""Routes of sessions."""

from django.urls import path

from sessions_app import api

urlpatterns = [
    path("sessions", api.Sessions.as_view(), name="api-sessions"),
    path("sessions/<str:session_id>", api.OneSession.as_view(), name="api-session"),
    path("sessions/<str:session_id>/timeline", api.Timeline.as_view(), name="api-timeline"),
    path("sessions/<str:session_id>/events", api.RawEvents.as_view(), name="api-raw-events"),
    path(
        "sessions/<str:session_id>/tasks/<str:task_id>",
        api.SessionTask.as_view(),
        name="api-session-task",
    ),
    path("sessions/<str:session_id>/children", api.Children.as_view(), name="api-children"),
    path("sessions/<str:session_id>/input", api.Input.as_view(), name="api-input"),
    path("sessions/<str:session_id>/stop", api.Stop.as_view(), name="api-stop"),
]
