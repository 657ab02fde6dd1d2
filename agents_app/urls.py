"""Routes of agents."""

from django.urls import path

from agents_app import api, schema

urlpatterns = [
    path("sessions/spawn", schema.spawn(api.SpawnSession).as_view(), name="api-spawn"),
    path("sessions/stop-all", schema.stop_all(api.StopAll).as_view(), name="api-stop-all"),
    path(
        "sessions/<str:session_id>/resume", schema.resume(api.Resume).as_view(), name="api-resume"
    ),
    path("launcher", schema.launcher(api.LauncherLine).as_view(), name="api-launcher"),
]
