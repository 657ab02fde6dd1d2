"""The page Settings: agents, tokens, storage, and taking in the records of another directory."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings as site
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from access_app import services as access
from access_app.actors import Actor
from access_app.models import Token
from access_app.rules import Level
from agents_app.environment import server_url
from agents_app.line import the_line
from agents_app.selectors import agents_found, agents_problem
from core.errors import BadInput, MaestroError
from core.ids import is_valid_id
from maestro_cli import __version__
from projects_app.forms import Form, refused
from projects_app.selectors import all_projects, project_by_id
from storage_app.checking import check_storage
from storage_app.doctor import storage_findings
from storage_app.kinds import all_kinds
from storage_app.moving import Imported, import_tree
from storage_app.quarantine import quarantined
from storage_app.selectors import storage_state
from storage_app.tree import data_dir, silently

AGENTS_WAIT_S = 1.5
TOKENS, ASIDE = 50, 20
NEW_TOKEN = {"name": "", "level": "viewer", "project": "", "days": str(access.DAYS)}


@dataclass(frozen=True)
class Import:
    """What taking a folder in would do, or, when `done`, has done."""

    folder: str
    imported: Imported
    done: bool

    @property
    def count(self) -> int:
        return len(self.imported.new) + len(self.imported.changed)


@dataclass
class Shown:
    """What the last form has to say, beside what is always there."""

    token: Form = field(default_factory=lambda: Form(NEW_TOKEN))
    made: access.MadeToken | None = None
    import_form: Form = field(default_factory=lambda: Form({"folder": "~/.maestro"}))
    imported: Import | None = None


@require_safe
def settings(request: HttpRequest) -> HttpResponse:
    return _page(request, Shown())


@never_cache
@require_POST
def create_token(request: HttpRequest) -> HttpResponse:
    """Its secret stands in this very answer and nowhere else."""
    values = {name: request.POST.get(name, "").strip() for name in NEW_TOKEN}
    try:
        made = _make_token(values)
    except MaestroError as error:
        return _page(request, Shown(token=refused(values, error)), status=422)
    return _page(request, Shown(made=made))


def _make_token(values: dict[str, str]) -> access.MadeToken:
    levels = {level.word: level for level in Level if level}
    if values["project"]:
        project_by_id(values["project"])
    days = values["days"]
    return access.create_token(
        name=values["name"],
        level=levels.get(values["level"], Level.NOBODY),
        project_id=values["project"],
        days=int(days) if days.isascii() and days.isdigit() and len(days) < 6 else 0,
    )


@require_POST
def revoke_token(request: HttpRequest, token_id: str) -> HttpResponse:
    access.revoke_token(token_id if is_valid_id(token_id) else "")
    return HttpResponseRedirect(reverse("settings") + "#tokens", status=303)


@require_POST
def take_in(request: HttpRequest) -> HttpResponse:
    """First what would be taken in; the same form with `sure` does it."""
    folder = request.POST.get("folder", "").strip()
    sure = request.POST.get("sure") == "1"
    try:
        source = _tree_in(folder)
    except BadInput as error:
        form = refused({"folder": folder}, error)
        return _page(request, Shown(import_form=form), status=422)
    imported = import_tree(source, silently, dry_run=not sure)
    shown = Import(folder, imported, done=sure)
    return _page(request, Shown(import_form=Form({"folder": folder}), imported=shown))


def _tree_in(folder: str) -> Path:
    """The tree is the folder itself, or `data` in it. Raises BadInput."""
    if not folder or "\0" in folder:
        raise BadInput({"folder": ["Name the folder, such as ~/.maestro."]})
    root = Path(folder).expanduser()
    names = [kind.folder for kind in all_kinds()]
    for tree in (root, root / "data"):
        if tree.resolve() == data_dir().resolve():
            raise BadInput({"folder": ["This is the folder that this server works in already."]})
        if any((tree / name).is_dir() for name in names):
            return tree
    said = f"There is no folder {', '.join(names)} in it or in its folder data."
    raise BadInput({"folder": [said if root.is_dir() else "This folder does not exist."]})


def _page(request: HttpRequest, shown: Shown, *, status: int = 200) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    is_admin = actor.may(Level.ADMIN)
    context = {
        **_about(),
        **(_for_admins() if is_admin else {}),
        "is_admin": is_admin,
        "shown": shown,
        **(_check() if "check" in request.GET else {}),
        "page": "settings",
    }
    return render(request, "settings/page.html", context, status=status)


def _about() -> dict[str, Any]:
    aside = quarantined()
    return {
        "agents": agents_found(wait_s=AGENTS_WAIT_S),
        "agents_problem": agents_problem(),
        "line": the_line(),
        "storage": storage_state(),
        "aside": aside[:ASIDE],
        "aside_count": len(aside),
        "data_dir": data_dir(),
        "version": __version__,
        "logins": site.MAESTRO_AUTH == "required",
    }


def _for_admins() -> dict[str, Any]:
    tokens = Token.objects.order_by("-created_at", "-pk")
    return {
        "tokens": list(tokens[:TOKENS]),
        "more_tokens": max(0, tokens.count() - TOKENS),
        "projects": list(all_projects()),
        "levels": [level.word for level in Level if level],
    }


def _check() -> dict[str, Any]:
    """Reads every file, so only when somebody asks for it."""
    return {
        "checked": check_storage(server_runs=True, progress=silently),
        "findings": list(storage_findings(f"this server, at {server_url()}")),
    }
