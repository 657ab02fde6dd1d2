"""A session of 100,000 events: an append costs what the first one did, in bounded memory."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access_app.actors import AGENT
from bench.storage_size import resident_mib
from events_app.models import LogEntry
from sessions_app.appending import append_events
from sessions_app.models import TimelineEvent
from sessions_app.rules import EventType
from sessions_app.timeline import Draft
from tests.records import make_session
from tests.server import RunningServer, wait_until

MANY = 100_000
MEMORY_AT_MOST_MIB = 600


def cost_of_append(session_id: str) -> tuple[int, int, int]:
    """Queries, rows changed, and bytes logged for one event."""
    before = connection.connection.total_changes
    with CaptureQueriesContext(connection) as captured:
        append_events(session_id, [Draft(EventType.PROGRESS, "one more event")], by=AGENT)
    entry = LogEntry.objects.order_by("-seq").first()
    assert entry is not None
    changed = connection.connection.total_changes - before
    return len(captured), changed, len(json.dumps(entry.payload))


@pytest.mark.usefixtures("records")
def test_an_append_costs_the_same_however_long_the_timeline() -> None:
    session = make_session()
    first = cost_of_append(session.pk)
    body = {"type": "progress", "message": "old"}
    rows = (
        TimelineEvent(session=session, position=n, event_id=f"evt_{n}", type="progress", at=1,
                      body={**body, "id": f"evt_{n}", "timestamp": 1})
        for n in range(10, 20_000)
    )  # fmt: skip
    TimelineEvent.objects.bulk_create(rows, batch_size=2000)
    assert cost_of_append(session.pk) == first


@pytest.mark.soak
def test_a_hundred_thousand_events_are_kept_in_bounded_memory(
    server: RunningServer, work_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = server.post("/api/projects", {"name": "P", "workingDir": str(work_dir)}).body
    session = server.post("/api/sessions", {"projectId": project["id"], "name": "Long"}).body
    path = f"/api/sessions/{session['id']}/timeline"
    took_s = {0: one_append(server, path)}
    for start in range(0, MANY, 1000):
        events = [{"message": f"event {n} of a long session"} for n in range(start, start + 1000)]
        assert server.post(path, events).status == 201
        if start + 1000 in (1000, 10_000, MANY):
            took_s[start + 1000] = one_append(server, path)
    file = server.data_dir / "sessions" / f"{session['id']}.json"
    wait_until(lambda: is_whole(file), 60, server.log)
    newest = server.get(f"{path}?limit=200")
    assert newest.status == 200
    memory = resident_mib(server_pid(server))
    with capsys.disabled():
        said = ", ".join(f"{n:,}: {s * 1000:.1f} ms" for n, s in took_s.items())
        print(f"\nper append after so many events {said}; {memory:.0f} MiB at most")
    assert memory < MEMORY_AT_MOST_MIB
    before = read(file)["timeline"]
    server.kill()
    server.start()
    assert server.session(session["id"])["timeline"] == before


def one_append(server: RunningServer, path: str) -> float:
    """Seconds, the middle one of 21."""
    took: list[float] = []
    for _ in range(21):
        begun = time.monotonic()
        assert server.post(path, {"message": "one"}).status == 201
        took.append(time.monotonic() - begun)
    return sorted(took)[10]


def is_whole(path: Path) -> bool:
    return len(read(path)["timeline"]) > MANY


def read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_bytes()))


def server_pid(server: RunningServer) -> int:
    pid = int((server.data_dir / "server.lock").read_text().split(",")[0].removeprefix("pid "))
    os.kill(pid, 0)
    return pid
