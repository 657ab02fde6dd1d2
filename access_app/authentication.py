"""Who makes an API request: a person at this machine, or an agent with its session's token."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from access_app.actors import USER, Actor, Role
from access_app.tokens import session_of
from core.errors import Forbidden, Unauthenticated, UnsupportedMediaType

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def _unused(request: HttpRequest) -> HttpResponse:
    """The check asks for a view, to look whether it is exempt."""
    raise NotImplementedError


class _Csrf(CsrfViewMiddleware):
    def _reject(self, request: Any, reason: str) -> Any:
        return reason


class MaestroAuthentication(BaseAuthentication):
    """Sets `request.auth` to the Actor.

    A change must be JSON (which no foreign page can send unasked) or carry Django's CSRF token; a
    DELETE without a body is as safe, since no page sends one to another site without asking first.
    """

    def authenticate(self, request: Request) -> tuple[None, Actor]:
        header = request.headers.get("Authorization", "")
        if header.startswith("Bearer "):
            return None, agent_of(header)
        if not (request.method in SAFE_METHODS or is_json(request) or _is_bare_delete(request)):
            _check_csrf(request)
        return None, USER

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def is_json(request: Request) -> bool:
    return request.content_type.partition(";")[0].strip().lower() == "application/json"


def _is_bare_delete(request: Request) -> bool:
    return request.method == "DELETE" and not request.META.get("CONTENT_LENGTH", "0").strip("0")


def agent_of(header: str) -> Actor:
    """Who carries this `Authorization: Bearer …`. Raises Unauthenticated."""
    session_id = session_of(header.removeprefix("Bearer ").strip())
    if session_id is None:
        raise Unauthenticated("This token is not valid here. Ask for a new one.")
    return Actor(Role.AGENT, session_id)


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
