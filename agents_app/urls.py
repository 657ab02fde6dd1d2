"""Routes of agents."""

from django.urls import path

from agents_app import api

urlpatterns = [path("sessions/spawn", api.SpawnSession.as_view(), name="api-spawn")]
