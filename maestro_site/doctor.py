"""Whether everything here is well, and what to do where it is not; of files storage_app knows."""

import errno
import json
import os
import re
import shutil
import socket
import sqlite3
import stat
import sys
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import CommandError
from django.db import DatabaseError

from access_app.authentication import logins_are_required
from access_app.origins import is_local
from access_app.selectors import admin_exists
from agents_app.host_socket import runtime_directory
from agents_app.selectors import ANSWERS_WITHIN_S, AgentFound, agents_found, agents_problem
from maestro_site.management.commands.serve import check_open_to
from storage_app.doctor import Finding, holder, storage_findings
from storage_app.tree import data_dir

PYTHON_AT_LEAST = (3, 11)
SQLITE_AT_LEAST = (3, 35)
ANSWERS_HEALTH_WITHIN_S = 5.0
SECRET_AT_LEAST = 32
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LONGEST_SOCKET = "4194304-00000000.sock"  # pid_max of Linux, and what host_socket.py adds


def findings() -> Iterator[Finding]:
    """In the order in which a person would want to know."""
    held_by = holder()
    yield _server(held_by)
    yield from storage_findings(held_by)
    yield _key()
    yield from _logins()
    yield from _agents()
    yield _host_sockets()
    yield from _versions()
    yield _chromium()


def _server(held_by: str | None) -> Finding:
    if held_by is None:
        return _port()
    url = re.search(r"https?://\S+", held_by)
    if url is None:
        return Finding("server", f"none; the data directory is held by {held_by}")
    said, is_well = _health(url[0])
    advice = "It holds the data directory: stop that process, and start the server again."
    if said and not is_well:
        advice = "What is wrong is said here, or in its log."
    return Finding("server", f"{held_by}: {said or 'gives no answer'}", "" if is_well else advice)


def _health(url: str) -> tuple[str, bool]:
    """What a server says of itself; empty for no answer."""
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=ANSWERS_HEALTH_WITHIN_S) as answer:
            return str(json.load(answer)["status"]), True
    except urllib.error.HTTPError as error:
        return f"its /health answers {error.code}", False
    except (OSError, ValueError, KeyError):
        return "", False


def _port() -> Finding:
    host, port = settings.MAESTRO_HOST, settings.MAESTRO_PORT
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            said = "is taken by another program" if taken else f"cannot be had: {error.strerror}"
            advice = "Stop that program, or choose another MAESTRO_PORT."
            return Finding("server", f"none is running, and {host}:{port} {said}", advice)
    return Finding("server", f"none is running; {host}:{port} is free")


def _key() -> Finding:
    given = os.environ.get("MAESTRO_SECRET_KEY")
    if given:
        weak = len(given) < SECRET_AT_LEAST
        advice = f"Give one of {SECRET_AT_LEAST} random characters or more." if weak else ""
        return Finding("secret key", f"MAESTRO_SECRET_KEY, {len(given)} characters", advice)
    path = data_dir().with_name(data_dir().name + ".key")
    if not path.exists():
        return Finding("secret key", f"{path}, made at the next start")
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        said = f"{path} can be read by others: whoever has it can be anybody"
        return Finding("secret key", said, f"chmod 600 {path}")
    return Finding("secret key", str(path))


def _logins() -> Iterator[Finding]:
    try:
        check_open_to(settings.MAESTRO_HOST)
    except CommandError as error:
        yield Finding("logins", "none are asked for", str(error))
        return
    if not logins_are_required():
        yield Finding("logins", "none are asked for; only this machine is answered")
        return
    public = urlsplit(settings.MAESTRO_PUBLIC_URL)
    host = public.hostname or settings.MAESTRO_HOST
    if public.scheme != "https" and not is_local(host):
        advice = "Put a proxy with a certificate in front: MAESTRO_PUBLIC_URL=https://…"
        yield Finding("https", f"passwords reach {host} unencrypted", advice)
    if settings.DEBUG:
        advice = "Leave MAESTRO_DEBUG out: errors would show the server's inside to everybody."
        yield Finding("debug", "MAESTRO_DEBUG is on, and others may come in", advice)
    yield _admins()


def _admins() -> Finding:
    try:
        known = admin_exists()
    except DatabaseError:
        known = False
    advice = "Use the link that the server prints when it starts, or manage.py createsuperuser."
    said = "required, and there is " + ("an admin" if known else "no admin who could log in")
    return Finding("logins", said, "" if known else advice)


def _agents() -> Iterator[Finding]:
    problem = agents_problem()
    if problem:
        yield Finding("agents.toml", problem, f"Mend {data_dir() / 'agents.toml'}.")
    found = {agent.name: agent for agent in agents_found(wait_s=ANSWERS_WITHIN_S)}
    for agent in found.values():
        yield Finding(f"agent {agent.name}", _said_of(agent))
    default = settings.MAESTRO_AGENT
    if default and not (default in found and found[default].installed):
        said = f"{default} is " + ("not installed" if default in found else "no agent here")
        advice = f"Install it, or set MAESTRO_AGENT to one of {', '.join(found)}."
        yield Finding("MAESTRO_AGENT", said, advice)


def _said_of(agent: AgentFound) -> str:
    if not agent.installed:
        return "not installed"
    return " ".join(word for word in (agent.version, agent.path) if word) or "comes along"


def _host_sockets() -> Finding:
    try:
        return Finding("agents' sockets", str(runtime_directory(LONGEST_SOCKET)))
    except OSError as error:
        advice = "Set XDG_RUNTIME_DIR to a short path that is this user's alone."
        return Finding("agents' sockets", str(error), advice)


def _versions() -> Iterator[Finding]:
    python = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
    advice = "" if sys.version_info >= PYTHON_AT_LEAST else "Install Python 3.11 or newer."
    yield Finding("Python", f"{python}, {sys.executable}", advice)
    advice = "" if sqlite3.sqlite_version_info >= SQLITE_AT_LEAST else "Install a newer SQLite."
    yield Finding("SQLite", sqlite3.sqlite_version, advice)
    wrong = [
        f"{name} {_installed(name) or 'missing'} instead of {wanted}"
        for name, wanted in _pinned()
        if _installed(name) != wanted
    ]
    advice = "Install them again: make run does, in a checkout." if wrong else ""
    yield Finding("packages", ", ".join(wrong) or "as they were tested", advice)


def _pinned() -> list[tuple[str, str]]:
    """What this version was tested with, by its own metadata or the checkout's project file."""
    project = Path(settings.BASE_DIR, "pyproject.toml")
    if project.exists():
        wanted = tomllib.loads(project.read_text())["project"]["dependencies"]
    else:
        wanted = metadata.requires("maestro") or []
    return re.findall(r"^([\w.-]+)==([\w.]+)$", "\n".join(wanted), re.MULTILINE)


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _chromium() -> Finding:
    named = os.environ.get("MAESTRO_CHROMIUM")
    if named and not shutil.which(named):
        return Finding("Chromium", f"{named} does not exist", "Mend or unset MAESTRO_CHROMIUM.")
    found = named or next(filter(None, map(shutil.which, BROWSERS)), "")
    return Finding("Chromium", found or "not found; only the browser tests need it")
