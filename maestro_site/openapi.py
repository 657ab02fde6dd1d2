"""The API's description: as a file for programs, and as a page for people, from local assets."""

from typing import Any

from drf_spectacular.renderers import OpenApiJsonRenderer2, OpenApiYamlRenderer2
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView


class SchemaFile(SpectacularAPIView):
    """JSON, or YAML with `?format=yaml`."""

    renderer_classes = [OpenApiJsonRenderer2, OpenApiYamlRenderer2]


class SchemaPage(SpectacularSwaggerSplitView):
    """Swagger UI, without the inline style of its own template."""

    template_name = "api/docs.html"
    url_name = "api-schema"


NOTHING = {
    "description": "Nothing that is read, such as `{}`; its type is what counts.",
    "content": {"application/json": {"schema": {}}},
}


def say_that_bodies_are_sent(result: dict[str, Any], **unused: Any) -> dict[str, Any]:
    """A change is sent as JSON, so a body is sent, even where it says nothing."""
    for operations in result["paths"].values():
        for method, operation in operations.items():
            if method == "post":
                operation.setdefault("requestBody", dict(NOTHING))
            if "requestBody" in operation:
                operation["requestBody"]["required"] = True
    return result
