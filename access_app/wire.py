"""JSON in and out of the API, by orjson, with Maestro's errors for what is not JSON."""

from collections.abc import Mapping
from typing import Any

from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from core import json
from core.errors import InvalidJson


class JsonParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        body = stream.read()
        try:
            return json.parse(body) if body.strip() else {}
        except (ValueError, RecursionError) as error:
            raise InvalidJson(f"The body is not JSON: {error}.") from None


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
