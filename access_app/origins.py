"""Whether a request may come from there: a web page of another site is not a person."""

from urllib.parse import urlsplit

from django.conf import settings

from core.errors import ForbiddenHost, ForbiddenOrigin, MaestroError


def refusal(host: str | None, origin: str | None) -> MaestroError | None:
    """Why a request with these headers is refused, or None. The same for HTTP and sockets."""
    if not is_allowed_host(host or ""):
        return ForbiddenHost(
            f"{host or 'A request without Host'} is not a name of this server. Add it to "
            "MAESTRO_ALLOWED_HOSTS if it should be."
        )
    if origin and not is_allowed_origin(origin, host or ""):
        return ForbiddenOrigin(
            f"Pages of {origin} may not use this server. Add it to MAESTRO_ALLOWED_ORIGINS if "
            "they should."
        )
    return None


def is_allowed_host(host: str) -> bool:
    name = _name(host)
    allowed = {_name(known) for known in _own_names()}
    return bool(name) and name in allowed


def _own_names() -> list[str]:
    return [*settings.LOOPBACK_HOSTS, settings.MAESTRO_HOST, *settings.MAESTRO_ALLOWED_HOSTS]


def _name(host: str) -> str:
    """The name without port and brackets, lower-case; empty for what is no host."""
    try:
        return (
            urlsplit(
                f"//{host.strip('[]')}" if host.count(":") > 1 and "[" not in host else f"//{host}"
            ).hostname
            or host.strip("[]")
        ).lower()
    except ValueError:
        return ""


def is_allowed_origin(origin: str, host: str) -> bool:
    """The server's own pages, whatever name of it they use, and what the settings allow."""
    if origin in settings.MAESTRO_ALLOWED_ORIGINS:
        return True
    parts = urlsplit(origin)
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()
