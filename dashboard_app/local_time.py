"""Times as the person's clock shows them: the browser names its time zone in a cookie."""

from zoneinfo import ZoneInfo

from django.utils import timezone

ZONE_COOKIE = "maestro_zone"


def use_zone(name: str) -> None:
    """For this thread, until it is told another; a name that means nothing is UTC."""
    try:
        timezone.activate(ZoneInfo(name or "UTC"))
    except (KeyError, ValueError, OSError):
        timezone.activate(ZoneInfo("UTC"))
