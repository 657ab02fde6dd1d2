"""One request to the server and its answer: retries, authorisation, and errors as exceptions."""

from __future__ import annotations

import http.client
import json
import socket
import time
from urllib.parse import quote, urlencode, urlsplit

from maestro_cli.errors import NoServer, Refused, UsageError
from maestro_cli.ids import ulid

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs start-up time
    from collections.abc import Mapping
    from typing import Any

ANSWER_TIMEOUT_S = 30.0
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2.0
# What a proxy says while the server behind it restarts.
AWAY = (502, 503, 504)


def path_of(*segments: str) -> str:
    """`/api/` and the segments, each of them quoted."""
    return "/api/" + "/".join(quote(segment, safe="") for segment in segments)


class Client:
    """Talks to one server; safe to share between threads, as each request has its connection.

    A connection that is refused or lost is tried again for `patience_s` with the same body; one
    that is open may be silent for `timeout_s`.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        patience_s: float = 0.0,
        timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> None:
        self.url = url.rstrip("/")
        self.patience_s = patience_s
        self._timeout_s = timeout_s
        self._token = token
        self._connect, self._host, self._port, self._prefix = _parse(self.url)

    def get(self, path: str, query: Mapping[str, object] | None = None, *, wait_s: int = 0) -> Any:
        """With `wait_s` the server, where the route can, waits so long for what it answers."""
        wanted = {key: value for key, value in (query or {}).items() if value is not None}
        if wait_s:
            wanted["wait"] = wait_s
        address = path + ("?" + urlencode(wanted) if wanted else "")
        return self.request("GET", address, wait_s=wait_s)

    def post(self, path: str, body: object = None, *, wait_s: int = 0) -> Any:
        """With `wait_s` the server, where the route can, waits so long for what it answers."""
        waiting = f"?wait={wait_s}" if wait_s else ""
        return self.request("POST", path + waiting, {} if body is None else body, wait_s=wait_s)

    def post_once(self, path: str, body: object) -> Any:
        """For what must not happen twice: not sent again once it may have arrived."""
        return self.request("POST", path, body, repeatable=False)

    def create(self, path: str, body: object) -> Any:
        """POST with an Idempotency-Key: a repeat makes nothing and gets the first answer again."""
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
        outage = _Outage(self)
        while True:
            tried_s = time.monotonic()
            try:
                status, content = self._send(method, path, payload, all_headers, wait_s)
            except (OSError, http.client.HTTPException) as error:
                arrived = not isinstance(error, ConnectionRefusedError)
                silent = isinstance(error, socket.timeout)
                if (arrived and not repeatable) or not outage.wait(tried_s, silent=silent):
                    raise NoServer(self._absence(error)) from error
            else:
                if status not in AWAY or not repeatable or not outage.wait(tried_s):
                    return _decoded(status, content)

    def _send(
        self,
        method: str,
        path: str,
        payload: bytes | None,
        headers: Mapping[str, str],
        wait_s: int,
    ) -> tuple[int, bytes]:
        connection = self._connect(self._host, self._port, timeout=self._timeout_s + wait_s)
        try:
            if self._connect is http.client.HTTPConnection and self._host.isascii():
                # As text, the name would go through a codec that takes long to import.
                name = (self._host.encode(), connection.port)
                connect = socket.create_connection
                connection.sock = connect(name, connection.timeout)  # type: ignore[arg-type]
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


class _Outage:
    """The pauses between the tries of one request, for as long as its client is patient."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._since_s: float | None = None
        self._pause_s = FIRST_PAUSE_S

    def wait(self, tried_s: float, *, silent: bool = False) -> bool:
        """Sleep until the next try; False when there is no time left for one."""
        now_s, patience_s = time.monotonic(), self._client.patience_s
        # An answer that was waited for, until the connection broke, begins a new outage.
        broke_late = not silent and now_s - tried_s > patience_s
        if self._since_s is None or broke_late:
            self._since_s, self._pause_s = now_s, FIRST_PAUSE_S
        if now_s + self._pause_s > self._since_s + patience_s:
            return False
        time.sleep(self._pause_s)
        self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)
        return True


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
            told = "The answer is not JSON; is this Maestro?"
            raise Refused("invalid_answer", told, status=status) from None
    if status < 400:
        return answer
    error = answer if isinstance(answer, dict) else {}
    code = str(error.get("code") or f"http_{status}")
    message = str(error.get("message") or f"The server answered {status}.")
    raise Refused(code, message, status=status)
