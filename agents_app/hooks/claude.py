"""Claude Code's hooks, as of version 2.1.240; what it does not know is kept as it came."""

from collections.abc import Callable, Mapping
from typing import Any

from agents_app.hooks.meanings import (
    Ask,
    AskPermission,
    End,
    EndTurn,
    GoOn,
    Keep,
    Meaning,
    Register,
    Report,
    Settle,
    Transcript,
)
from agents_app.hooks.wording import first_words, kept, shown_input

Event = Mapping[str, Any]

# Its tools that write to the file they name.
WRITING = ("Write", "Edit", "MultiEdit", "NotebookEdit")
# What every event says again.
COMMON = ("session_id", "transcript_path", "cwd", "hook_event_name", "permission_mode", "effort")
ASKING = ("permission_prompt", "idle_prompt", "agent_needs_input", "elicitation_dialog", "")
# Ends after which the same process goes on with another conversation.
GOES_ON_AFTER = ("clear", "resume")


def read(event: Event) -> list[Meaning]:
    """Who speaks, what was used until now, what is kept of it, and then what it means."""
    name = str(event.get("hook_event_name") or "unknown")
    transcript = _text(event, "transcript_path")
    meanings: list[Meaning] = [Register(_text(event, "session_id"), transcript)]
    if transcript and name != "PreToolUse":
        meanings.append(Transcript(transcript))
    meanings += _kept(name, event)
    if name in _MEANINGS:
        meanings += _MEANINGS[name](event)
    return meanings


def _kept(name: str, event: Event) -> list[Meaning]:
    data = {key: value for key, value in event.items() if key not in COMMON}
    if name.startswith("PostToolUse"):
        # What went in was kept before it ran; what came out may be whole files.
        data.pop("tool_response", None)
        data.pop("tool_input", None)
    path = touched_path(event) if name == "PostToolUse" else ""
    found: list[Meaning] = [Keep(name, kept(data))]
    if path:
        found.append(Keep("file_touched", {"path": path, "tool": _text(event, "tool_name")}))
    return found


def touched_path(event: Event) -> str:
    """The file that a tool wrote, absolute where the event says from where."""
    given = event.get("tool_input")
    if event.get("tool_name") not in WRITING or not isinstance(given, Mapping):
        return ""
    path = str(given.get("file_path") or given.get("notebook_path") or "")
    cwd = _text(event, "cwd")
    return path if path.startswith("/") or not path or not cwd else f"{cwd.rstrip('/')}/{path}"


def _user_prompt(event: Event) -> list[Meaning]:
    return [Settle(), GoOn()]


def _ran_tool(event: Event) -> list[Meaning]:
    return [Settle(_text(event, "tool_name"), _input(event))]


def _permission_request(event: Event) -> list[Meaning]:
    given = _input(event)
    return [AskPermission(_text(event, "tool_name") or "A tool", shown_input(given), kept(given))]


def _notification(event: Event) -> list[Meaning]:
    if _text(event, "notification_type") not in ASKING:
        return []
    return [Ask(first_words(event.get("message")) or "It asks for your input.")]


def _subagent_start(event: Event) -> list[Meaning]:
    return [_milestone(event, "started", "")]


def _subagent_stop(event: Event) -> list[Meaning]:
    return [_milestone(event, "finished", first_words(event.get("last_assistant_message")))]


def _milestone(event: Event, word: str, said: str) -> Report:
    kind = _text(event, "agent_type")
    name = f"Subagent {kind}" if kind else "A subagent"
    metadata = {"agentId": _text(event, "agent_id"), "agentType": kind}
    message = f"{name} {word}: {said}" if said else f"{name} {word}"
    return Report("milestone", message, {key: word for key, word in metadata.items() if word})


def _stop(event: Event) -> list[Meaning]:
    said = first_words(event.get("last_assistant_message"))
    return [Settle(), EndTurn(said, can_go_on=True, is_busy=bool(event.get("background_tasks")))]


def _stop_failure(event: Event) -> list[Meaning]:
    what = first_words(event.get("error")) or "unknown"
    details = first_words(event.get("error_details"))
    message = f"The turn ended with an error: {what}" + (f" ({details})" if details else "")
    return [Report("error", message, {"level": "error", "error": what}), Ask(message)]


def _session_end(event: Event) -> list[Meaning]:
    return [] if _text(event, "reason") in GOES_ON_AFTER else [Settle(), End()]


_MEANINGS: dict[str, Callable[[Event], list[Meaning]]] = {
    "UserPromptSubmit": _user_prompt,
    "PostToolUse": _ran_tool,
    "PostToolUseFailure": _ran_tool,
    "PermissionDenied": _ran_tool,
    "PermissionRequest": _permission_request,
    "Notification": _notification,
    "SubagentStart": _subagent_start,
    "SubagentStop": _subagent_stop,
    "Stop": _stop,
    "StopFailure": _stop_failure,
    "SessionEnd": _session_end,
}


def _text(event: Event, name: str) -> str:
    value = event.get(name)
    return value if isinstance(value, str) else ""


def _input(event: Event) -> Mapping[str, Any]:
    given = event.get("tool_input")
    return given if isinstance(given, Mapping) else {}


def permission_answer(decision: str, message: str) -> dict[str, Any]:
    """What the hook says to Claude Code once a person decided."""
    if decision == "approve":
        behavior: dict[str, Any] = {"behavior": "allow"}
    else:
        behavior = {"behavior": "deny", "message": message or "Denied in Maestro."}
    return {
        "hookSpecificOutput": {"hookEventName": "PermissionRequest", "decision": behavior},
    }
