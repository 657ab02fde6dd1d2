"""The base of every API view: bodies checked at once, unknown keys listed, errors in one shape."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from access_app.actors import USER, Actor
from access_app.etags import etag_of, names_tag
from access_app.idempotency import answer_once
from access_app.wire import AlwaysJson
from core.errors import BadInput, MethodNotAllowed, PreconditionFailed
from core.sqlite import writers_turn

IGNORED_AT_MOST = 20
DIGITS_AT_MOST = 15
TRUE_WORDS = ("1", "true", "yes")
FALSE_WORDS = ("0", "false", "no", "")


class ApiView(APIView):
    """`body()` gives the checked keys; keys that nothing reads go into X-Maestro-Ignored."""

    ignored: list[str]
    content_negotiation_class = AlwaysJson

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.ignored = []
        self._check_method(request)
        super().initial(request, *args, **kwargs)

    def body(self, serializer: type[Serializer[Any]], *, partial: bool = False) -> dict[str, Any]:
        sent = self.request.data
        if not isinstance(sent, dict):
            raise BadInput({"body": ["This is a JSON object."]})
        checked = serializer(data=sent, partial=partial)
        checked.is_valid(raise_exception=True)
        self.ignored += sorted(set(sent) - set(checked.fields))
        return dict(checked.validated_data)

    def once(self, make: Callable[[], Response]) -> Response:
        """What `make` answers; with an Idempotency-Key that is known, the first answer again."""
        key = self.request.headers.get("Idempotency-Key")
        return make() if key is None else self.once_for(key, self.request.data, make)

    def once_for(self, key: str, request: Any, make: Callable[[], Response]) -> Response:
        def answer() -> tuple[Any, int]:
            response = make()
            return response.data, response.status_code

        scope = f"{self.request.method} {self.request.path} {self.actor.asker}"
        body, status = answer_once(scope, key, request, answer)
        return Response(body, status)

    def single(self, document: Mapping[str, Any]) -> Response:
        """One document with its ETag; 304 for a reader who has it."""
        tag = etag_of(document)
        known = self.request.headers.get("If-None-Match")
        if self.request.method in ("GET", "HEAD") and known and names_tag(known, tag):
            return Response(status=304, headers={"ETag": tag})
        return Response(document, headers={"ETag": tag})

    @contextmanager
    def if_unchanged(self, read: Callable[[], Mapping[str, Any]]) -> Iterator[None]:
        """A change of the document that the client knows, in one transaction with the check.

        Raises PreconditionFailed when the request's If-Match names another.
        """
        wanted = self.request.headers.get("If-Match")
        if wanted is None:
            yield
            return
        with writers_turn(), transaction.atomic():
            tag = etag_of(read())
            if not names_tag(wanted, tag):
                raise PreconditionFailed(
                    "It was changed since you read it. Read it again, then decide.", {"etag": tag}
                )
            yield

    def _check_method(self, request: Request) -> None:
        """Before anybody is asked who they are and what they send."""
        allowed = [method for method in self.allowed_methods if method != "OPTIONS"]
        if request.method not in (*allowed, "OPTIONS"):
            raise MethodNotAllowed(
                f"There is no {request.method} {request.path}, only {', '.join(allowed)}.",
                {"allowed": allowed},
            )

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


def yes_or_no(query: Mapping[str, str], name: str) -> bool | None:
    """A query parameter as yes or no, None where it is not asked. Raises BadInput."""
    word = query.get(name)
    if word is None or word.lower() in TRUE_WORDS:
        return None if word is None else True
    if word.lower() in FALSE_WORDS:
        return False
    raise BadInput({name: ["This is true or false."]})


def one_of(query: Mapping[str, str], name: str, words: Iterable[str]) -> str | None:
    """A query parameter that is one of these, None where it is not asked. Raises BadInput."""
    word = query.get(name)
    known = list(words)
    if word and word not in known:
        raise BadInput({name: [f"{word} is none of {', '.join(known)}."]})
    return word or None


def whole_number(
    request: Request, name: str, default: int, *, at_most: int, at_least: int = 1
) -> int:
    """A query parameter as a number; what is above the most is the most. Raises BadInput."""
    word = request.query_params.get(name)
    if word is None:
        return default
    if not _is_number(word) or int(word) < at_least:
        raise BadInput({name: [f"This is a whole number from {at_least} up."]})
    return min(int(word), at_most)


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= DIGITS_AT_MOST


def paged(request: Request, found: list[Any]) -> tuple[list[Any], dict[str, str]]:
    """`?limit=&cursor=` over a list that is in order; cursor is the number already seen."""
    headers = {"X-Total-Count": str(len(found))}
    cursor = request.query_params.get("cursor", "0")
    if not _is_number(cursor):
        raise BadInput({"cursor": ["Take the cursor from the Link header."]})
    if "limit" not in request.query_params:
        return found, headers
    limit = whole_number(request, "limit", 100, at_most=1000)
    end = int(cursor) + limit
    if end < len(found):
        query = request.query_params.copy()
        query["cursor"] = str(end)
        headers["Link"] = f'<{request.path}?{query.urlencode()}>; rel="next"'
    return found[int(cursor) : end], headers
