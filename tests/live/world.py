"""What a command or a request can be about, made on a running server when it is named."""

from pathlib import Path
from typing import Any

from tests.server import RunningServer

EVENT = '{"hook_event_name": "PostToolUse", "tool_name": "Bash", "tool_input": {}}'


class World(dict[str, str]):
    """`world["session"]` is a session, one and the same for as long as the world lasts."""

    def __init__(self, server: RunningServer, folder: Path) -> None:
        self._server = server
        self._folder = folder

    def __missing__(self, name: str) -> str:
        self[name] = getattr(self, f"_{name}")()
        return self[name]

    def _made(self, path: str, **body: Any) -> Any:
        answer = self._server.post(path, body)
        assert answer.status in (200, 201), answer
        return answer.body

    def _event(self) -> str:
        return EVENT

    def _project(self) -> str:
        return str(self._made("/api/projects", name="P", workingDir=str(self._folder))["id"])

    def _empty(self) -> str:
        return self._project()

    def _new_task(self, **more: Any) -> str:
        body = {"projectId": self["project"], "title": "T", "initialPrompt": "echo done", **more}
        return str(self._made("/api/tasks", **body)["id"])

    def _task(self) -> str:
        return self._new_task()

    def _parent(self) -> str:
        parent_id = self._new_task()
        self["child"] = self._new_task(parentId=parent_id)
        return parent_id

    def _child(self) -> str:
        return self._new_task(parentId=self["task"])

    def _new_session(self, *tasks: str, **more: Any) -> str:
        body = {"projectId": self["project"], "taskIds": tasks, "status": "idle", **more}
        return str(self._made("/api/sessions", **body)["id"])

    def _session(self) -> str:
        return self._new_session(self["task"])

    def _ended(self) -> str:
        session_id = self._new_session(self["task"])
        self._server.patch(f"/api/sessions/{session_id}", {"status": "completed"})
        return session_id

    def _stopped(self) -> str:
        session_id = self._new_session(self["task"])
        self._made(f"/api/sessions/{session_id}/stop")
        return session_id

    def _queue(self) -> str:
        return self._new_session(self["task"], self._new_task(), strategy="queue")

    def _claimed(self) -> str:
        self._made(f"/api/sessions/{self['queue']}/queue/next")
        return self["queue"]

    def _spawned(self) -> str:
        body = {"projectId": self["project"], "taskIds": [self["task"]], "spawnSource": "ui"}
        return str(self._made("/api/sessions/spawn", **body)["sessionId"])

    def variables(self, session: str) -> dict[str, str]:
        env = self._server.session(self[session])["env"] if session else {}
        inside = {"MAESTRO_SESSION_ID": self[session]} if session else {}
        return {**env, **inside, "MAESTRO_SERVER_URL": self._server.url}

    def status(self, name: str) -> str:
        return str(self._server.session(self[name])["status"])

    def asks(self, name: str) -> bool:
        return bool(self._server.session(self[name])["needsInput"]["active"])

    def raw(self, name: str) -> list[str]:
        return [event["type"] for event in self._server.session(self[name])["events"]]

    def item_of(self, name: str) -> Any:
        items = self._server.get(f"/api/sessions/{self[name]}/queue/items").body["items"]
        return items[0]["failReason"]

    def said(self, event: Any, type: str) -> bool:
        last = self._server.session(self["session"])["timeline"][-1]
        return bool(last["id"] == event["id"] and last["type"] == type)

    def gone(self, path: str) -> bool:
        return self._server.get(path).status == 404
