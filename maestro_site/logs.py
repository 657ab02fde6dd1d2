"""How the server logs: a line for each thing, as logfmt or JSON, with the request it belongs to."""

import json
import logging
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from core.secrecy import without_secrets

FORMATS = ("logfmt", "json")
LEVELS = ("info", "debug", "warning", "error")
# What happens all the time: the server's to say. A command prints what it did.
TRAFFIC = ("maestro.requests", "maestro.changes")
request_id: ContextVar[str] = ContextVar("request_id", default="")


def configuration(format: str, level: str) -> dict[str, Any]:
    """For Django's LOGGING; `format` is one of FORMATS, `level` one of LEVELS."""
    formatter = "maestro_site.logs." + ("JsonFormatter" if format == "json" else "LogfmtFormatter")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": formatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "maestro": {"level": level.upper()},
            # A refusal is an answer, not a problem of the server's: Django would log it so.
            "django.request": {"level": "ERROR"},
            **{name: {"level": "WARNING"} for name in TRAFFIC},
        },
    }


def log_traffic() -> None:
    """From now on this process says what it is asked and what changes."""
    for name in TRAFFIC:
        logging.getLogger(name).setLevel(logging.NOTSET)


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """What a line says; `extra={"fields": {…}}` adds to it, empty ones are left out."""
    at = datetime.fromtimestamp(record.created, UTC)
    further: Mapping[str, Any] = getattr(record, "fields", {})
    found = {
        "time": f"{at:%Y-%m-%dT%H:%M:%S}.{record.msecs:03.0f}Z",
        "level": record.levelname.lower(),
        "logger": record.name,
        "msg": without_secrets(record.getMessage()),
        "request": request_id.get(),
        **further,
    }
    return {name: value for name, value in found.items() if value not in (None, "")}


class LogfmtFormatter(logging.Formatter):
    """`time=… level=… logger=… msg="…"`, with a traceback below its line."""

    def format(self, record: logging.LogRecord) -> str:
        line = " ".join(f"{name}={_word(value)}" for name, value in fields_of(record).items())
        return f"{line}\n{_traceback(self, record)}" if record.exc_info else line


class JsonFormatter(logging.Formatter):
    """One object a line; a traceback is its `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        found = fields_of(record)
        if record.exc_info:
            found["exception"] = _traceback(self, record)
        return json.dumps(found, ensure_ascii=False, default=str)


def _traceback(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    assert record.exc_info
    return without_secrets(formatter.formatException(record.exc_info))


def _word(value: Any) -> str:
    word = str(value)
    plain = word.isprintable() and not any(letter in word for letter in ' "=')
    return word if plain else json.dumps(word, ensure_ascii=False)
