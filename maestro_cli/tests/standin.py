"""A small server that answers as Maestro's API does, remembers what it was asked, and can fail."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from typing import Self


class Request(NamedTuple):
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


Answer = tuple[int, Any]
Route = Callable[[Request], Answer]


def refusal(status: int, code: str, message: str) -> Answer:
    return status, {"error": True, "code": code, "message": message}


class StandIn:
    """Answers each request with its route; `lose_answers` closes that many connections instead."""

    def __init__(self, *, port: int = 0) -> None:
        self.requests: list[Request] = []
        self.routes: dict[tuple[str, str], Route] = {}
        self.lose_answers = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler_class())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def on(self, method: str, path: str, route: Route | Any) -> None:
        """Answers with what the route returns, or with 200 and the given document."""
        self.routes[method, path] = route if callable(route) else lambda _: (200, route)

    def asked(self, method: str, path: str) -> list[Any]:
        """The bodies of the requests to this route, in order."""
        return [r.body for r in self.requests if (r.method, r.path) == (method, path)]

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        route = self.routes.get((request.method, request.path))
        return route(request) if route else refusal(404, "not_found", f"No {request.path}.")

    def _handler_class(self) -> type[BaseHTTPRequestHandler]:
        standin = self

        class Handler(BaseHTTPRequestHandler):
            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline()
                if self.raw_requestline and self.parse_request():
                    self._answer()
                self.close_connection = True

            def _answer(self) -> None:
                parts = urlsplit(self.path)
                content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                request = Request(
                    self.command,
                    parts.path,
                    dict(parse_qsl(parts.query)),
                    {key.lower(): value for key, value in self.headers.items()},
                    json.loads(content) if content else None,
                )
                status, document = standin.answer(request)
                if standin.lose_answers:
                    standin.lose_answers -= 1
                    return
                payload = document if isinstance(document, bytes) else json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


class SessionStandIn(StandIn):
    """One session over tasks, with the queue's rules as far as a profile meets them."""

    def __init__(
        self,
        prompts: Mapping[str, str | None],
        *,
        waiting_on: Any = None,
        pushed_later: str | None = None,
    ) -> None:
        """`pushed_later` is a task of a queue that is kept open, offered to who waits for it."""
        super().__init__()
        self.pushed_later = pushed_later
        queue = {"keepOpen": True} if pushed_later else {}
        self.on("GET", "/api/sessions/ses_x/queue", {"queue": queue})
        self.waiting_on: dict[str, list[str]] = waiting_on or {}
        self.status = "spawning"
        self.items = [
            {"taskId": task_id, "status": "queued", "claimId": f"claim_{task_id}"}
            for task_id in prompts
        ]
        for task_id, prompt in prompts.items():
            task = {"id": task_id, "title": task_id.title(), "initialPrompt": prompt}
            self.on("GET", f"/api/tasks/{task_id}", task)
        base = "/api/sessions/ses_x"
        self.on("PATCH", base, self._patch)
        self.on("POST", base + "/timeline", lambda request: (201, request.body))
        self.on("GET", base + "/queue/items", lambda _: (200, {"items": self.items}))
        self.on("POST", base + "/queue/next", self._next)
        self.on("POST", base + "/queue/complete", lambda r: self._end(r, "completed"))
        self.on("POST", base + "/queue/fail", lambda r: self._end(r, "failed"))

    def events(self, type: str | None = None) -> list[dict[str, Any]]:
        posted = self.asked("POST", "/api/sessions/ses_x/timeline")
        return [event for event in posted if type in (None, event["type"])]

    def _patch(self, request: Request) -> Answer:
        self.status = request.body["status"]
        return 200, {"id": "ses_x", "status": self.status}

    def _next(self, request: Request) -> Answer:
        if self.status in ("completed", "failed", "stopped"):
            return refusal(409, "session_is_final", "finished, you may exit")
        ended = {i["taskId"] for i in self.items if i["status"] == "completed"}
        queued = [i for i in self.items if i["status"] == "queued"]
        needs = {i["taskId"]: set(self.waiting_on.get(i["taskId"], ())) - ended for i in queued}
        for item in queued:
            if not needs[item["taskId"]]:
                item["status"] = "processing"
                return 200, {"item": item, "task": {"id": item["taskId"]}, "hasMore": True}
        if self.pushed_later and request.query.get("wait"):
            item = {"taskId": self.pushed_later, "status": "processing", "claimId": "claim_later"}
            self.items.append(item)
            self.pushed_later = None
            return 200, {"item": item, "task": {"id": item["taskId"]}, "hasMore": True}
        blocked = [{"taskId": t, "waitingOn": sorted(names)} for t, names in needs.items()]
        return 200, {"item": None, "task": None, "hasMore": False, "blocked": blocked}

    def _end(self, request: Request, status: str) -> Answer:
        item = next(i for i in self.items if i["claimId"] == request.body["claimId"])
        item["status"] = status
        if not self.pushed_later and all(
            i["status"] in ("completed", "failed") for i in self.items
        ):
            failed = any(i["status"] == "failed" for i in self.items)
            self.status = "failed" if failed else "completed"
        return 200, {"success": True, "nextItem": None, "hasMore": False}
