"""How routes are described to OpenAPI: what all have in common, and the words for the rest."""

from collections.abc import Iterable
from typing import Any

from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_field,
)
from rest_framework import serializers

from access_app.fields import NAME_AT_MOST
from access_app.idempotency import KEY_AT_MOST, IdempotencyConflict
from access_app.views import DIGITS_AT_MOST
from core import errors
from core.errors import MaestroError
from core.ids import ID_PATTERN

ANY_ROUTE = (
    errors.Unauthenticated,
    errors.Forbidden,
    errors.ForbiddenOrigin,
    errors.ForbiddenHost,
    errors.TooManyRequests,
    errors.DatabaseBusy,
)
CHANGING_ROUTE = (
    errors.BadInput,
    errors.InvalidJson,
    errors.PayloadTooLarge,
    errors.UnsupportedMediaType,
    errors.StorageUnavailable,
)
EVERY_MISTAKE = "internal_error"
NAME_PATTERN = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"
TEXT_PATTERN = r"^[^\u0000]*$"


@extend_schema_field({"type": "boolean", "const": True})
class Yes(serializers.BooleanField):
    """A key that programs may look at, and that says the same in every answer."""


class Error(serializers.Serializer):
    """Any refusal: `code` is stable, `message` says what to do, `details` helps programs."""

    error = Yes()
    code = serializers.CharField()
    message = serializers.CharField()
    details = serializers.DictField()


class Id(OpenApiSerializerFieldExtension):
    target_class = "access_app.fields.IdField"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        return {"type": "string", "pattern": ID_PATTERN}


class Text(OpenApiSerializerFieldExtension):
    target_class = "access_app.fields.Words"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        return {"type": "string", "pattern": TEXT_PATTERN}


class SpeakingText(OpenApiSerializerFieldExtension):
    target_class = "access_app.fields.Name"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        return {"type": "string", "pattern": NAME_PATTERN, "maxLength": NAME_AT_MOST}


class BearerToken(OpenApiAuthenticationExtension):
    target_class = "access_app.authentication.MaestroAuthentication"
    name = "token"

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
        return [{self.name: []}, {}]

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A program's token, or MAESTRO_TOKEN of a spawned session. People and "
            "programs on the same machine need none, unless the server asks for logins.",
        }


def operation(
    name: str,
    description: str,
    answer: Any,
    *refusals: type[MaestroError] | tuple[int, str],
    status: int = 200,
    body: Any = None,
    query: Iterable[OpenApiParameter] = (),
    example: Any = None,
    changes: bool = False,
    tag: str = "",
    once: bool = False,
    single: bool = False,
) -> Any:
    """Describe one method of one route; `refusals` are those that not every route has.

    A refusal is an error class, or a status and a code where one class has several codes.
    `once` takes an Idempotency-Key; `single` is about one document, which has an ETag.
    """
    changes = changes or body is not None
    common = (
        *ANY_ROUTE,
        *(CHANGING_ROUTE if changes else ()),
        *((IdempotencyConflict,) if once else ()),
        *((errors.PreconditionFailed,) if single and changes else ()),
    )
    examples = [OpenApiExample("Example", value=example, request_only=True)] if example else None
    return extend_schema(
        operation_id=name,
        summary=description.partition(". ")[0].removesuffix("."),
        description=description,
        tags=[tag] if tag else None,
        request=body,
        parameters=[
            *query,
            *([_IDEMPOTENCY_KEY] if once else []),
            *([_IF_MATCH if changes else _IF_NONE_MATCH] if single else []),
            *([_header("ETag", "this state of the document", status)] if single else []),
            *_headers(body, status),
        ],
        responses={
            **(answer if isinstance(answer, dict) else {status: answer}),
            **(_NOT_MODIFIED if single and not changes else {}),
            **_refused((*common, *refusals)),
        },
        examples=examples,
    )


def _headers(body: Any, status: int) -> list[OpenApiParameter]:
    if body is None:
        return []
    words = "keys of the body that nothing reads"
    return [_header("X-Maestro-Ignored", words, status)]


def _header(name: str, words: str, status: int) -> OpenApiParameter:
    return OpenApiParameter(
        name, str, OpenApiParameter.HEADER, description=words, response=[status]
    )


def _sent_header(name: str, words: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=words)


_IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": KEY_AT_MOST, "pattern": "^[!-~]*$"},
    OpenApiParameter.HEADER,
    description="A name for this request. Sent again within 24 hours, it changes nothing and gets "
    "the first answer again.",
)
_IF_MATCH = _sent_header("If-Match", "Change it only if its `ETag` is still this one.")
_IF_NONE_MATCH = _sent_header("If-None-Match", "Send it only if its `ETag` is another.")
_NOT_MODIFIED = {304: OpenApiResponse(description="It is as the `ETag` says; no body.")}


def _refused(refusals: Iterable[type[MaestroError] | tuple[int, str]]) -> dict[int, Any]:
    codes: dict[int, list[str]] = {500: [EVERY_MISTAKE]}
    for refusal in refusals:
        status, code = refusal if isinstance(refusal, tuple) else (refusal.status, refusal.code)
        codes.setdefault(status, []).append(code)
    return {
        status: OpenApiResponse(Error, description=_listed(found))
        for status, found in sorted(codes.items())
    }


def _listed(codes: Iterable[str]) -> str:
    return ", ".join(f"`{code}`" for code in dict.fromkeys(codes))


def parameter(name: str, words: str, type_: Any = str, **options: Any) -> OpenApiParameter:
    return OpenApiParameter(name, type_, description=words, **options)


NUMBERS_AT_MOST = 10**DIGITS_AT_MOST - 1
COUNT = {"type": "integer", "minimum": 1, "maximum": NUMBERS_AT_MOST}
COUNT_OR_NONE = {**COUNT, "minimum": 0}
NUMBER_IN_WORDS = {"type": "string", "pattern": f"^[0-9]{{1,{DIGITS_AT_MOST}}}$"}
PAGING = (
    parameter("limit", "At most so many; without it, all.", COUNT),
    parameter(
        "cursor", "Where to go on, from the `Link` header of the answer before.", NUMBER_IN_WORDS
    ),
    _header("X-Total-Count", "how many there are", 200),
    _header("Link", 'the next page, as `<…>; rel="next"`', 200),
)
CASCADE = parameter("cascade", "Delete what belongs to it as well.", bool)


class Deleted(serializers.Serializer):
    """What was deleted."""

    success = Yes()
    id = serializers.CharField()
