"""The words, shapes and tones that pages have for what a task may be."""

from tasks_app.columns import Column

STATUS_WORDS = {
    "todo": "To do",
    "in_progress": "In progress",
    "completed": "Completed",
    "cancelled": "Cancelled",
    "blocked": "Blocked",
}
TONES = {"in_progress": "is-working", "completed": "is-completed", "blocked": "is-blocked"}
PRIORITY_WORDS = {"low": "Low", "medium": "Medium", "high": "High"}
URGENCY = {"high": 0, "medium": 1, "low": 2}
COLUMN_WORDS = {
    Column.TODO: ("To do", "tk-todo", "quiet"),
    Column.IN_PROGRESS: ("In progress", "tk-in_progress", "is-working"),
    Column.REVIEW: ("Review", "st-completed", "is-completed"),
    Column.BLOCKED: ("Blocked", "tk-blocked", "is-blocked"),
    Column.DONE: ("Done", "tk-completed", "is-completed"),
}
