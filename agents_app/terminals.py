"""What is known of a session's terminal: whether it has one, whether it runs, how it ended."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from agents_app import hosts, recording
from agents_app.host_spec import Exit
from agents_app.models import Launch, LaunchState
from agents_app.rules import NoTerminal
from sessions_app.models import Session
from sessions_app.rules import LIVE
from sessions_app.selectors import session_by_id
from storage_app.tree import session_folder


class TerminalState(StrEnum):
    WAITING = "waiting"  # its process has yet to start
    RUNNING = "running"
    ENDED = "ended"


@dataclass(frozen=True)
class Terminal:
    """`is_over` says that the session is final, which its process may outlive for a while."""

    session_id: str
    folder: Path
    state: TerminalState
    is_over: bool
    exit: Exit | None

    @property
    def end(self) -> int:
        return recording.size(self.folder)


def terminal_of(session_id: str) -> Terminal:
    """Raises NotFound, and NoTerminal where another client started the agent."""
    session = session_by_id(session_id)
    folder = session_folder(session_id)
    ended = hosts.read_exit(folder)
    state = _state(session, folder, ended)
    return Terminal(session_id, folder, state, session.state not in LIVE, ended)


def _state(session: Session, folder: Path, ended: Exit | None) -> TerminalState:
    if ended is not None:
        return TerminalState.ENDED
    if hosts.find(folder) is not None:
        return TerminalState.RUNNING
    launch = Launch.objects.filter(pk=session.pk).first()
    expected = (LaunchState.WAITING, LaunchState.STARTING, LaunchState.RUNNING)
    if launch is not None and launch.state in expected:
        return TerminalState.WAITING
    if recording.segments(folder):
        return TerminalState.ENDED
    raise NoTerminal(f"{session.name} has no terminal: its agent was not started here.")
