"""Tools that take one prompt and print a stream of JSON: each task is one run, in one conversation.

The tool's module says how to start, to resume and to read it; here is the work from task to task.
"""

from __future__ import annotations

import json
import subprocess
import time

from maestro_cli.client import path_of
from maestro_cli.errors import CliError
from maestro_cli.output import printable
from maestro_cli.profiles.brief import Brief, earlier_conversation
from maestro_cli.profiles.progress import ProgressReporter
from maestro_cli.profiles.script import read_until_end
from maestro_cli.profiles.stop import Stop
from maestro_cli.profiles.terminal import NOT_PASSED_ON, find_program
from maestro_cli.profiles.work import QueueWork, SimpleWork
from maestro_cli.timeline import post_events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from maestro_cli.client import Client
    from maestro_cli.context import Context
    from maestro_cli.profiles.work import Work

    class Tool(Protocol):
        """What a tool's module says of it."""

        PROGRAM: str
        # Whether the server reads its stream itself, at the route for its hooks.
        HOOKS: bool

        def start(self, brief: Brief, prompt: str) -> list[str]: ...

        def resume(self, brief: Brief, prompt: str, conversation_id: str) -> list[str]: ...

        def read(self, event: dict[str, Any]) -> Reading: ...


LONGEST_MESSAGE = 500


class Reading:
    """What one line of the stream says: words for people, the conversation, why it failed."""

    __slots__ = ("conversation_id", "failure", "text")

    def __init__(
        self, text: str = "", *, conversation_id: str | None = None, failure: str | None = None
    ) -> None:
        self.text = text
        self.conversation_id = conversation_id
        self.failure = failure


def run(tool: Tool, context: Context, session_id: str, manifest: dict[str, Any]) -> int:
    """Works through the session's tasks; 0 when all were tried, 128 + n if signal n stopped it."""
    brief = Brief.of(context, manifest)
    find_program(tool.PROGRAM, context.environ)
    client = context.client
    stop = Stop(client)
    stop.listen()
    work: Work
    if manifest.get("strategy") == "queue":
        work = QueueWork(client, session_id, say)
    else:
        work = SimpleWork(client, session_id, manifest["tasks"])
    conversation = Conversation(tool, context, brief, session_id, stop)
    while (task_id := work.next(stop)) is not None:
        task = client.get(path_of("tasks", task_id))
        say(f"── {task['title']} ──")
        failure = conversation.do(task, manifest)
        if failure is None:
            work.complete(task_id)
        else:
            say(f"── failed: {failure} ──")
            work.fail(task_id, failure, {})
    if stop.signal:
        return 128 + stop.signal
    work.finish()
    return 0


class Conversation:
    """The runs of one session: the first starts the tool, the others resume what it said."""

    def __init__(
        self, tool: Tool, context: Context, brief: Brief, session_id: str, stop: Stop
    ) -> None:
        self._tool = tool
        self._brief = brief
        self._session_id = session_id
        self._client: Client = context.client
        self._stop = stop
        self._env = {k: v for k, v in context.environ.items() if k not in NOT_PASSED_ON}
        self._id = earlier_conversation(context, session_id, tool.PROGRAM)
        self._failure: str | None = None

    def do(self, task: dict[str, Any], manifest: dict[str, Any]) -> str | None:
        """One task; why it is not done, or None if it is."""
        prompt = prompt_for(task, manifest)
        if self._id:
            argv = self._tool.resume(self._brief, prompt, self._id)
        else:
            argv = self._tool.start(self._brief, prompt)
        self._failure = None
        with ProgressReporter(self._progress(task["id"])) as reporter:
            exit_code = self._run(argv, reporter.add_line)
        if self._stop.signal:
            return f"stopped by {self._stop.signal.name}"
        if exit_code:
            return self._failure or f"{self._tool.PROGRAM} ended with exit code {exit_code}"
        return self._failure

    def _run(self, argv: list[str], report_line: Callable[[str], None]) -> int:
        lines = JsonLines(lambda event: self._take(event, report_line))
        try:
            process = subprocess.Popen(
                argv,
                cwd=self._brief.cwd,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            self._failure = f"{argv[0]} could not be started: {error.strerror}"
            return 127
        with process:
            self._stop.watch(process.pid)
            read_until_end(process, lines.feed, self._stop)
            self._stop.watch(None)
        return process.returncode

    def _take(self, event: dict[str, Any], report_line: Callable[[str], None]) -> None:
        reading = self._tool.read(event)
        self._id = reading.conversation_id or self._id
        self._failure = reading.failure or self._failure
        if reading.text:
            say(reading.text)
        if self._tool.HOOKS:
            self._hand_on(event)
        elif reading.text:
            report_line(reading.text.strip().partition("\n")[0][:LONGEST_MESSAGE])

    def _hand_on(self, event: dict[str, Any]) -> None:
        path = path_of("sessions", self._session_id, "hooks", self._tool.PROGRAM)
        try:
            self._client.create(path, event)
        except CliError as error:
            say(f"(not reported: {error.message})")

    def _progress(self, task_id: str) -> Callable[[str, int], None]:
        def post(line: str, count: int) -> None:
            try:
                post_events(self._client, self._session_id, "progress", line, task_ids=[task_id])
            except CliError as error:
                say(f"(progress not reported: {error.message})")

        return post


class JsonLines:
    """Puts chunks of output together to lines and hands on those that are JSON objects."""

    def __init__(self, take: Callable[[dict[str, Any]], None]) -> None:
        self._take = take
        self._partial = b""

    def feed(self, chunk: bytes) -> None:
        *complete, self._partial = (self._partial + chunk).split(b"\n")
        for line in complete:
            try:
                event = json.loads(line)
            except ValueError:
                if line.strip():
                    say(line.decode("utf-8", "replace"))
                continue
            if isinstance(event, dict):
                self._take(event)


def prompt_for(task: dict[str, Any], manifest: dict[str, Any]) -> str:
    """One task in words; who reads them need not know of Maestro."""
    custom = (manifest.get("context") or {}).get("custom") or {}
    parts = [
        str(custom.get("prompt") or ""),
        f"# {task['title']}",
        str(task.get("description") or ""),
        str(task.get("initialPrompt") or ""),
        "Do this task completely, then say in a few words what you did.",
    ]
    return "\n\n".join(part for part in parts if part)


def say(text: str) -> None:
    for line in text.splitlines():
        print(f"{time.strftime('%H:%M:%S')} {printable(line)}", flush=True)
