"""Logging in and out, and the page where the first admin is made."""

from typing import Any

from django.contrib.auth import login, logout
from django.contrib.auth.forms import AuthenticationForm, BaseUserCreationForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from access_app import first_admin, services
from access_app.authentication import address_of
from access_app.throttle import throttle
from core.errors import Conflict, MaestroError, NotFound, TooManyRequests
from core.sqlite import writers_turn

PAGE_OR_FORM = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@sensitive_post_parameters("password")
@PAGE_OR_FORM
def log_in(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _login_page(request)
    form = AuthenticationForm(request, request.POST)
    name = request.POST.get("username", "")
    key = ("login", name.strip().casefold()[:150], address_of(request))
    try:
        throttle.check(key)
    except TooManyRequests as error:
        return _login_page(request, error, name=name)
    if not form.is_valid():
        throttle.failed(key)
        return _login_page(request, name=name, status=422)
    throttle.forget(key)
    with writers_turn():
        login(request, form.get_user())
    return HttpResponseRedirect(_wanted(request), status=303)


def _login_page(
    request: HttpRequest, error: MaestroError | None = None, *, name: str = "", status: int = 200
) -> HttpResponse:
    context = {"next": _wanted(request), "error": error, "wrong": status == 422, "name": name}
    page = render(request, "access/login.html", context, status=error.status if error else status)
    for header, value in error.headers.items() if error else ():
        page.headers[header] = value
    return page


def _wanted(request: HttpRequest) -> str:
    """Where to go afterwards, if that is a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else reverse("now")


@never_cache
@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    with writers_turn():
        logout(request)
    return HttpResponseRedirect(reverse("login"), status=303)


@never_cache
@sensitive_post_parameters("password1", "password2")
@PAGE_OR_FORM
def welcome(request: HttpRequest, token: str) -> HttpResponse:
    """By the link that the server prints while there is no admin; it works once."""
    if not first_admin.is_offered(token):
        return _gone(request)
    form: Any = BaseUserCreationForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "access/welcome.html", {"form": form}, status=status)
    said = form.cleaned_data
    try:
        user = services.make_first_admin(name=said["username"], password=said["password1"])
    except Conflict as error:
        return render(request, "access/refused.html", {"error": error}, status=error.status)
    first_admin.withdraw()
    with writers_turn():
        login(request, user)
    return HttpResponseRedirect(reverse("now"), status=303)


def _gone(request: HttpRequest) -> HttpResponse:
    error = NotFound(
        "This link was used already, or is older than an hour. Restart the server for a new one, "
        "or run manage.py createsuperuser."
    )
    return render(request, "access/refused.html", {"error": error}, status=error.status)
