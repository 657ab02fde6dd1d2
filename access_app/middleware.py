"""What every HTTP request passes first, and the headers that every answer carries."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect

from access_app.authentication import actor_of, logins_are_required
from access_app.origins import refusal
from access_app.rules import READING, Level, is_page, needed_level, takes_tokens
from access_app.wire import wants_page
from core.errors import MaestroError, PayloadTooLarge, Unauthenticated

CORS_METHODS = "GET, POST, PUT, PATCH, DELETE"
CORS_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match"
CORS_EXPOSED = "ETag, Link, Retry-After, WWW-Authenticate, X-Maestro-Ignored, X-Total-Count"
CORS_MAX_AGE_S = "600"
ASKED = ("Access-Control-Request-Method", "Access-Control-Request-Headers")
POLICY = (
    "default-src 'self'; connect-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
Answer = Callable[[HttpRequest], HttpResponse]


class SameOriginMiddleware:
    """Refuses foreign origins and rebound hosts; answers CORS for the origins that are allowed.

    Credentials are not allowed there: pages of other origins bring a token, not a login's cookie.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        origin = request.headers.get("Origin")
        refused = refusal(request.headers.get("Host"), origin, request.META.get("REMOTE_ADDR"))
        if refused is not None:
            return said(refused)
        preflight = request.method == "OPTIONS" and origin is not None
        response = HttpResponse(status=204) if preflight else self.get_response(request)
        if settings.MAESTRO_ALLOWED_ORIGINS:
            patch_vary_headers(response, ["Origin", *(ASKED if preflight else ())])
        if origin in settings.MAESTRO_ALLOWED_ORIGINS:
            response["Access-Control-Allow-Origin"] = str(origin)
            response["Access-Control-Expose-Headers"] = CORS_EXPOSED
            if preflight:
                response["Access-Control-Allow-Methods"] = CORS_METHODS
                response["Access-Control-Allow-Headers"] = CORS_HEADERS
                response["Access-Control-Max-Age"] = CORS_MAX_AGE_S
        return response


class BodyLimitMiddleware:
    """No body over 1 MiB gets further, whatever it is and wherever it goes."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            too_large = len(request.body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        except RequestDataTooBig:
            too_large = True
        if too_large:
            error = PayloadTooLarge("A body may have 1 MiB at most. Send several requests.")
            return said(error)
        return self.get_response(request)


class ContentSecurityPolicyMiddleware:
    """No inline script, no eval, nothing from elsewhere, on every page."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response


class AccessMiddleware:
    """Finds out who asks, and whether they may: `access_app.rules` says what that takes.

    Sets `request.actor`, which is None only where one need not have logged in.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = None  # type: ignore[attr-defined]
        try:
            actor = request.actor = actor_of(request)  # type: ignore[attr-defined]
            needed = needed_level(request.method or "", request.path_info)
            if actor is None and needed:
                return _ask_to_log_in(request)
            if actor is not None:
                actor.check(needed, takes_tokens=takes_tokens(request.path_info))
        except MaestroError as error:
            return _refused(request, error)
        response = self.get_response(request)
        if logins_are_required():
            response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


def _ask_to_log_in(request: HttpRequest) -> HttpResponse:
    if not (is_page(request.path_info) and wants_page(request)):
        return said(Unauthenticated("Log in, or send a token as Authorization: Bearer …"))
    htmx = "HX-Request" in request.headers
    url = f"{reverse('login')}?{urlencode({'next': _wanted_page(request)})}"
    return HttpResponseClientRedirect(url) if htmx else HttpResponseRedirect(url)


def _wanted_page(request: HttpRequest) -> str:
    """Where to go after logging in: what was asked for, or the page that asked."""
    if "HX-Request" in request.headers:
        shown = urlsplit(request.headers.get("HX-Current-URL", ""))
        return f"{shown.path or '/'}{'?' if shown.query else ''}{shown.query}"
    return request.get_full_path() if request.method in READING else "/"


def _refused(request: HttpRequest, error: MaestroError) -> HttpResponse:
    """A page for a person, who may be one that may see nothing of the others' work."""
    if not wants_page(request) or not is_page(request.path_info):
        return said(error)
    actor = request.actor  # type: ignore[attr-defined]
    sees = actor is not None and actor.may(Level.VIEWER) and not actor.has_token
    page = "errors/page.html" if sees else "access/refused.html"
    return render(request, page, {"error": error}, status=error.status)


def said(error: MaestroError) -> JsonResponse:
    return JsonResponse(error.as_json(), status=error.status, headers=dict(error.headers))
