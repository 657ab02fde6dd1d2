"""The route of the event log."""

from django.urls import path

from events_app import api, schema

urlpatterns = [path("events", schema.events(api.Events).as_view(), name="api-events")]
