"""The event log in the Django admin."""

from events_app.models import LogEntry
from projects_app.services import create_project
from tests.admin_pages import AdminPages


def test_the_log_is_shown_and_cannot_be_changed(admin_pages: AdminPages) -> None:
    project = create_project(name="Bridge", working_dir="/srv")
    entry = LogEntry.objects.get()
    assert project.pk in admin_pages.get("events_app/logentry/").content.decode()
    page = admin_pages.get(f"events_app/logentry/{entry.pk}/change/")
    assert "Bridge" in page.content.decode()
    assert page.context["has_change_permission"] is False
    assert admin_pages.get(f"events_app/logentry/{entry.pk}/delete/").status_code == 403
