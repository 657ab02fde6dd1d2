"""One request to the server and its answer: retries, authorisation, and errors as exceptions."""

from __future__ import annotations

import http.client
import json
import time
from urllib.parse import quote, urlencode, urlsplit

from maestro_cli.errors import NoServer, Refused, UsageError
from maestro_cli.ids import ulid

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs start-up time
    from collections.abc import Mapping
    from typing import Any

ANSWER_TIMEOUT_S = 30.0
LONGEST_PAUSE_S = 2.0


def path_of(*segments: str) -> str:
    """`/api/` and the segments, each of them quoted."""
    return "/api/" + "/".join(quote(segment, safe="") for segment in segments)


class Client:
    """Talks to one server; safe to share between threads, as each request has its connection.

    A connection that is refused or lost is tried again for `patience_s` with the same body.
    """

    def __init__(self, url: str, *, token: str | None = None, patience_s: float = 0.0) -> None:
        self.url = url.rstrip("/")
        self.patience_s = patience_s
        self._token = token
        self._connect, self._host, self._port, self._prefix = _parse(self.url)

    def get(self, path: str, query: Mapping[str, object] | None = None) -> Any:
        wanted = {key: value for key, value in (query or {}).items() if value is not None}
        return self.request("GET", path + ("?" + urlencode(wanted) if wanted else ""))

    def post(self, path: str, body: object = None, *, wait_s: int = 0) -> Any:
        """With `wait_s` the server, where the route can, waits so long for what it answers."""
        waiting = f"?wait={wait_s}" if wait_s else ""
        return self.request("POST", path + waiting, {} if body is None else body, wait_s=wait_s)

    def post_once(self, path: str, body: object) -> Any:
        """For what must not happen twice: not sent again once it may have arrived."""
        return self.request("POST", path, body, repeatable=False)

    def create(self, path: str, body: object) -> Any:
        """POST with an Idempotency-Key: a repeat is given the first answer again."""
        return self.request("POST", path, body, headers={"Idempotency-Key": ulid()})

    def patch(self, path: str, body: object) -> Any:
        return self.request("PATCH", path, body)

    def delete(self, path: str, *, cascade: bool = False) -> Any:
        return self.request("DELETE", path + ("?cascade=true" if cascade else ""))

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = True,
        wait_s: int = 0,
    ) -> Any:
        """The decoded answer. Raises Refused for an error answer, NoServer for none."""
        payload = None if body is None else json.dumps(body).encode()
        all_headers = {**self._headers(), **(headers or {})}
        pause_s = 0.1
        first_failure_s = None
        while True:
            try:
                return _decoded(*self._send(method, path, payload, all_headers, wait_s))
            except (OSError, http.client.HTTPException) as error:
                now_s = time.monotonic()
                first_failure_s = first_failure_s or now_s
                arrived = not isinstance(error, ConnectionRefusedError)
                out_of_time = now_s + pause_s > first_failure_s + self.patience_s
                if out_of_time or (arrived and not repeatable):
                    raise NoServer(self._absence(error)) from error
            time.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    def _send(
        self,
        method: str,
        path: str,
        payload: bytes | None,
        headers: Mapping[str, str],
        wait_s: int,
    ) -> tuple[int, bytes]:
        connection = self._connect(self._host, self._port, timeout=ANSWER_TIMEOUT_S + wait_s)
        try:
            connection.request(method, self._prefix + path, payload, dict(headers))
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        return headers

    def _absence(self, error: Exception) -> str:
        if isinstance(error, ConnectionRefusedError):
            return f"No server listens at {self.url}. Start it, or name another with --server."
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return f"No answer from {self.url}: {reason}."


def _parse(url: str) -> tuple[type[http.client.HTTPConnection], str, int | None, str]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UsageError(f"Not a server address: {url}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"Not a server address (http://host:port): {url}")
    secure = parts.scheme == "https"
    connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    return connect, parts.hostname, port, parts.path


def _decoded(status: int, content: bytes) -> Any:
    try:
        answer = json.loads(content) if content else None
    except ValueError:
        answer = None
        if status < 400:
            raise Refused("invalid_answer", "The answer is not JSON; is this Maestro?") from None
    if status < 400:
        return answer
    error = answer if isinstance(answer, dict) else {}
    code = str(error.get("code") or f"http_{status}")
    raise Refused(code, str(error.get("message") or f"The server answered {status}."))
