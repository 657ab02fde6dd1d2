"""What a door says when it has nothing yet and the caller waits; the waiting itself is the site's.

No thread waits: the request is asked again, on the event loop's word, when the log has news.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from core.errors import MaestroError
from events_app.log import Entry

WAIT_AT_MOST_S = 30


@dataclass(frozen=True)
class Wait:
    """Ask again when there is an entry that `is_news`, for so long; then the answer stands.

    With `outlives_server` it does not stand when the server closes: the caller is told to come
    back, because a later answer is worth more than this one.
    """

    seconds: int
    is_news: Callable[[Entry], bool]
    outlives_server: bool = False


class ServerCloses(MaestroError):
    code, status = "server_closing", 503
    headers = MappingProxyType({"Retry-After": "1"})


def wait_for(response: Any, wait: Wait) -> None:
    """Note on a response that there may be a better one soon."""
    response.maestro_wait = wait


def waits_for(response: Any) -> Wait | None:
    found = getattr(response, "maestro_wait", None)
    return found if isinstance(found, Wait) else None
