"""Who makes a request: a person, a program with a token, or an agent with its session's token."""

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import get_user
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from access_app.actors import USER, Actor, Role
from access_app.origins import is_local
from access_app.rules import READING, Level
from access_app.selectors import NOT_VALID, level_of, token_of
from access_app.services import note_use
from access_app.throttle import throttle
from access_app.tokens import session_of
from core.errors import Forbidden, Unauthenticated, UnsupportedMediaType

BEARER = re.compile(r"bearer(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)
PROGRAM = "mst_"
# Session id → the project it may see; sessions are records of an app above this one.
_project_of_session: Callable[[str], str] | None = None


def ask_for_sessions(project_of: Callable[[str], str]) -> None:
    """What says whether a session's token still counts, by raising Forbidden."""
    global _project_of_session
    _project_of_session = project_of


def logins_are_required() -> bool:
    return bool(settings.MAESTRO_AUTH == "required")


def actor_of(request: HttpRequest) -> Actor | None:
    """Who asks; None for somebody who has yet to log in.

    A token says it all, on this machine too: whoever sends one has its rights and no more.
    Without one, people at this machine are trusted unless logins are required.
    Raises Unauthenticated, TooManyRequests, Forbidden.
    """
    token = _bearer(request.headers.get("Authorization", ""))
    if token is not None:
        return _bearers_actor(token, address_of(request))
    return _person(request) if logins_are_required() else USER


def quick_actor(authorization: str) -> Actor | None:
    """Who asks, where no database is needed to know it; None for everybody else."""
    token = _bearer(authorization)
    if token is None:
        return None if logins_are_required() else USER
    session_id = session_of(token)
    return Actor(Role.AGENT, session_id, Level.OPERATOR) if session_id else None


def _bearer(authorization: str) -> str | None:
    """The token, empty where it is missing; None where this is about something else."""
    said = BEARER.fullmatch(authorization.strip())
    return None if said is None else (said[1] or "").strip()


def _bearers_actor(token: str, address: str) -> Actor:
    try:
        return _programs_actor(token) if token.startswith(PROGRAM) else _agents_actor(token)
    except Unauthenticated:
        key = ("token", token[:16], address)
        throttle.check(key)
        throttle.failed(key)
        raise


def _programs_actor(secret: str) -> Actor:
    token = token_of(secret)
    note_use(token)
    return Actor(
        Role.USER,
        level=Level(token.level),
        project_id=token.project_id or None,
        token_id=token.pk,
    )


def _agents_actor(token: str) -> Actor:
    session_id = session_of(token)
    if session_id is None:
        raise Unauthenticated(NOT_VALID)
    project_id = _project_of_session(session_id) if _project_of_session else None
    return Actor(Role.AGENT, session_id, Level.OPERATOR, project_id)


def _person(request: HttpRequest) -> Actor | None:
    user: Any = get_user(request)
    if not user.is_authenticated:
        return None
    return Actor(Role.USER, level=level_of(user), name=user.get_username())


def address_of(request: HttpRequest) -> str:
    """Where it comes from; a reverse proxy on this machine is believed about that."""
    peer = str(request.META.get("REMOTE_ADDR") or "")
    if settings.MAESTRO_PUBLIC_URL and is_local(peer):
        forwarded = request.headers.get("X-Forwarded-For", "")
        return forwarded.rpartition(",")[2].strip() or peer
    return peer


def _unused(request: HttpRequest) -> HttpResponse:
    """The check asks for a view, to look whether it is exempt."""
    raise NotImplementedError


class _Csrf(CsrfViewMiddleware):
    def _reject(self, request: Any, reason: str) -> Any:
        return reason


class MaestroAuthentication(BaseAuthentication):
    """Sets `request.auth` to the Actor that AccessMiddleware found.

    A change must be JSON (which no foreign page can send unasked) or carry Django's CSRF token; a
    DELETE without a body is as safe, since no page sends one to another site without asking first.
    """

    def authenticate(self, request: Request) -> tuple[None, Actor]:
        actor: Actor = request._request.actor  # type: ignore[attr-defined]
        safe = request.method in READING or is_json(request) or _is_bare_delete(request)
        if not safe and not actor.has_token:
            _check_csrf(request)
        return None, actor

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def is_json(request: Request) -> bool:
    return request.content_type.partition(";")[0].strip().lower() == "application/json"


def _is_bare_delete(request: Request) -> bool:
    return request.method == "DELETE" and not request.META.get("CONTENT_LENGTH", "0").strip("0")


def _check_csrf(request: Request) -> None:
    if not request.META.get("HTTP_X_CSRFTOKEN"):
        raise UnsupportedMediaType(
            "A change is sent as Content-Type: application/json.",
            {"contentType": request.content_type},
        )
    check = _Csrf(_unused)
    check.process_request(request._request)
    reason = check.process_view(request._request, _unused, (), {})
    if reason:
        raise Forbidden(f"{reason} Reload the page and try again.")
