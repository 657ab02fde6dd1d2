"""The order in which the admin takes the writers' turn and the database."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from core.sqlite import writers_turn
from projects_app.services import create_project
from storage_app import service_admin
from tests.admin_pages import AdminPages


@pytest.fixture
def in_transaction_at_turn(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each turn that the admin took began inside a transaction."""
    found: list[bool] = []

    @contextmanager
    def noted() -> Iterator[None]:
        found.append(connection.in_atomic_block)
        with writers_turn():
            yield

    monkeypatch.setattr(service_admin, "writers_turn", noted)
    return found


def test_a_form_takes_the_turn_before_the_database(
    admin_pages: AdminPages, in_transaction_at_turn: list[bool]
) -> None:
    project = create_project(name="Bridge", working_dir="/srv")
    admin_pages.change(f"projects_app/project/{project.pk}/change/", name="Tunnel")
    assert in_transaction_at_turn == [False, False]


def test_a_deletion_takes_the_turn_before_the_database(
    admin_pages: AdminPages, in_transaction_at_turn: list[bool]
) -> None:
    project = create_project(name="Bridge", working_dir="/srv")
    admin_pages.delete(f"projects_app/project/{project.pk}/")
    assert in_transaction_at_turn == [False]


def test_an_action_takes_the_turn_before_the_database(
    admin_pages: AdminPages, in_transaction_at_turn: list[bool]
) -> None:
    project = create_project(name="Bridge", working_dir="/srv")
    admin_pages.act("projects_app/project/", "delete_selected", project.pk, post="yes")
    assert in_transaction_at_turn == [False]
