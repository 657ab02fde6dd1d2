"""Starts waiting sessions, notices processes that ended, and ends those that should not run."""

import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from access_app.actors import LAUNCHER
from agents_app import hosts, outcomes
from agents_app.environment import command_folder, has_secrets, process_environment
from agents_app.host_spec import HOST_FILE, HostSpec, LaunchFailed
from agents_app.line import set_state, the_line
from agents_app.manifests import write_manifests
from agents_app.models import Launch, LaunchState
from agents_app.orphans import Orphans
from agents_app.rules import Evidence
from agents_app.selectors import agent_names, agents_problem, missing_program
from core.clock import now_ms
from core.sqlite import writers_turn
from projects_app.models import Project
from sessions_app.models import Session
from sessions_app.rules import FINAL, LIVE, Status
from sessions_app.services import note_on_session
from storage_app import wakes
from storage_app.quarantine import keeps_file_of
from storage_app.tree import data_dir, session_folder
from storage_app.writer import write_now

logger = logging.getLogger("maestro.launcher")

AT_LEAST_S = 0.1  # every commit wakes it; most have nothing to do with processes
LOOK_EVERY_S = 0.5
IDLE_LOOK_EVERY_S = 2.0
GONE_AFTER_S = 2.0
PROCESS_KEPT_S = 60.0


class Launcher:
    """One thread. A row of Launch is claimed before its host is started, and a host is looked for
    before one is started: nothing is started twice, nothing is forgotten after a crash."""

    def __init__(self) -> None:
        self._wake = threading.Event()
        self._stopping = False
        self._here_since_ms = now_ms()
        self._missing_since: dict[str, float] = {}
        self._asked_to_stop: dict[str, float] = {}
        self._orphans = Orphans()

    def wake(self) -> None:
        self._wake.set()

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()

    def run(self) -> None:
        try:
            self._find_hosts()
            _end_forgotten()
            while not self._stopping:
                self._wake.clear()
                busy = self._look()
                time.sleep(AT_LEAST_S)
                self._wake.wait(LOOK_EVERY_S if busy else IDLE_LOOK_EVERY_S)
            self._look_after_running()  # what was stopped a moment ago does not run on
        finally:
            connection.close()

    def _look(self) -> bool:
        """One round; whether there is anything to look after."""
        running = self._look_after_running()
        self._time_out()
        line = the_line()
        free = 0 if line.paused else max(line.max_agents - line.running, 0)
        for session_id in line.waiting[:free]:
            launch = Launch.objects.get(pk=session_id)
            with _others_go_on(launch):
                self._start(launch)
        return bool(running or line.waiting)

    def _look_after_running(self) -> list[Launch]:
        running = list(Launch.objects.filter(state=LaunchState.RUNNING).select_related("session"))
        for launch in running:
            with _others_go_on(launch):
                self._check(launch)
        return running

    def _find_hosts(self) -> None:
        """At the server's start: what was being started, and live sessions taken in from files.

        Of a session of another machine the files here say nothing about its process.
        """
        for launch in Launch.objects.filter(state=LaunchState.STARTING):
            began = hosts.was_started(session_folder(launch.session_id))
            set_state(launch, LaunchState.RUNNING if began else LaunchState.WAITING)
        here = Session.objects.filter(hostname=socket.gethostname())
        for session in here.filter(status__in=LIVE, launch=None):
            if hosts.was_started(session_folder(session.pk)):
                with writers_turn(), transaction.atomic():
                    Launch.objects.create(
                        session=session,
                        state=LaunchState.RUNNING,
                        created_at=session.created_at,
                        started_at=session.created_at,
                    )

    def _start(self, launch: Launch) -> None:
        session = Session.objects.filter(pk=launch.session_id).first()
        if session is None or session.state in FINAL:
            set_state(launch, LaunchState.ENDED)
            return
        set_state(launch, LaunchState.STARTING, started_at=now_ms())
        try:
            _check_secrets(session)
            write_now(("session", session.pk), ("queue", f"que_{session.pk}"))
            write_manifests(session)
            spec = _spec(session)
            _check_installed(session.agent, spec)
            hosts.start(spec)
        except (LaunchFailed, OSError, ValueError) as error:
            set_state(launch, LaunchState.ENDED)
            message = error.message if isinstance(error, LaunchFailed) else str(error)
            outcomes.launch_failed(session.pk, message)
            return
        set_state(launch, LaunchState.RUNNING)
        note_on_session(session.pk, "terminal spawned", by=LAUNCHER)
        logger.info("started %s for %s", session.agent, session.pk)

    def _check(self, launch: Launch) -> None:
        folder = session_folder(launch.session_id)
        if hosts.find(folder) is not None:
            self._missing_since.pop(launch.session_id, None)
            self._stop_if_final(launch, folder)
            return
        ended = hosts.read_exit(folder)
        if ended is not None:
            outcomes.agent_exited(launch.session_id, ended)
        elif self._is_lost(launch.session_id, folder):
            outcomes.agent_lost(launch.session_id, hosts.loss(folder))
        else:
            return
        set_state(launch, LaunchState.ENDED)
        self._missing_since.pop(launch.session_id, None)
        self._asked_to_stop.pop(launch.session_id, None)

    def _is_lost(self, session_id: str, folder: Path) -> bool:
        """No host and no exit code: of another boot at once, else when nothing is left of it."""
        if hosts.loss(folder) is Evidence.REBOOT:
            return True
        since = self._missing_since.setdefault(session_id, time.monotonic())
        return time.monotonic() - since >= GONE_AFTER_S and self._orphans.end(folder)

    def _stop_if_final(self, launch: Launch, folder: Path) -> None:
        """A stopped session's process at once, another's a minute after the end or after the
        last that a person typed."""
        session = launch.session
        if session.state in LIVE:
            return
        if session.state is not Status.STOPPED and _is_kept_open(session, folder):
            return
        asked = self._asked_to_stop.get(session.pk)
        if asked is None or time.monotonic() - asked > 30:
            self._asked_to_stop[session.pk] = time.monotonic()
            hosts.request_stop(folder)

    def _time_out(self) -> None:
        """While no server ran, nobody could register."""
        oldest = now_ms() - settings.MAESTRO_REGISTER_WITHIN_S * 1000
        if self._here_since_ms > oldest:
            return
        silent = Launch.objects.filter(
            state=LaunchState.EXTERNAL, created_at__lt=oldest, session__status=Status.SPAWNING
        )
        for launch in silent:
            outcomes.registration_timed_out(launch.session_id)


