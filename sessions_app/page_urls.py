"""Routes of the sessions' pages."""

from django.urls import path

from sessions_app import pages

urlpatterns = [
    path("sessions/<str:session_id>/", pages.session, name="session"),
    path("sessions/<str:session_id>/report/", pages.report, name="session-report"),
    path("sessions/<str:session_id>/queue/order", pages.reorder_queue, name="reorder-queue"),
    path("sessions/<str:session_id>/queue/requeue", pages.requeue, name="requeue"),
    path("sessions/<str:session_id>/answer", pages.answer, name="answer"),
    path("sessions/<str:session_id>/stop", pages.stop, name="stop"),
    path("sessions/<str:session_id>/resume", pages.resume, name="resume"),
    path("sessions/<str:session_id>/dismiss", pages.dismiss, name="dismiss"),
]
