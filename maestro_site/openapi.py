"""The API's description: as a file for programs, and as a page for people, from local assets."""

from drf_spectacular.renderers import OpenApiJsonRenderer2, OpenApiYamlRenderer2
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView


class SchemaFile(SpectacularAPIView):
    """JSON, or YAML with `?format=yaml`."""

    renderer_classes = [OpenApiJsonRenderer2, OpenApiYamlRenderer2]


class SchemaPage(SpectacularSwaggerSplitView):
    """Swagger UI, without the inline style of its own template."""

    template_name = "api/docs.html"
    url_name = "api-schema"
