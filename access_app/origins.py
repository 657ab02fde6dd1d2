"""Whether a request may come from there: a web page of another site is not a person."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from django.conf import settings

from core.errors import Forbidden, ForbiddenHost, ForbiddenOrigin, MaestroError


def refusal(host: str | None, origin: str | None, address: str | None) -> MaestroError | None:
    """Why a request with these headers, from this address, is refused, or None.

    The same for HTTP and sockets. `address` is None or empty for a Unix socket.
    """
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
    if settings.MAESTRO_AUTH != "required" and address and not is_local(address):
        return Forbidden(
            "Without logins this server is for its own machine only. Set MAESTRO_AUTH=required "
            "to let others in."
        )
    return None


@lru_cache(maxsize=1024)
def is_local(address: str) -> bool:
    """Whether this is an address, or the name, of this very machine's loopback."""
    if address.lower() == "localhost":
        return True
    try:
        found = ip_address(address.strip("[]"))
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return found.is_loopback


def is_allowed_host(host: str) -> bool:
    name = _name(host)
    allowed = {_name(known) for known in _own_names()}
    return bool(name) and name in allowed


def _own_names() -> list[str]:
    public = urlsplit(settings.MAESTRO_PUBLIC_URL).netloc
    named = [settings.MAESTRO_HOST, public, *settings.MAESTRO_ALLOWED_HOSTS]
    return [*settings.LOOPBACK_HOSTS, *filter(None, named)]


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
