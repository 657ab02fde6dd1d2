"""JSON in and out of the API, by orjson, with Maestro's errors for what is not JSON."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from rest_framework.negotiation import BaseContentNegotiation, DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from core import json
from core.errors import InvalidJson


class JsonParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        body = stream.read()
        try:
            return json.parse_sent(body) if body.strip() else {}
        except (ValueError, RecursionError) as error:
            raise InvalidJson(f"The body is not JSON: {error}.") from None


def wants_page(request: HttpRequest) -> bool:
    """Whether a browser asks, for a page or for a part of one; a program says otherwise."""
    return "text/html" in request.headers.get("Accept", "") or "HX-Request" in request.headers


class AlwaysJson(BaseContentNegotiation):
    """There is nothing else, whatever `Accept` or `?format=` say; the seed's server does so too."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return DefaultContentNegotiation().select_parser(request, parsers)

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class JsonRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else json.to_wire(data)
