"""Routes of all pages; each app brings its own."""

from django.urls import include, path

from dashboard_app import pages

urlpatterns = [
    path("", pages.now, name="now"),
    path("stop-all", pages.stop_everything, name="stop-all"),
    path("launcher", pages.launcher, name="launcher"),
    path("sessions/<str:session_id>/tree/", pages.tree, name="tree"),
    path("", include("projects_app.page_urls")),
    path("", include("tasks_app.page_urls")),
    path("", include("sessions_app.page_urls")),
]
