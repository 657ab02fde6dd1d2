"""The one place that turns errors into the API's answers."""

import logging
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response

from access_app.wire import wants_page
from core.errors import (
    BadInput,
    DatabaseBusy,
    Forbidden,
    InvalidJson,
    MaestroError,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    StorageUnavailable,
    UnsupportedMediaType,
)
from core.ids import new_id
from core.sqlite import refuses_writing
from maestro_site.logs import request_id

logger = logging.getLogger("maestro.errors")


class Unexpected(MaestroError):
    """A bug: the answer carries the request's id, the log the rest."""


def as_maestro_error(error: Exception) -> MaestroError:
    match error:
        case MaestroError():
            return error
        case exceptions.ValidationError():
            detail = error.detail
            return BadInput(_named(detail if isinstance(detail, dict) else {"body": detail}))
        case exceptions.ParseError():
            return InvalidJson("The body is not JSON.")
        case exceptions.MethodNotAllowed():
            return MethodNotAllowed(str(error.detail))
        case exceptions.UnsupportedMediaType():
            return UnsupportedMediaType("A change is sent as Content-Type: application/json.")
        case Http404() | exceptions.NotFound():
            return NotFound("There is nothing here.")
        case PermissionDenied() | exceptions.PermissionDenied():
            return Forbidden("This is not allowed.")
        case RequestDataTooBig():
            return PayloadTooLarge("A body may have 1 MiB at most. Send several requests.")
        case OperationalError() if "locked" in str(error):
            return DatabaseBusy("The database is busy. Try again in a moment.")
        case OperationalError() if refuses_writing(error):
            return StorageUnavailable(
                f"{settings.DATABASES['default']['NAME']} cannot be written: {error}. Nothing was "
                "changed. Make room or make it writable; no restart is needed.",
                {"path": str(settings.DATABASES["default"]["NAME"])},
            )
    return _unexpected(error)


def _named(fields: Mapping[Any, Any]) -> dict[str, Any]:
    """Entries of a list are named by their number, which JSON takes for a name only as text."""
    return {
        str(name): _named(found) if isinstance(found, dict) else found
        for name, found in fields.items()
    }


def _unexpected(error: Exception) -> MaestroError:
    error_id = request_id.get() or new_id("err")
    logger.error("%s: unexpected error", error_id, exc_info=error)
    return Unexpected(
        f"Something went wrong in Maestro; the server's log has it as {error_id}.",
        {"id": error_id},
    )


def answer_error(error: Exception, context: Any) -> Response:
    """DRF's exception handler."""
    found = as_maestro_error(error)
    return Response(found.as_json(), status=found.status, headers=dict(found.headers))


def json_error(error: MaestroError, **headers: str) -> JsonResponse:
    more = {**error.headers, **headers}
    return JsonResponse(error.as_json(), status=error.status, headers=more)


def page_or_json(request: HttpRequest, error: MaestroError) -> HttpResponse:
    """A page for a person, the API's shape for a program, wherever it went wrong."""
    if wants_page(request):
        try:
            return render(request, "errors/page.html", {"error": error}, status=error.status)
        except Exception:
            logger.exception("the page of an error could not be made")
    return json_error(error)


def no_such_page(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    return page_or_json(request, NotFound("There is nothing at this address."))


def broken(request: HttpRequest) -> HttpResponse:
    """Django's handler500, called where the exception is still at hand."""
    error = sys.exc_info()[1]
    found = as_maestro_error(error) if isinstance(error, Exception) else Unexpected("Try again.")
    return page_or_json(request, found)


def without_csrf_token(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW."""
    return page_or_json(request, Forbidden(f"{reason} Reload the page and try again."))


def only_read(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """405 for whatever is not GET or HEAD, before anybody asks for a CSRF token."""

    @csrf_exempt
    @wraps(view)
    def checked(request: HttpRequest) -> HttpResponse:
        if request.method in ("GET", "HEAD"):
            return view(request)
        error = MethodNotAllowed(f"{request.path} can only be read.", {"allowed": ["GET", "HEAD"]})
        return json_error(error, Allow="GET, HEAD")

    return checked


@csrf_exempt  # it changes nothing, and a program is to get JSON
def not_found(request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
    """Any /api path that is no route; one that climbs is told what an id may be."""
    if ".." in request.path:
        return json_error(BadInput({"id": ["An id has letters, digits, _ and - only."]}))
    return json_error(NotFound(f"There is no route {request.path}."))
