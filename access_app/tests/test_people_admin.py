"""People and groups in the Django admin."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group, User

from tests.admin_pages import AdminPages

PASSWORD = "four words of nonsense"


@pytest.fixture
def eve(admin_pages: AdminPages) -> Iterator[User]:
    """Added in the admin, as an operator."""
    sent = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    answer = admin_pages.change("auth/user/add/", username="eve", **sent)
    assert answer.status_code == 302
    made = User.objects.get(username="eve")
    made.groups.add(Group.objects.get(name="operator"))
    yield made
    made.delete()


def test_somebody_who_was_added_can_log_in_and_has_the_level_of_the_group(
    admin_pages: AdminPages, eve: User
) -> None:
    assert eve.check_password(PASSWORD)
    text = admin_pages.get("auth/user/").content.decode()
    assert '<td class="field-level">operator</td>' in text


def test_a_weak_password_is_refused(admin_pages: AdminPages) -> None:
    sent = {"password1": "12345678", "password2": "12345678", "usable_password": "true"}
    page = admin_pages.change("auth/user/add/", username="eve", **sent)
    assert "entirely numeric" in page.content.decode()
    assert not User.objects.filter(username="eve").exists()


def test_the_groups_that_are_levels_cannot_be_deleted(admin_pages: AdminPages) -> None:
    for name in ("viewer", "operator", "admin"):
        group = Group.objects.get(name=name)
        assert admin_pages.delete(f"auth/group/{group.pk}/").status_code == 403
    other = Group.objects.create(name="friends")
    admin_pages.delete(f"auth/group/{other.pk}/")
    assert not Group.objects.filter(name="friends").exists()


def test_a_level_is_not_deleted_with_others_in_the_list(admin_pages: AdminPages) -> None:
    ids = [str(one.pk) for one in Group.objects.all()]
    admin_pages.act("auth/group/", "delete_selected", *ids, post="yes")
    assert Group.objects.filter(name__in=("viewer", "operator", "admin")).count() == 3


def test_a_level_keeps_its_name(admin_pages: AdminPages) -> None:
    group = Group.objects.get(name="viewer")
    admin_pages.get(f"auth/group/{group.pk}/change/")
    assert admin_pages.get("auth/group/").content.decode().count('class="field-people"') == 3
    page = admin_pages.get(f"auth/group/{group.pk}/change/")
    assert page.context["has_change_permission"] is False
