"""Rows and cards of tasks: most of a frame's were in the last one too, so they are kept."""

from collections.abc import Mapping
from functools import lru_cache

from django import template
from django.template import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from tasks_app.asked import Asked
from tasks_app.fragments import TaskRow
from tasks_app.words import PRIORITY_WORDS, STATUS_WORDS

register = template.Library()
TEMPLATES = {"row": "task/_row.html", "card": "task/_card.html"}


@lru_cache(maxsize=4096)
def drawn_task(kind: str, row: TaskRow, asked: Asked, project_id: str) -> SafeString:
    """A row of the tree or a card of the board, as that view of the project shows it."""
    context = {"row": row, "asked": asked, "project_id": project_id}
    return mark_safe(render_to_string(TEMPLATES[kind], context).strip())


@register.simple_tag(takes_context=True)
def task_row(context: Context, row: TaskRow) -> SafeString:
    return drawn_task("row", row, context["asked"], context["project_id"])


@register.simple_tag(takes_context=True)
def task_card(context: Context, row: TaskRow) -> SafeString:
    return drawn_task("card", row, context["asked"], context["project_id"])


@register.filter
def fold(asked: Asked, task_id: str) -> str:
    """The address at which this parent is folded, or open again."""
    return asked.fold(task_id)


@register.filter
def plainly(value: str) -> str:
    """A status or priority in words, anything else as it is."""
    return STATUS_WORDS.get(value) or PRIORITY_WORDS.get(value, value)


@register.filter
def named(names: Mapping[str, str], record_id: str) -> str:
    return names.get(record_id, record_id)
