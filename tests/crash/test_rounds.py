"""Rounds of `kill -9` under load: nothing acknowledged is lost, no file is ever half of one."""

import itertools
import json
import random
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from tests.file_watch import FileWatch
from tests.server import RunningServer

SESSIONS = 4
WRITERS = 16
EVENTS_BEFORE = 500
QUEUES = 2


class Load:
    """Writers, claimers and a spawner; what was acknowledged to them is remembered."""

    def __init__(self, server: RunningServer, work_dir: Path) -> None:
        self.server = server
        body = {"name": "Load", "workingDir": str(work_dir)}
        self.project_id = server.post("/api/projects", body).body["id"]
        self.sessions = [self._session(number) for number in range(SESSIONS)]
        self.events: list[tuple[str, str, str]] = []
        self.claimed: list[tuple[str, str]] = []
        self.completed: list[tuple[str, str]] = []
        self.spawned: list[str] = []
        self.queues: list[str] = []
        self._number = itertools.count()
        self._over = threading.Event()

    def _session(self, number: int) -> str:
        body = {"projectId": self.project_id, "name": f"Session {number}"}
        session_id = str(self.server.post("/api/sessions", body).body["id"])
        events = [{"message": f"before {n}"} for n in range(EVENTS_BEFORE)]
        for start in range(0, EVENTS_BEFORE, 100):
            path = f"/api/sessions/{session_id}/timeline"
            assert self.server.post(path, events[start : start + 100]).status == 201
        return session_id

    def add_queues(self) -> None:
        self.queues = [self._spawn(tasks=40) for _ in range(QUEUES)]

    def _spawn(self, tasks: int) -> str:
        ids = [
            self.server.post("/api/tasks", {"projectId": self.project_id, "title": f"T{n}"}).body
            for n in range(tasks)
        ]
        body = {
            "projectId": self.project_id,
            "taskIds": [task["id"] for task in ids],
            "strategy": "queue",
            "spawnSource": "ui",
        }
        answer = self.server.post("/api/sessions/spawn", body)
        assert answer.status == 201, answer
        return str(answer.body["sessionId"])

    def run_until_killed(self, after_s: float) -> None:
        self._over.clear()
        jobs: list[Callable[[], None]] = [self._append] * WRITERS
        jobs += [self._claim] * (QUEUES * 2)
        jobs += [self._spawn_one]
        threads = [threading.Thread(target=self._repeat, args=(job,)) for job in jobs]
        for thread in threads:
            thread.start()
        threading.Event().wait(after_s)
        self.server.kill()
        self._over.set()
        for thread in threads:
            thread.join()

    def _repeat(self, job: Callable[[], None]) -> None:
        while not self._over.is_set():
            try:
                job()
            except (OSError, ValueError, HTTPException):  # it is gone, perhaps in mid-answer
                self._over.wait(0.05)

    def _append(self) -> None:
        number = next(self._number)
        session_id = self.sessions[number % SESSIONS]
        path = f"/api/sessions/{session_id}/timeline"
        message = f"event {number}"
        answer = self.server.post(path, {"message": message})
        if answer.status == 201:
            self.events.append((session_id, answer.body["id"], message))

    def _claim(self) -> None:
        """Two claimers on each queue."""
        session_id = self.queues[next(self._number) % QUEUES]
        path = f"/api/sessions/{session_id}/queue"
        claim = self.server.post(f"{path}/next", {})
        item = claim.body.get("item") if claim.status == 200 else None
        if item is None:
            self._over.wait(0.2)
            return
        self.claimed.append((session_id, item["taskId"]))
        done = self.server.post(f"{path}/complete", {"claimId": item["claimId"]})
        if done.status == 200:
            self.completed.append((session_id, item["taskId"]))

    def _spawn_one(self) -> None:
        self.spawned.append(self._spawn(tasks=1))
        self._over.wait(0.1)

    def check(self) -> None:
        """Everything that was acknowledged is there, and nothing was started twice."""
        for session_id in self.sessions:
            self._check_events(session_id)
        for session_id in self.spawned:
            assert self.server.get(f"/api/sessions/{session_id}").status == 200
        for session_id in self.queues:
            self._check_queue(session_id)

    def _check_events(self, session_id: str) -> None:
        kept = [(event["id"], event.get("message")) for event in self._timeline(session_id)]
        expected = {
            (event_id, text) for where, event_id, text in self.events if where == session_id
        }
        assert len(kept) == len({event_id for event_id, _ in kept})
        assert expected - set(kept) == set()
        assert len(kept) >= EVENTS_BEFORE + len(expected)

    def _check_queue(self, session_id: str) -> None:
        """Nothing is tried twice here, so a second start would be one for the same attempt."""
        timeline = self._timeline(session_id)
        started = [event["taskId"] for event in timeline if event["type"] == "task_started"]
        assert len(started) == len(set(started)), f"started twice: {timeline}"
        items = self.server.get(f"/api/sessions/{session_id}/queue").body["queue"]["items"]
        statuses = {item["taskId"]: item["status"] for item in items}
        assert set(started) == {task for task, status in statuses.items() if status != "queued"}
        assert {task for where, task in self.claimed if where == session_id} <= set(started)
        done = [task for where, task in self.completed if where == session_id]
        assert {statuses[task] for task in done} <= {"completed"}

    def _timeline(self, session_id: str) -> list[dict[str, Any]]:
        return list(self.server.session(session_id)["timeline"])


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Load]:
    (tmp_path / "work").mkdir()
    server = RunningServer(tmp_path / "data").start()
    yield Load(server, tmp_path / "work")
    server.stop()


def rounds(load: Load, count: int) -> None:
    seed = random.randrange(10**6)
    moments = random.Random(seed)
    reads = 0
    for number in range(count):
        load.add_queues()
        acknowledged = len(load.events)
        with FileWatch(load.server.data_dir) as watch:
            load.run_until_killed(moments.uniform(0.3, 2.0))
            assert watch.broken == [], f"round {number} of seed {seed}"
            load.server.start()
            load.check()
            said = load.server.manage("storage", "check", "--json", within_s=300)
        assert watch.broken == []
        assert watch.reads > 0
        assert len(load.events) > acknowledged
        assert said.returncode == 0, (said.stdout[-3000:], said.stderr)
        assert json.loads(said.stdout)["differences"] == []
        reads += watch.reads
    assert load.completed, "no item of a queue was ever completed"
    aside = load.server.data_dir / "quarantine"
    assert not aside.exists(), [path.name for path in aside.iterdir()]
    print(
        f"{count} kills: {len(load.events):,} events, {len(load.claimed):,} claims, "
        f"{len(load.spawned)} sessions acknowledged, 0 lost; {reads:,} files read, 0 broken"
    )


def test_five_rounds_of_kill_lose_nothing(load: Load) -> None:
    rounds(load, 5)


@pytest.mark.soak
def test_a_hundred_rounds_of_kill_lose_nothing(load: Load) -> None:
    rounds(load, 100)
