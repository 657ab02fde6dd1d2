"""What exists is documented: a setting, route, event, error or command without a word fails."""

import importlib.util
import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from django.core.management import get_commands
from django.urls import URLPattern, URLResolver, get_resolver

from agents_app.schema import INVALID_SPAWN
from core.errors import MaestroError
from events_app.log import EVENT_TYPES
from sessions_app.rules import EventType

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", *DOCS.rglob("*.md")])
APPS = (
    "core",
    "access_app",
    "projects_app",
    "tasks_app",
    "sessions_app",
    "queues_app",
    "events_app",
    "storage_app",
    "agents_app",
    "maestro_site",
)


def _text(name: str) -> str:
    return (DOCS / name).read_text()


def _terms(name: str) -> set[str]:
    """What a page says in code."""
    return set(re.findall(r"`([^`\n]+)`", _text(name)))


def _tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / f"tools/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_setting_is_documented() -> None:
    source = (ROOT / "maestro_site/settings.py").read_text()
    settings = set(re.findall(r"\bMAESTRO_[A-Z_]+[A-Z]\b", source))
    assert settings - _terms("configuration.md") == set()


def test_every_variable_of_a_sessions_process_is_documented() -> None:
    source = (ROOT / "agents_app/environment.py").read_text()
    variables = set(re.findall(r'"(MAESTRO_[A-Z_]+)":', source))
    assert len(variables) > 5
    assert variables - _terms("configuration.md") == set()


def test_every_route_is_documented() -> None:
    described = _text("api.md") + _text("dashboard.md")
    missing = [path for path in _routes() if f"{path}`" not in described]
    assert missing == []


def _routes() -> list[str]:
    """Every path, with `{name}` for what varies; the admin's own and the catch-all are left out."""
    found = _paths(get_resolver(), "/")
    ours = [path for path in found if not path.startswith("/admin/") and "(" not in path]
    assert "/api/projects" in ours
    return ours


def _paths(resolver: URLResolver, before: str) -> list[str]:
    found: list[str] = []
    for entry in resolver.url_patterns:
        path = before + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(entry.pattern))
        found += _paths(entry, path) if isinstance(entry, URLResolver) else [path]
        assert isinstance(entry, URLPattern | URLResolver)
    return found


def test_every_event_type_is_documented() -> None:
    assert EVENT_TYPES - _terms("websocket.md") == set()
    assert {event_type.value for event_type in EventType} - _terms("api.md") == set()


def test_the_table_of_errors_is_complete_and_invents_none() -> None:
    for module in _modules():
        import_module(module)
    known = {(str(error.status), error.code) for error in _errors(MaestroError)}
    known |= {(str(status), code) for status, code in INVALID_SPAWN}
    known.discard(("400", MaestroError.code))  # InvalidSpawn, whose codes are those above
    table = set(re.findall(r"^\| `(\w+)` \| (\d{3}) \|", _text("api.md"), re.MULTILINE))
    assert {(status, code) for code, status in table} == known


def _modules() -> list[str]:
    """The modules that define errors: with a code of their own."""
    files = [file for app in APPS for file in (ROOT / app).glob("*.py")]
    defining = [file for file in files if re.search(r"^    code\b.* = ", file.read_text(), re.M)]
    return [f"{file.parent.name}.{file.stem}" for file in defining]


def _errors(base: type[MaestroError]) -> list[type[MaestroError]]:
    return [base, *(error for sub in base.__subclasses__() for error in _errors(sub))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text())
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not _leads(page, link)] == []


def _leads(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path) if path else page
    if target.suffix != ".md" or not anchor:
        return target.exists() or target.parent.name == "screenshots"
    return anchor in map(_anchor, re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE))


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_page_is_in_the_index() -> None:
    index = _text("README.md") + (DOCS / "decisions/README.md").read_text()
    pages = [page for page in DOCS.rglob("*.md") if page.name != "README.md"]
    assert [page.name for page in pages if f"{page.name})" not in index] == []


def test_every_management_command_is_documented() -> None:
    ours = {name for name, app in get_commands().items() if str(app).split(".")[0] in APPS}
    assert "serve" in ours
    assert ours - _terms("configuration.md") == set()


def test_the_page_of_commands_is_what_the_parser_says() -> None:
    assert _text("cli.md") == _tool("write_cli_docs").page(), "run tools/write_cli_docs.py"


def test_the_table_of_routes_is_what_the_description_says() -> None:
    assert _text("api.md") == _tool("write_api_docs").page(), "run tools/write_api_docs.py"


def test_the_commands_of_make_in_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    used = set(re.findall(r"(?:^|`)make ([a-z-]+)", (ROOT / "README.md").read_text(), re.M))
    assert "run" in used
    assert used - targets == set()
