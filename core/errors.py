"""Every error that Maestro answers with: a stable code, a status, and what a person can do."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any


class MaestroError(Exception):
    """The base: subclasses set `code` and `status`; `message` says what to do.

    `headers` go with the answer.
    """

    code = "internal_error"
    status = 500
    headers: Mapping[str, str] = MappingProxyType({})

    def __init__(self, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = dict(details or {})

    def as_json(self) -> dict[str, Any]:
        return {
            "error": True,
            "code": self.code,
            "message": self.message,
            "details": self.details,
        }


class BadInput(MaestroError):
    """400 with every bad field at once; `details` maps a field to its messages."""

    code, status = "validation_error", 400

    def __init__(self, fields: Mapping[str, Any], message: str | None = None) -> None:
        super().__init__(message or _summary(fields), fields)


def _summary(fields: Mapping[str, Any]) -> str:
    parts = [f"{name}: {_first(problems)}" for name, problems in fields.items()]
    return " ".join(parts) or "The request is not valid."


def _first(problems: Any) -> str:
    while isinstance(problems, list | tuple | dict) and problems:
        problems = next(iter(problems.values() if isinstance(problems, dict) else problems))
    return str(problems)


class InvalidJson(MaestroError):
    code, status = "invalid_json", 400


class Unauthenticated(MaestroError):
    code, status = "unauthenticated", 401
    headers = MappingProxyType({"WWW-Authenticate": "Bearer"})


class Forbidden(MaestroError):
    code, status = "forbidden", 403


class ForbiddenOrigin(MaestroError):
    code, status = "forbidden_origin", 403


class ForbiddenHost(MaestroError):
    code, status = "forbidden_host", 403


class ForbiddenField(MaestroError):
    code, status = "forbidden_field", 403


class NotFound(MaestroError):
    """404 for a record named by the URL; records named in a body have codes of their own."""

    code, status = "not_found", 404


class ProjectNotFound(MaestroError):
    code, status = "project_not_found", 404


class TaskNotFound(MaestroError):
    code, status = "task_not_found", 404


class ParentSessionNotFound(MaestroError):
    code, status = "parent_session_not_found", 404


class MethodNotAllowed(MaestroError):
    code, status = "method_not_allowed", 405


class Conflict(MaestroError):
    """409: the request is understood, the state of things forbids it."""

    code, status = "conflict", 409


class PreconditionFailed(MaestroError):
    code, status = "precondition_failed", 412


class PayloadTooLarge(MaestroError):
    code, status = "payload_too_large", 413


class UnsupportedMediaType(MaestroError):
    code, status = "unsupported_media_type", 415


class TooManyRequests(MaestroError):
    code, status = "too_many_requests", 429

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message, {"retryAfter": retry_after_s})
        self.headers = {"Retry-After": str(retry_after_s)}


class StorageUnavailable(MaestroError):
    code, status = "storage_unavailable", 507


class DatabaseBusy(MaestroError):
    code, status = "database_busy", 503
    headers = MappingProxyType({"Retry-After": "1"})
