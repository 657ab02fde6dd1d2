"""The Django admin as a browser uses it: pages are fetched, their forms filled in and sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import User
from django.contrib.sessions.models import Session as Login
from django.test import Client

HOST = "127.0.0.1:8000"


class AdminPages:
    def __init__(self, user: User) -> None:
        self._client = Client(headers={"host": HOST})
        self._client.force_login(user)

    def get(self, path: str) -> Any:
        return self._client.get(f"/admin/{path}")

    def change(self, path: str, **fields: Any) -> Any:
        """Open a form, put these values into it, and save."""
        sent = {**_values(self.get(path)), **fields}
        return self._client.post(f"/admin/{path}", sent)

    def act(self, path: str, action: str, *ids: str, **more: Any) -> Any:
        """Choose an action in a list, and follow to the page that says what it did."""
        sent = {"action": action, "_selected_action": ids, **more}
        return self._client.post(f"/admin/{path}", sent, follow=True)

    def delete(self, path: str) -> Any:
        return self._client.post(f"/admin/{path}delete/", {"post": "yes"}, follow=True)


def _values(page: Any) -> dict[str, Any]:
    forms = [page.context["adminform"].form]
    forms += [inline.formset.management_form for inline in page.context["inline_admin_formsets"]]
    found = {field.html_name: field.value() for form in forms for field in form}
    return {name: "" if value is None else value for name, value in found.items()}


def said(page: Any) -> list[str]:
    """The messages on a page that was followed to."""
    return [str(message) for message in page.context["messages"]]


def refusals(page: Any) -> list[str]:
    """What a form that was not saved says about itself as a whole."""
    assert page.status_code == 200, "the form was saved"
    return [str(error) for error in page.context["adminform"].form.non_field_errors()]


@contextmanager
def opened() -> Iterator[AdminPages]:
    user = User.objects.create_superuser("ada", password=None)
    try:
        yield AdminPages(user)
    finally:
        Login.objects.all().delete()
        user.delete()
