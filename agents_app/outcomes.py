"""What the end of an agent, or the lack of one, says of its session; a final one is left alone."""

from django.conf import settings

from access_app.actors import LAUNCHER, REAPER, Actor
from agents_app.host_spec import Exit
from agents_app.rules import LOSSES, Evidence, exit_sentence
from sessions_app.ending import end_session
from sessions_app.rules import EventType, Status, status_after_exit
from sessions_app.selectors import session_by_id
from sessions_app.timeline import Draft, links_of_session
from storage_app.changes import change
from tasks_app.rules import ENDED, SessionStatusOfTask


def agent_exited(session_id: str, found: Exit) -> None:
    """The process ended by itself, or by a signal. Records what the session's end records."""
    with change():
        links = links_of_session(session_id)
        unfinished = sum(link.status not in ENDED for link in links)
        to = status_after_exit(
            found.exit_code,
            current=session_by_id(session_id).state,
            unfinished=unfinished,
            failed=sum(link.status == SessionStatusOfTask.FAILED for link in links),
        )
        sentence = exit_sentence(found.exit_code, found.signal)
        error = None if found.exit_code == 0 else _exit_error(sentence, found)
        if to is Status.STOPPED:
            sentence = f"exited with {unfinished} unfinished" if unfinished else NEVER_REGISTERED
        why = "" if to is Status.COMPLETED else sentence
        end_session(session_id, to, by=LAUNCHER, why=why, error=error)


NEVER_REGISTERED = "exited without having registered"


def _exit_error(sentence: str, found: Exit) -> Draft:
    return _error(
        sentence,
        Evidence.EXIT,
        exitCode=found.exit_code,
        **({"signal": found.signal} if found.signal else {}),
        output="\n".join(found.last_lines),
    )


def agent_lost(session_id: str, evidence: Evidence) -> None:
    """Neither a process nor an exit code is left of it."""
    _fail(session_id, LOSSES[evidence], evidence, by=REAPER)


def launch_failed(session_id: str, message: str) -> None:
    """No process came to be; `message` is something that a person can act on."""
    _fail(session_id, message, Evidence.LAUNCH_FAILED, by=LAUNCHER)


def registration_timed_out(session_id: str) -> None:
    message = (
        f"No agent registered within {settings.MAESTRO_REGISTER_WITHIN_S} s. Start one that "
        "listens for session:spawn, or spawn with an agent named."
    )
    _fail(session_id, message, Evidence.REGISTRATION_TIMEOUT, by=REAPER, why="registration timeout")


def _fail(session_id: str, message: str, evidence: Evidence, *, by: Actor, why: str = "") -> None:
    error = _error(message, evidence)
    end_session(session_id, Status.FAILED, by=by, why=why or message, error=error)


def _error(message: str, evidence: Evidence, **more: object) -> Draft:
    metadata = {"level": "error", "evidence": evidence.value, **more}
    return Draft(EventType.ERROR, message, metadata=metadata)
