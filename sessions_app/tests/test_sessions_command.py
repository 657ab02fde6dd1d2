"""`manage.py sessions`: listing, stopping and resuming."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from access_app.actors import USER
from queues_app.services import claim_next
from sessions_app.models import Session
from sessions_app.rules import Status
from tests.records import make_project, make_queue, make_session, make_tasks, status_of, timeline_of

pytestmark = pytest.mark.usefixtures("alone")


def sessions(*words: str) -> str:
    said = io.StringIO()
    call_command("sessions", *words, stdout=said)
    return said.getvalue()


def listed(*words: str) -> list[str]:
    return [one["name"] for one in json.loads(sessions("list", "--json", *words))]


def test_sessions_are_listed_newest_first_and_filtered() -> None:
    project = make_project()
    older = make_session(make_tasks("Dig", project=project), name="Older")
    make_session(make_tasks("Pave"), name="Newer", status=Status.SPAWNING)
    sessions("stop", older.pk)
    assert listed() == ["Newer", "Older"]
    assert listed("--active") == ["Newer"]
    assert listed("--status", "stopped") == ["Older"]
    assert listed("--project", project.pk) == ["Older"]
    assert listed("--limit", "1") == ["Newer"]
    assert f"{older.pk}  stopped" in sessions("list")


def test_a_reason_stands_in_the_timeline_of_what_was_stopped() -> None:
    session = make_session(make_tasks("Dig"))
    assert sessions("stop", session.pk, "--reason", "wrong branch") == f"Stopped {session.pk}.\n"
    last = timeline_of(session.pk)[-1]
    assert last["type"] == "session_stopped"
    assert "wrong branch" in last["message"]


def test_cascade_stops_what_was_spawned_first() -> None:
    parent = make_session(make_tasks("Plan"))
    child = make_session(make_tasks("Dig"), parent_id=parent.pk)
    said = json.loads(sessions("stop", parent.pk, "--cascade", "--json"))
    assert said == {"stopped": [child.pk, parent.pk]}


def test_all_stops_everything_that_lives() -> None:
    found = [make_session(make_tasks(title)).pk for title in ("Dig", "Pave")]
    sessions("stop", "--all")
    assert {status_of(one) for one in found} == {Status.STOPPED}
    assert "nothing" in sessions("stop", "--all")


def test_what_to_stop_has_to_be_said() -> None:
    with pytest.raises(CommandError, match="--all"):
        sessions("stop")


def test_resume_spawns_a_successor_for_what_is_left() -> None:
    session, tasks = make_queue("Dig", "Pave")
    claim_next(session.pk, by=USER)
    sessions("stop", session.pk)
    made = json.loads(sessions("resume", session.pk, "--json"))
    assert made["metadata"]["resumedFrom"] == session.pk
    assert made["taskIds"] == [task.pk for task in tasks]
    assert Session.objects.get(pk=made["id"]).status == "spawning"


def test_a_refusal_is_one_line_with_its_code() -> None:
    session = make_session(make_tasks("Dig"))
    with pytest.raises(CommandError, match=r"goes on by itself\. \(session_is_live\)"):
        sessions("resume", session.pk)
    with pytest.raises(CommandError, match=r"no session ses_x\. \(not_found\)"):
        sessions("stop", "ses_x")
