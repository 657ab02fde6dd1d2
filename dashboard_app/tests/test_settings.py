"""The page Settings, the demo, and how much the page Now shows."""

import re
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from access_app.models import Token
from access_app.rules import Level, needed_level
from access_app.selectors import token_of
from agents_app.line import is_paused
from core import json
from dashboard_app.demo import PROJECT
from projects_app.models import Project
from sessions_app.models import Session
from storage_app.moving import export_tree
from storage_app.quarantine import set_aside
from storage_app.tree import silently
from tests.records import make_project, make_session, make_tasks

pytestmark = pytest.mark.usefixtures("records")


@pytest.fixture
def person() -> Client:
    return Client(headers={"host": "127.0.0.1:8000"})


def text_of(person: Client, path: str) -> str:
    return str(person.get(path).content.decode())


def test_settings_tell_what_there_is(person: Client, data_dir: Path) -> None:
    page = text_of(person, "/settings/")
    assert 'id="agent-shell"' in page
    assert str(data_dir) in page
    assert "/admin/" in page
    assert "/api/docs/" in page
    assert 'id="checked"' not in page


def test_storage_is_checked_when_somebody_asks(person: Client) -> None:
    make_project()
    assert 'id="checked"' in text_of(person, "/settings/?check")


def test_files_that_were_set_aside_are_shown(person: Client, data_dir: Path) -> None:
    (data_dir / "projects").mkdir(exist_ok=True)
    broken = data_dir / "projects" / "prj_broken.json"
    broken.write_text("{")
    kept = set_aside(broken, "it is cut off")
    page = text_of(person, "/settings/")
    assert kept.kept_as in page
    assert "it is cut off" in page
    for path in (data_dir / "quarantine").iterdir():
        path.unlink()


def test_a_token_is_shown_once_and_revoked(person: Client) -> None:
    form = {"name": "ci", "level": "operator", "project": "", "days": "30"}
    made = person.post("/settings/tokens", form)
    secret = re.search(r'id="secret">(mst_[^<]+)<', made.content.decode())
    assert secret is not None
    token = token_of(secret[1])
    assert (token.name, token.level) == ("ci", Level.OPERATOR)
    assert secret[1] not in text_of(person, "/settings/")
    assert person.post(f"/settings/tokens/{token.pk}/revoke").status_code == 303
    assert Token.objects.get().state == "revoked"


def test_a_token_that_cannot_be_is_refused_beside_its_fields(person: Client) -> None:
    form = {"name": "", "level": "god", "project": "", "days": "many"}
    answer = person.post("/settings/tokens", form)
    assert answer.status_code == 422
    assert answer.content.decode().count('class="field__error"') == 3
    assert not Token.objects.exists()


def test_tokens_and_imports_are_for_admins() -> None:
    for path in ("/settings/tokens", "/settings/tokens/x/revoke", "/settings/import"):
        assert needed_level("POST", path) is Level.ADMIN
    assert needed_level("GET", "/settings/") is Level.VIEWER
    assert needed_level("POST", "/demo") is Level.OPERATOR


def test_spawning_is_paused_from_settings(person: Client) -> None:
    form = {"paused": "1", "next": "/settings/"}
    answer = person.post("/launcher", form, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/settings/")
    assert is_paused()


def test_another_folder_is_looked_into_before_it_is_taken_in(
    person: Client, tmp_path: Path
) -> None:
    project = make_project("Elsewhere")
    other = tmp_path / "other"
    export_tree(other / "data", silently)
    path = other / "data" / "projects" / f"{project.pk}.json"
    document = {**json.parse(path.read_text()), "id": "prj_new", "name": "New here"}
    path.write_bytes(json.to_disk(document))
    path.rename(path.with_name("prj_new.json"))

    looked = person.post("/settings/import", {"folder": str(other)}).content.decode()
    assert "1 new, 0 that replace what is here" in looked
    assert not Project.objects.filter(pk="prj_new").exists()
    taken = person.post("/settings/import", {"folder": str(other), "sure": "1"}).content.decode()
    assert "Taken in." in taken
    assert Project.objects.get(pk="prj_new").name == "New here"


@pytest.mark.parametrize("folder", ["", "/nowhere/at/all", "a\0b", "{empty}", "{own}"])
def test_a_folder_without_records_is_refused(
    person: Client, tmp_path: Path, data_dir: Path, folder: str
) -> None:
    (tmp_path / "empty").mkdir()
    named = folder.format(empty=tmp_path / "empty", own=data_dir)
    answer = person.post("/settings/import", {"folder": named, "sure": "1"})
    assert answer.status_code == 422
    assert 'id="i-folder-error"' in answer.content.decode()


def test_the_demo_is_started_from_the_first_page(person: Client, settings: Settings) -> None:
    settings.MAESTRO_MAX_AGENTS = 0
    assert 'action="/demo"' in text_of(person, "/")
    answer = person.post("/demo")
    session = Session.objects.get()
    assert answer.headers["Location"] == f"/sessions/{session.pk}/tree/"
    assert (session.agent, session.role) == ("demo", "orchestrator")
    assert Project.objects.get().name == PROJECT
    person.post("/demo")
    assert Project.objects.count() == 1


def test_now_shows_the_first_of_many_sessions_and_all_when_asked(person: Client) -> None:
    tasks = make_tasks(*(f"Task {number}" for number in range(30)))
    for number, task in enumerate(tasks):
        make_session([task], name=f"Worker {number}")
    first = text_of(person, "/")
    assert first.count('class="live"') == 24
    assert "Show all 30 sessions" in first
    assert "Worker 29</a>" in first
    everything = text_of(person, "/?all=1")
    assert everything.count('class="live"') == 30
    assert "shell overview?all=1" in everything
