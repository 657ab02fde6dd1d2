"""What pages share: the person's time zone, and errors as pages."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import render

from access_app.wire import wants_page
from core.errors import MaestroError, MethodNotAllowed
from dashboard_app.local_time import ZONE_COOKIE, use_zone
from events_app import log

SEQ = "maestro.seq"
NO_PAGES = ("/api", "/static", "/health", "/ws-status", "/admin")


class PageMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        use_zone(request.COOKIES.get(ZONE_COOKIE, ""))
        if request.method == "GET" and not request.path.startswith(NO_PAGES):
            request.META[SEQ] = log.newest_seq()
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed):
            said = MethodNotAllowed(f"{request.path} takes {response['Allow']} only.")
            return _refusal(request, said, Allow=response["Allow"])
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, MaestroError) or request.path.startswith("/api"):
            return None
        return _refusal(request, error)


def _refusal(request: HttpRequest, error: MaestroError, **more: str) -> HttpResponse:
    headers = {**error.headers, **more}
    if not wants_page(request):
        return JsonResponse(error.as_json(), status=error.status, headers=headers)
    response = render(request, "errors/page.html", {"error": error}, status=error.status)
    for name, value in headers.items():
        response[name] = value
    return response
