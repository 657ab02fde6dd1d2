"""Starts waiting sessions, notices processes that ended, and ends those that should not run."""

import logging
import threading
import time
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from access_app.actors import LAUNCHER
from agents_app import hosts, services
from agents_app.environment import command_folder, has_secrets, process_environment
from agents_app.host_spec import Exit, HostSpec, LaunchFailed
from agents_app.line import set_state, the_line
from agents_app.manifests import write_manifests
from agents_app.models import Launch, LaunchState
from core.clock import now_ms
from core.sqlite import writers_turn
from projects_app.models import Project
from sessions_app.models import Session
from sessions_app.rules import FINAL, LIVE, Status
from sessions_app.services import note_on_session
from storage_app import wakes
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
        self._missing_since: dict[str, float] = {}
        self._asked_to_stop: dict[str, float] = {}

    def wake(self) -> None:
        self._wake.set()

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()

    def run(self) -> None:
        try:
            self._find_hosts()
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
            self._start(Launch.objects.get(pk=session_id))
        return bool(running or line.waiting)

    def _look_after_running(self) -> list[Launch]:
        running = list(Launch.objects.filter(state=LaunchState.RUNNING).select_related("session"))
        for launch in running:
            self._check(launch)
        return running

    def _find_hosts(self) -> None:
        """At the server's start: what was being started, and live sessions taken in from files."""
        for launch in Launch.objects.filter(state=LaunchState.STARTING):
            found = hosts.find(session_folder(launch.session_id))
            set_state(launch, LaunchState.RUNNING if found else LaunchState.WAITING)
        for session in Session.objects.filter(status__in=LIVE, launch=None):
            folder = session_folder(session.pk)
            if hosts.find(folder) or hosts.read_exit(folder):
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
            hosts.start(_spec(session))
        except (LaunchFailed, OSError) as error:
            set_state(launch, LaunchState.ENDED)
            message = error.message if isinstance(error, LaunchFailed) else str(error)
            services.launch_failed(session.pk, message)
            return
        set_state(launch, LaunchState.RUNNING)
        note_on_session(session.pk, "terminal spawned", by=LAUNCHER)
        logger.info("started %s for %s", session.agent, session.pk)

    def _check(self, launch: Launch) -> None:
        folder = session_folder(launch.session_id)
        ended = hosts.read_exit(folder)
        if ended is None and hosts.find(folder) is None:
            ended = self._gone(launch)
        if ended is None:
            self._missing_since.pop(launch.session_id, None)
            self._stop_if_final(launch, folder)
            return
        if Session.objects.filter(pk=launch.session_id).exists():
            services.agent_exited(launch.session_id, ended)
        set_state(launch, LaunchState.ENDED)
        self._missing_since.pop(launch.session_id, None)
        self._asked_to_stop.pop(launch.session_id, None)

    def _gone(self, launch: Launch) -> Exit | None:
        """No host and no exit code for a while: killed, or the machine was restarted."""
        since = self._missing_since.setdefault(launch.session_id, time.monotonic())
        if time.monotonic() - since < GONE_AFTER_S:
            return None
        return Exit(exit_code=None, signal=None, ended_at=now_ms(), last_lines=())

    def _stop_if_final(self, launch: Launch, folder: Path) -> None:
        """A stopped session's process at once, another's a minute after the end."""
        session = launch.session
        if session.state in LIVE:
            return
        over_s = (now_ms() - (session.completed_at or 0)) / 1000
        kept = 0.0 if session.state is Status.STOPPED else PROCESS_KEPT_S
        asked = self._asked_to_stop.get(session.pk)
        if over_s >= kept and (asked is None or time.monotonic() - asked > 30):
            self._asked_to_stop[session.pk] = time.monotonic()
            hosts.request_stop(folder)

    def _time_out(self) -> None:
        oldest = now_ms() - settings.MAESTRO_REGISTER_WITHIN_S * 1000
        silent = Launch.objects.filter(
            state=LaunchState.EXTERNAL, created_at__lt=oldest, session__status=Status.SPAWNING
        )
        for launch in silent:
            services.registration_timed_out(launch.session_id)


def _check_secrets(session: Session) -> None:
    """They lived in the memory of a server that is gone; starting without them would mislead."""
    names = session.metadata.get("secretNames") or []
    if names and not has_secrets(session.pk):
        raise LaunchFailed(
            f"secrets_needed: {', '.join(names)} were given before the server was restarted and "
            "are not kept. Resume the session and give them again."
        )


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
