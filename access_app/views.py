"""The base of every API view: bodies checked at once, unknown keys listed, errors in one shape."""

from collections.abc import Iterable
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from access_app.actors import USER, Actor
from core.errors import BadInput

IGNORED_AT_MOST = 20
DIGITS_AT_MOST = 15


class ApiView(APIView):
    """`body()` gives the checked keys; keys that nothing reads go into X-Maestro-Ignored."""

    ignored: list[str]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.ignored = []
        super().initial(request, *args, **kwargs)

    def body(self, serializer: type[Serializer[Any]], *, partial: bool = False) -> dict[str, Any]:
        sent = self.request.data
        if not isinstance(sent, dict):
            raise BadInput({"body": ["This is a JSON object."]})
        checked = serializer(data=sent, partial=partial)
        checked.is_valid(raise_exception=True)
        self.ignored += sorted(set(sent) - set(checked.fields))
        return dict(checked.validated_data)

    @property
    def actor(self) -> Actor:
        return self.request.auth if isinstance(self.request.auth, Actor) else USER

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        if getattr(self, "ignored", None):
            response["X-Maestro-Ignored"] = ignored_header(self.ignored)
        return response


def ignored_header(names: Iterable[str]) -> str:
    """Names that a client made up, in a header of a bearable size and without line breaks."""
    known = list(dict.fromkeys(name[:100] for name in names))
    more = len(known) - IGNORED_AT_MOST
    shown = [*known[:IGNORED_AT_MOST], *([f"and {more} more"] if more > 0 else [])]
    return ascii(", ".join(shown))[1:-1]


def is_true(word: str | None) -> bool:
    return (word or "").lower() in ("1", "true", "yes")


def whole_number(request: Request, name: str, default: int, *, at_most: int) -> int:
    """A query parameter as a number from 1 up. Raises BadInput."""
    word = request.query_params.get(name)
    if word is None:
        return default
    if not _is_number(word) or int(word) < 1:
        raise BadInput({name: ["This is a whole number from 1 up."]})
    return min(int(word), at_most)


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= DIGITS_AT_MOST


def paged(request: Request, found: list[Any]) -> tuple[list[Any], dict[str, str]]:
    """`?limit=&cursor=` over a list that is in order; cursor is the number already seen."""
    headers = {"X-Total-Count": str(len(found))}
    if "limit" not in request.query_params:
        return found, headers
    limit = whole_number(request, "limit", 100, at_most=1000)
    cursor = request.query_params.get("cursor", "0")
    if not _is_number(cursor):
        raise BadInput({"cursor": ["Take the cursor from the Link header."]})
    end = int(cursor) + limit
    if end < len(found):
        query = request.query_params.copy()
        query["cursor"] = str(end)
        headers["Link"] = f'<{request.path}?{query.urlencode()}>; rel="next"'
    return found[int(cursor) : end], headers
