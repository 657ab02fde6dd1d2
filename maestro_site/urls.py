"""All routes; each app brings its own."""

from django.contrib import admin
from django.urls import include, path, re_path

from maestro_site.errors import not_found, only_read
from maestro_site.health import health, ws_status
from maestro_site.metrics import metrics
from maestro_site.openapi import SchemaFile, SchemaPage

handler404 = "maestro_site.errors.no_such_page"
handler500 = "maestro_site.errors.broken"
urlpatterns = [
    path("health", health, name="health"),
    path("ws-status", ws_status, name="ws-status"),
    path("metrics", metrics, name="metrics"),
    path("api/schema/", only_read(SchemaFile.as_view()), name="api-schema"),
    path("api/docs/", only_read(SchemaPage.as_view()), name="api-docs"),
    path("api/", include("agents_app.urls")),
    path("api/", include("events_app.urls")),
    path("api/", include("projects_app.urls")),
    path("api/", include("tasks_app.urls")),
    path("api/", include("queues_app.urls")),
    path("api/", include("sessions_app.urls")),
    re_path(r"^api(/.*)?$", not_found),
    path("admin/", admin.site.urls),
    path("", include("access_app.urls")),
    path("", include("dashboard_app.urls")),
]
