"""The demo's script: who does what, in which rhythm, in whose words; nothing here is random."""

from __future__ import annotations

from typing import NamedTuple, Union


class Progress(NamedTuple):
    """Seconds after the step before, and how far the task is then."""

    after_s: float
    percent: int
    message: str


class Problem(NamedTuple):
    """An error that the next step recovers from."""

    after_s: float
    message: str


class Question(NamedTuple):
    """Waits for a person; the first option is what the worker does unasked."""

    after_s: float
    question: str
    options: tuple[str, ...]


Step = Union[Progress, Problem, Question]


class TaskPlan(NamedTuple):
    """One task and how it is played; it is done `last_s` after its last step."""

    title: str
    description: str
    steps: tuple[Step, ...]
    last_s: float
    priority: str = "medium"
    builds_on_the_last: bool = False


class WorkerPlan(NamedTuple):
    """A worker's queue, in order."""

    name: str
    tasks: tuple[TaskPlan, ...]


# 20 + 2 + 18 s: the seed's first worker processes its tasks for 40 s.
BACKEND = WorkerPlan(
    "Backend Worker",
    (
        TaskPlan(
            "Keep logins in signed cookies",
            "Replace the session table by signed cookies that expire, and log out everywhere.",
            (
                Progress(5, 25, "Read accounts/views.py: 4 places write to the session table"),
                Progress(5, 50, "Cookies are signed and expire after 12 hours"),
                Progress(6, 80, "Old sessions move over at the next request"),
            ),
            last_s=4,
            priority="high",
        ),
        TaskPlan(
            "Limit failed logins",
            "Five tries in ten minutes for each account and address, then a pause.",
            (
                Progress(4, 20, "Counting tries by account and by address"),
                Progress(5, 55, "The sixth try in ten minutes waits"),
                Progress(5, 85, "Support sees locked accounts and can open them"),
            ),
            last_s=4,
            builds_on_the_last=True,
        ),
    ),
)

# 33 + 2 + 20 s, of which 20 s wait for an answer.
FRONTEND = WorkerPlan(
    "Frontend Worker",
    (
        TaskPlan(
            "Rebuild the login form",
            "One page for signing in and signing up, usable with password managers.",
            (
                Progress(4, 20, "Signing in and signing up share one form"),
                Progress(4, 45, "Password managers fill it: autocomplete is set"),
                Question(
                    1,
                    "How long should “Remember me” keep a customer signed in?",
                    ("30 days", "7 days", "Until the browser closes"),
                ),
                Progress(2, 85, "“Remember me” stands below the password"),
            ),
            last_s=2,
            priority="high",
        ),
        TaskPlan(
            "Show errors beside the fields",
            "No alert boxes: say what is wrong where it is wrong, for screen readers as well.",
            (
                Progress(5, 30, "Messages stand below their fields"),
                Progress(5, 60, "The first wrong field gets the focus"),
                Progress(6, 90, "Screen readers announce the message once"),
            ),
            last_s=4,
            builds_on_the_last=True,
        ),
    ),
)

# 20 + 2 + 22 + 2 + 14 s, with an error that is put right 6 s later.
TEST = WorkerPlan(
    "Test Worker",
    (
        TaskPlan(
            "Write tests for the new login",
            "Signing in, signing out, a wrong password, an expired cookie, a locked account.",
            (
                Progress(5, 25, "5 tests for signing in and out"),
                Progress(5, 50, "4 tests for wrong passwords and locked accounts"),
                Progress(6, 80, "3 tests for cookies that expired or were changed"),
            ),
            last_s=4,
        ),
        TaskPlan(
            "Run the tests in three browsers",
            "Chromium, Firefox and WebKit, on a wide and on a narrow screen.",
            (
                Progress(4, 30, "Chromium: 12 of 12 pass"),
                Problem(4, "Firefox: test_expired_cookie timed out after 30 s"),
                Progress(6, 60, "Firefox: 12 of 12 pass; the test now waits for the redirect"),
                Progress(4, 90, "WebKit: 12 of 12 pass"),
            ),
            last_s=4,
            priority="high",
        ),
        TaskPlan(
            "Check the login under load",
            "200 customers at once must be signed in within half a second.",
            (
                Progress(5, 40, "50 customers at once: 95 % within 90 ms"),
                Progress(5, 80, "200 customers at once: 95 % within 310 ms"),
            ),
            last_s=4,
            priority="low",
            builds_on_the_last=True,
        ),
    ),
)

PLAN = (BACKEND, FRONTEND, TEST)
ANY_TASK = TaskPlan(
    "",
    "",
    (
        Progress(5, 25, "Reading what is there"),
        Progress(5, 50, "The first half is done"),
        Progress(5, 75, "Checking the result"),
    ),
    last_s=5,
)
_SCRIPTS = {task.title: task for worker in PLAN for task in worker.tasks}


def script_of(title: str) -> TaskPlan:
    """How a task is played; one that is not of the plan is played like any."""
    return _SCRIPTS.get(title, ANY_TASK)
