"""Routes of agents."""

from django.urls import path

from agents_app import api, schema

urlpatterns = [
    path("sessions/spawn", schema.spawn(api.SpawnSession).as_view(), name="api-spawn"),
    path("sessions/stop-all", schema.stop_all(api.StopAll).as_view(), name="api-stop-all"),
    path(
        "sessions/<str:session_id>/resume", schema.resume(api.Resume).as_view(), name="api-resume"
    ),
    path(
        "sessions/<str:session_id>/hooks/<str:tool>",
        schema.hook(api.HookEvent).as_view(),
        name="api-hook",
    ),
    path(
        "sessions/<str:session_id>/terminal",
        schema.recording(api.Recording).as_view(),
        name="api-terminal",
    ),
    path(
        "sessions/<str:session_id>/terminal/marks",
        schema.recording_marks(api.RecordingMarks).as_view(),
        name="api-terminal-marks",
    ),
    path(
        "sessions/<str:session_id>/terminal.cast",
        schema.recording_cast(api.RecordingCast).as_view(),
        name="api-terminal-cast",
    ),
    path("launcher", schema.launcher(api.LauncherLine).as_view(), name="api-launcher"),
]
