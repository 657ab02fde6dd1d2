"""What a line of the log looks like, and which request it belongs to."""

import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from core.secrecy import MASK
from maestro_site import health
from maestro_site.bridge import HttpBridge
from maestro_site.logs import JsonFormatter, LogfmtFormatter, request_id
from maestro_site.observing import Seen, observed
from projects_app.services import create_project, update_project
from storage_app.changes import change


class Catch(logging.Handler):
    def __init__(self, found: list[logging.LogRecord]) -> None:
        super().__init__()
        self._found = found

    def emit(self, record: logging.LogRecord) -> None:
        self._found.append(record)


@pytest.fixture
def changes() -> Iterator[list[logging.LogRecord]]:
    """Lines of what was committed, which a command leaves out."""
    found: list[logging.LogRecord] = []
    logger = logging.getLogger("maestro.changes")
    catch = Catch(found)
    level = logger.level
    logger.addHandler(catch)
    logger.setLevel(logging.INFO)
    yield found
    logger.removeHandler(catch)
    logger.setLevel(level)


def record(words: str, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("maestro.storage", logging.WARNING, "", 0, words, (), None)
    made.created, made.msecs, made.fields = 1_800_000_000.25, 250.0, fields
    return made


def test_a_line_in_logfmt_quotes_what_has_spaces_and_leaves_out_what_is_empty() -> None:
    line = LogfmtFormatter().format(record('"x" is\nbroken', path="/a b", status=200, by=""))
    assert line == (
        "time=2027-01-15T08:00:00.250Z level=warning logger=maestro.storage "
        r'msg="\"x\" is\nbroken" path="/a b" status=200'
    )


def test_a_line_in_json_is_one_object_with_numbers_as_numbers() -> None:
    found = json.loads(JsonFormatter().format(record("broken", status=200)))
    assert (found["level"], found["msg"], found["status"]) == ("warning", "broken", 200)


def test_secrets_are_masked_in_words_and_in_tracebacks() -> None:
    made = record("started with API_KEY=sesame")
    try:
        raise RuntimeError("Authorization: Bearer mst_0123456789")
    except RuntimeError:
        made.exc_info = sys.exc_info()
    for formatter in (LogfmtFormatter(), JsonFormatter()):
        said = formatter.format(made)
        assert MASK in said or MASK.encode("unicode_escape").decode() in said
        assert "RuntimeError" in said
        assert "sesame" not in said
        assert "mst_0123456789" not in said


def test_a_change_is_one_line_that_names_events_and_records(
    records: None, changes: list[logging.LogRecord]
) -> None:
    project = create_project(name="Bridge", working_dir="/srv")
    update_project(project.pk, name="Tunnel")
    assert [vars(line)["fields"] for line in changes] == [
        {"events": "project:created", "records": project.pk},
        {"events": "project:updated", "records": project.pk},
    ]


def test_what_is_rolled_back_is_no_change(records: None, changes: list[logging.LogRecord]) -> None:
    def fail() -> None:
        with change():
            create_project(name="Bridge", working_dir="/srv")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert changes == []


def test_an_unexpected_error_is_answered_with_the_id_of_its_request(
    records: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_quarantine", lambda: 1 // 0)
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/health",
        "headers": [(b"host", b"127.0.0.1")],
        "client": ("127.0.0.1", 1),
        "maestro": Seen("req_here"),
    }
    start, content, _ = HttpBridge()._respond(scope, b"")
    assert start["status"] == 500
    assert json.loads(content)["details"] == {"id": "req_here"}
    assert request_id.get() == ""


@pytest.mark.parametrize(
    ("given", "kept"), [(b"abc-1.2", True), (b"two words", False), (b"x" * 65, False)]
)
async def test_a_proxys_id_is_kept_if_it_is_one(given: bytes, kept: bool) -> None:
    sent: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> None: ...

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"x-request-id", given)]}
    await observed(application)(scope, receive, send)
    ((name, value),) = sent[0]["headers"]
    assert name == b"x-request-id"
    assert (value == given) is kept
