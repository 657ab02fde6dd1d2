"""Where people log in and out."""

from django.urls import path

from access_app import pages

urlpatterns = [
    path("login/", pages.log_in, name="login"),
    path("logout", pages.log_out, name="logout"),
    path("welcome/<str:token>/", pages.welcome, name="welcome"),
]
