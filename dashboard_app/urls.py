"""Routes of all pages; each app brings its own."""

from django.urls import include, path

from dashboard_app import pages, settings_pages

urlpatterns = [
    path("", pages.now, name="now"),
    path("activity/", pages.activity, name="activity"),
    path("search/", pages.search_page, name="search"),
    path("search/palette", pages.palette, name="palette"),
    path("settings/", settings_pages.settings, name="settings"),
    path("settings/tokens", settings_pages.create_token, name="create-token"),
    path("settings/tokens/<str:token_id>/revoke", settings_pages.revoke_token, name="revoke-token"),
    path("settings/import", settings_pages.take_in, name="import"),
    path("demo", pages.demo, name="demo"),
    path("stop-all", pages.stop_everything, name="stop-all"),
    path("launcher", pages.launcher, name="launcher"),
    path("sessions/<str:session_id>/tree/", pages.tree, name="tree"),
    path("", include("projects_app.page_urls")),
    path("", include("tasks_app.page_urls")),
    path("", include("sessions_app.page_urls")),
]
