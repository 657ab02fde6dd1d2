"""What exists is documented: a setting, route, event, error or command without a word fails."""

import importlib.util
import json
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

from django.core.management import get_commands
from django.urls import URLPattern, URLResolver, get_resolver

from agents_app.consumers import PREFIX as TERMINALS
from agents_app.schema import INVALID_SPAWN
from core.errors import MaestroError
from events_app.log import EVENT_TYPES
from maestro_site.asgi import SOCKETS
from sessions_app.rules import EventType
from tests.docs.pages import ROOT, terms_of, text_of

APPS = ("core", "maestro_site", *(folder.name for folder in ROOT.glob("*_app")))
MORE = ("maestro_cli", "tests", "bench", "tools")
SETTING = re.compile(r"^\| `(MAESTRO_\w+)` \| (?:`([^`]+)`|none|off|the file .*?) \|", re.MULTILINE)


def _tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / f"tools/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_setting_is_documented_with_its_default_and_none_is_invented(tmp_path: Path) -> None:
    source = (ROOT / "maestro_site/settings.py").read_text()
    read = set(re.findall(r'"(MAESTRO_[A-Z_]+)"', source)) - {"MAESTRO_TEST_DATABASE"}
    documented = dict(SETTING.findall(text_of("configuration.md").partition("\n## ")[0]))
    assert documented.keys() == read
    found = _defaults(tmp_path)
    assert found.items() <= documented.items()
    assert read - found.keys() == {"MAESTRO_DEBUG", "MAESTRO_SECRET_KEY"}


def _defaults(home: Path) -> dict[str, str]:
    """What the settings are where the environment says nothing, as the table has it."""
    code = (
        "from maestro_site import settings; import json;"
        "names = [name for name in vars(settings) if name.startswith('MAESTRO_')];"
        "print(json.dumps({name: str(getattr(settings, name) or '') for name in names}))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"HOME": str(home)},
        capture_output=True,
        check=True,
    )
    return {name: value.replace(str(home), "~") for name, value in json.loads(said.stdout).items()}


def test_every_variable_that_is_read_is_documented_and_none_is_invented() -> None:
    ours = [file for folder in (*APPS, *MORE) for file in (ROOT / folder).rglob("*.py")]
    scripts = [ROOT / "bin/maestro", ROOT / "tools/setup", ROOT / "Makefile", ROOT / "conftest.py"]
    variable = re.compile(r"\b(?:MAESTRO|XDG)_[A-Z_]*[A-Z]\b")
    read = {name for file in [*ours, *scripts] for name in variable.findall(file.read_text())}
    documented = {term for term in terms_of("configuration.md") if variable.fullmatch(term)}
    assert documented == read


def test_every_route_is_documented() -> None:
    described = text_of("api.md") + text_of("dashboard.md")
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
    named = {term for term in terms_of("websocket.md") if re.fullmatch(r"[a-z]+:[a-z_]+", term)}
    assert named == EVENT_TYPES
    table = text_of("api.md").partition("## Timeline events")[2].partition("## Errors")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == {*EventType}


def test_every_socket_is_documented() -> None:
    described = text_of("websocket.md")
    sockets = (*SOCKETS, f"{TERMINALS}{{sessionId}}")
    assert [path for path in sockets if f"`{path}`" not in described] == []


def test_the_table_of_errors_is_complete_and_invents_none() -> None:
    for module in _modules():
        import_module(module)
    known = {(str(error.status), error.code) for error in _errors(MaestroError)}
    known |= {(str(status), code) for status, code in INVALID_SPAWN}
    known.discard(("400", MaestroError.code))  # InvalidSpawn, whose codes are those above
    table = set(re.findall(r"^\| `(\w+)` \| (\d{3}) \|", text_of("api.md"), re.MULTILINE))
    assert {(status, code) for code, status in table} == known


def _modules() -> list[str]:
    """The modules that define errors: with a code of their own."""
    files = [file for app in APPS for file in (ROOT / app).glob("*.py")]
    defining = [file for file in files if re.search(r"^    code\b.* = ", file.read_text(), re.M)]
    return [f"{file.parent.name}.{file.stem}" for file in defining]


def _errors(base: type[MaestroError]) -> list[type[MaestroError]]:
    return [base, *(error for sub in base.__subclasses__() for error in _errors(sub))]


def test_every_management_command_is_documented() -> None:
    ours = {name for name, app in get_commands().items() if str(app).split(".")[0] in APPS}
    assert "serve" in ours
    assert ours - terms_of("configuration.md") == set()


def test_the_page_of_commands_is_what_the_parser_says() -> None:
    assert text_of("cli.md") == _tool("write_cli_docs").page(), "run tools/write_cli_docs.py"


def test_the_table_of_routes_is_what_the_description_says() -> None:
    assert text_of("api.md") == _tool("write_api_docs").page(), "run tools/write_api_docs.py"
