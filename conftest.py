"""What tests of several apps share: a clean index and folder, a clock to move, a JSON client."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.test.utils import setup_databases, teardown_databases
from pytest_django import DjangoDbBlocker, Settings

from core import clock as system_clock

if TYPE_CHECKING:
    from tests.admin_pages import AdminPages

pytest.register_assert_rewrite("tests.records")

HOST = "127.0.0.1:8000"
START_MS = 1_800_000_000_000


# Nothing here has to outlive a power cut, and half of a test's time would go into waiting for it.
os.fsync = lambda descriptor: None  # type: ignore[assignment]


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """pytest-django's own makes a database only where a test is marked; ours ask by fixture."""
    from django.db import connection

    options = connection.settings_dict["OPTIONS"]
    options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
    yield
    with django_db_blocker.unblock():
        teardown_databases(made, verbosity=0)


@pytest.fixture
def data_dir(tmp_path: Path, settings: Settings) -> Path:
    """A fresh data directory."""
    folder = tmp_path / "data"
    folder.mkdir()
    settings.MAESTRO_DATA_DIR = folder
    return folder


@pytest.fixture
def index(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The real database with real commits, empty before and after."""
    from tests.records import wipe_index

    with django_db_blocker.unblock():
        wipe_index()
        yield
        wipe_index()


@pytest.fixture
def records(index: None, data_dir: Path) -> Iterator[None]:
    """Records may be written; afterwards an index made from their files must equal the live one."""
    from storage_app import availability, wakes
    from tests.records import check_rebuilt_index

    availability.forget()
    wakes.listen(written_later)
    yield
    wakes.forget(written_later)
    availability.forget()
    check_rebuilt_index()


def written_later() -> None:
    """As in a server, where a commit only wakes the writer."""


@pytest.fixture
def alone(records: None) -> None:
    """As in a command that runs without a server: files are written at once."""
    from storage_app import wakes

    wakes.forget(written_later)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now_ms = START_MS

    def __call__(self) -> int:
        return self.now_ms

    def forward(self, *, s: float) -> None:
        self.now_ms += round(s * 1000)

    def set(self, *, s: float) -> None:
        """To so many seconds after the start."""
        self.now_ms = START_MS + round(s * 1000)


@pytest.fixture
def clock() -> Iterator[Clock]:
    source = Clock()
    system_clock.set_source(source)
    yield source
    system_clock.set_source(None)


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: Any

    @property
    def code(self) -> str:
        """An error's code; the error's shape is checked on the way."""
        assert set(self.body) == {"error", "code", "message", "details"}, self.body
        assert self.body["error"] is True
        assert self.body["message"]
        return str(self.body["code"])


class Api:
    """Speaks JSON to /api as a program on this machine does."""

    def __init__(self) -> None:
        self._client = Client(
            headers={"host": HOST}, raise_request_exception=False, enforce_csrf_checks=True
        )

    def send(
        self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, **options: Any
    ) -> Answer:
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        content_type = options.pop("content_type", "application/json")
        # Said here too, because Django's client leaves the type of an empty body out.
        response = self._client.generic(
            method, f"/api{path}", content, content_type, CONTENT_TYPE=content_type, **options
        )
        is_json = response.headers.get("Content-Type", "").startswith("application/json")
        found = json.loads(response.content) if is_json and response.content else None
        return Answer(response.status_code, found, response.headers)

    def get(self, path: str, **options: Any) -> Answer:
        return self.send("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.send("POST", path, body, **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.send("PATCH", path, body, **options)

    def put(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.send("PUT", path, body, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        return self.send("DELETE", path, **options)


@pytest.fixture
def api(records: None) -> Api:
    return Api()


@pytest.fixture
def admin_pages(alone: None) -> Iterator["AdminPages"]:
    """The Django admin, logged in."""
    from tests.admin_pages import opened

    with opened() as pages:
        yield pages
