"""What every HTTP request passes first, and the headers that every answer carries."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import patch_vary_headers

from access_app.origins import refusal
from core.errors import PayloadTooLarge

CORS_METHODS = "GET, POST, PUT, PATCH, DELETE"
CORS_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match"
CORS_EXPOSED = "ETag, Link, X-Maestro-Ignored, X-Total-Count"
POLICY = (
    "default-src 'self'; connect-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
Answer = Callable[[HttpRequest], HttpResponse]


class SameOriginMiddleware:
    """Refuses foreign origins and rebound hosts; answers CORS for the origins that are allowed."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        origin = request.headers.get("Origin")
        refused = refusal(request.headers.get("Host"), origin)
        if refused is not None:
            return JsonResponse(refused.as_json(), status=refused.status)
        preflight = request.method == "OPTIONS" and origin is not None
        response = HttpResponse(status=204) if preflight else self.get_response(request)
        if origin in settings.MAESTRO_ALLOWED_ORIGINS:
            response["Access-Control-Allow-Origin"] = str(origin)
            response["Access-Control-Allow-Methods"] = CORS_METHODS
            response["Access-Control-Allow-Headers"] = CORS_HEADERS
            response["Access-Control-Expose-Headers"] = CORS_EXPOSED
            patch_vary_headers(response, ["Origin"])
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
            return JsonResponse(error.as_json(), status=error.status)
        return self.get_response(request)


class ContentSecurityPolicyMiddleware:
    """No inline script, no eval, nothing from elsewhere, on every page."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response
