"""Pages that span apps: what is going on now."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboard_app.overview import overview


@require_GET
def now(request: HttpRequest) -> HttpResponse:
    return render(request, "now/page.html", {"now": overview(), "page": "now"})
