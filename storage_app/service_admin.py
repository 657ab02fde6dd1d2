"""What every app's admin stands on: records change through services, and refusals are messages."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import quote
from django.core.exceptions import ObjectDoesNotExist
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.clock import as_datetime
from core.errors import MaestroError
from core.sqlite import writers_turn

EMPTY = "–"
# The shape and the tone of a word that pages know by another, or not at all; else its own.
SHAPES = {
    "todo": ("tk-todo", "idle"),
    "in_progress": ("tk-in_progress", "working"),
    "cancelled": ("tk-cancelled", "stopped"),
    "processing": ("st-working", "working"),
    "running": ("st-working", "working"),
    "active": ("st-working", "working"),
    "starting": ("st-spawning", "spawning"),
    "needs_input": ("st-waiting", "waiting"),
    "waiting": ("st-queued", "queued"),
    "external": ("st-idle", "idle"),
    "ended": ("st-stopped", "stopped"),
    "expired": ("st-stopped", "stopped"),
    "revoked": ("st-failed", "failed"),
}


def badge(word: str | None) -> SafeString | str:
    """A status as pages show it: shape, word and colour."""
    if not word:
        return EMPTY
    shape, tone = SHAPES.get(word, (f"st-{word}", word))
    return format_html(
        '<span class="status is-{}"><svg class="glyph" aria-hidden="true"><use href="#{}"/></svg>'
        "{}</span>",
        tone,
        shape,
        word.replace("_", " "),
    )


def moment(at_ms: int | None) -> str:
    if at_ms is None:
        return EMPTY
    return f"{as_datetime(at_ms):%Y-%m-%d %H:%M:%S}"


def link_to(model: str, record_id: str | None, words: str = "") -> SafeString | str:
    """A link to a record's page here; `model` is such as `tasks_app_task`. It may be gone."""
    if not record_id:
        return EMPTY
    address = reverse(f"admin:{model}_change", args=(quote(record_id),))
    return format_html('<a href="{}">{}</a>', address, words or record_id)


def as_json(value: Any) -> SafeString | str:
    """What a record holds, to be read."""
    found = json.dumps(value, indent=2, ensure_ascii=False)
    return format_html("<pre>{}</pre>", found) if value else EMPTY


def link_along(record: models.Model, name: str) -> SafeString | str:
    """A link to the record that a foreign key names, by its own name if it is there."""
    field: Any = record._meta.get_field(name)
    label = field.related_model._meta.label_lower.replace(".", "_")
    try:
        words = str(getattr(record, name))
    except ObjectDoesNotExist:
        words = ""
    return link_to(label, getattr(record, field.attname), words)


class WordsField(forms.CharField):
    """A list of words, one a line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, "widget": forms.Textarea({"rows": 3}), **options})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return str(value or "").split()

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(data) != (initial or []))


class ServiceForm(forms.ModelForm):
    """Asks the service itself whether it would do this, in a savepoint that is taken back."""

    service: Callable[..., Any]

    def columns(self) -> dict[str, Any]:
        """What the form says, as services take it; of an existing record, what was changed."""
        names = self.changed_data if self.instance.pk else self.cleaned_data
        return dict(self._column(name, self.cleaned_data[name]) for name in names)

    def _column(self, name: str, value: Any) -> tuple[str, Any]:
        field = self._meta.model._meta.get_field(name)
        if isinstance(field, models.ForeignKey):
            return field.attname, value.pk if value else None
        return name, value

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.errors:
            try:
                with transaction.atomic():
                    self.service(**self.columns())
                    transaction.set_rollback(True)
            except MaestroError as error:
                self.add_error(None, error.message)
        return cleaned


class TurnAdmin(admin.ModelAdmin):
    """Takes the writers' turn before the admin begins its transaction, as every writer does.

    In the other order a thread would hold the database and wait for the turn, while the one whose
    turn it is waits for the database.
    """

    empty_value_display = EMPTY

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._in_turn(request, super().changeform_view, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._in_turn(request, super().delete_view, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.method != "POST":
            return super().changelist_view(request, *args, **kwargs)
        return self._in_turn(request, super().changelist_view, *args, **kwargs)

    def _in_turn(
        self, request: HttpRequest, view: Callable[..., HttpResponse], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        try:
            with writers_turn(), transaction.atomic():
                return view(request, *args, **kwargs)
        except MaestroError as error:
            self.message_user(request, error.message, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())


class ServiceAdmin(TurnAdmin):
    """Records are made, changed and deleted by the three functions that a subclass names.

    `page` is the route of a record's own page.
    """

    form = ServiceForm
    page: str

    def view_on_site(self, record: models.Model) -> str:
        return reverse(self.page, args=(record.pk,))

    def create(self, **columns: Any) -> models.Model:
        raise NotImplementedError

    def update(self, record_id: str, **columns: Any) -> Any:
        raise NotImplementedError

    def delete(self, record_id: str) -> Any:
        raise NotImplementedError

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.service = partial(self.update, obj.pk) if obj else self.create
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        columns = form.columns()
        if not change:
            obj.pk = self.create(**columns).pk
        elif columns:
            self.update(obj.pk, **columns)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.delete(obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """All or none; the youngest first, because children are younger than parents."""
        for record in queryset.order_by("-created_at", "-pk"):
            self.delete(record.pk)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """The service knows what goes along; Django would list every row of a timeline."""
        records = [str(record) for record in objs]
        return records, {str(self.opts.verbose_name_plural): len(records)}, set(), []


class NamedValues(admin.AllValuesFieldListFilter):
    """A filter by each value there is; a link for no value needs a name too."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield {**choice, "display": choice["display"] or "none"}


class ReadOnly:
    """For an admin or an inline that only shows."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, TurnAdmin):
    """Records that only the system makes and changes."""


class ReadOnlyInline(ReadOnly, admin.TabularInline):
    """Rows of another record that only the system makes and changes."""

    extra = 0
    can_delete = False
