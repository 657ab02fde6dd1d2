"""Spawning when the session's files cannot be written."""

from pathlib import Path

import pytest

from agents_app import services
from conftest import Api
from sessions_app.models import Session
from tests.records import make_tasks, timeline_of


def test_a_manifest_that_cannot_be_written_fails_the_session_and_says_why(
    api: Api, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(session: Session) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(services, "write_manifests", full)
    (task,) = make_tasks("One")
    answer = api.post("/sessions/spawn", {"projectId": task.project_id, "taskIds": [task.pk]})
    assert answer.status == 201
    assert answer.body["session"]["status"] == "failed"
    (error,) = [e for e in timeline_of(answer.body["sessionId"]) if e["type"] == "error"]
    assert "No space left on device" in error["message"]