@contextmanager
def _others_go_on(launch: Launch) -> Iterator[None]:
    """What goes wrong with one session is no reason to leave the others alone."""
    try:
        yield
    except Exception:
        logger.exception("%s could not be looked after", launch.session_id)


def _end_forgotten() -> None:
    """Agents of sessions whose files were removed while no server ran. One whose file could not be
    read goes on: that may come back."""
    known = set(Session.objects.values_list("pk", flat=True))
    for folder in [path.parent for path in data_dir().glob(f"sessions/*/{HOST_FILE}")]:
        if folder.name not in known and not keeps_file_of(folder.with_suffix(".json")):
            hosts.request_stop(folder)


def _is_kept_open(session: Session, folder: Path) -> bool:
    oldest = now_ms() - PROCESS_KEPT_S * 1000
    if (session.completed_at or 0) > oldest:
        return True
    typed_at = (hosts.status(folder) or {}).get("typedAt", 0)
    return bool(typed_at > oldest)


def _check_secrets(session: Session) -> None:
    """They lived in the memory of a server that is gone; starting without them would mislead."""
    names = session.metadata.get("secretNames") or []
    if names and not has_secrets(session.pk):
        raise LaunchFailed(
            f"secrets_needed: {', '.join(names)} were given before the server was restarted and "
            "are not kept. Resume the session and give them again."
        )


def _check_installed(agent: str, spec: HostSpec) -> None:
    """Before a terminal opens for it: there the reason would be hard to find."""
    if agent not in agent_names():
        problem = agents_problem() or f"{agent} is no agent here any more."
        raise LaunchFailed(problem)
    if program := missing_program(agent, spec.env.get("PATH", os.defpath)):
        raise LaunchFailed(f"{program} was not found on PATH; set MAESTRO_AGENT or install it")


def _spec(session: Session) -> HostSpec:
    project = Project.objects.filter(pk=session.project_id).first()
    if project is None:
        raise LaunchFailed(f"Its project {session.project_id} is gone.")
    return HostSpec(
        session_id=session.pk,
        folder=session_folder(session.pk),
        argv=(str(command_folder() / "maestro"), "agent", "run"),
        cwd=Path(project.working_dir).expanduser(),
        env=process_environment(session),
        data_dir=data_dir(),
        notify_socket=str(wakes.socket_path()),
    )
