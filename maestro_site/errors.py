"""The one place that turns errors into the API's answers."""

import logging
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response

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

logger = logging.getLogger("maestro.errors")


class Unexpected(MaestroError):
    """A bug: the answer carries an id, the log the rest."""


def as_maestro_error(error: Exception) -> MaestroError:
    match error:
        case MaestroError():
            return error
        case exceptions.ValidationError():
            detail = error.detail
            fields = detail if isinstance(detail, dict) else {"body": detail}
            return BadInput(dict(fields.items()))
        case exceptions.ParseError():
            return InvalidJson("The body is not JSON.")
        case exceptions.MethodNotAllowed():
            return MethodNotAllowed(str(error.detail))
        case exceptions.UnsupportedMediaType():
            return UnsupportedMediaType("A change is sent as Content-Type: application/json.")
        case exceptions.NotAcceptable():
            return BadInput({"Accept": ["Answers are application/json."]})
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


def _unexpected(error: Exception) -> MaestroError:
    error_id = new_id("err")
    logger.error("%s: unexpected error", error_id, exc_info=error)
    return Unexpected(
        f"Something went wrong in Maestro; the server's log has it as {error_id}.",
        {"id": error_id},
    )


def answer_error(error: Exception, context: Any) -> Response:
    """DRF's exception handler."""
    found = as_maestro_error(error)
    headers = {"WWW-Authenticate": "Bearer"} if found.status == 401 else None
    return Response(found.as_json(), status=found.status, headers=headers)


def json_error(error: MaestroError) -> JsonResponse:
    return JsonResponse(error.as_json(), status=error.status)


@csrf_exempt  # it changes nothing, and a program is to get JSON
def not_found(request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
    """Any /api path that is no route; one that climbs is told what an id may be."""
    if ".." in request.path:
        return json_error(BadInput({"id": ["An id has letters, digits, _ and - only."]}))
    return json_error(NotFound(f"There is no route {request.path}."))
