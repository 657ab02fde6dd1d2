"""A session whose tool speaks by hooks, as its plugin sends them."""

from typing import Any

from conftest import Answer, Api
from tests.records import timeline_of


class Claude:
    """Sends hooks as the plugin does."""

    def __init__(self, api: Api, session_id: str, tool: str = "claude") -> None:
        self._api = api
        self.session_id = session_id
        self._path = f"/sessions/{session_id}/hooks/{tool}"

    def __call__(self, name: str, **fields: Any) -> Any:
        """The fields of the event, and how it is delivered: `key`, `late`."""
        how = {word: fields.pop(word) for word in ("key", "late") if word in fields}
        answer = self.send({"hook_event_name": name, **fields}, **how)
        assert answer.status == 200, answer.body
        return answer.body

    def send(self, event: Any, *, key: str = "", late: bool = False) -> Answer:
        headers = {"Idempotency-Key": key} if key else {}
        headers |= {"X-Maestro-Late": "true"} if late else {}
        return self._api.post(self._path, event, headers=headers)

    @property
    def session(self) -> dict[str, Any]:
        return dict(self._api.get(f"/sessions/{self.session_id}").body)

    @property
    def raw_types(self) -> list[str]:
        return [event["type"] for event in self.session["events"]]

    @property
    def said(self) -> list[tuple[str, str]]:
        events = timeline_of(self.session_id)
        return [(event["type"], event.get("message", "")) for event in events[1:]]

    def answer(self, **body: Any) -> Answer:
        return self._api.post(f"/sessions/{self.session_id}/input", body)
