"""A form as a page shows it: what was typed, and what is wrong with it, in the rules' words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.serializers import Serializer

from core.errors import BadInput, MaestroError


@dataclass(frozen=True)
class Form:
    """`errors` stand beside their fields; `problem` is what concerns the whole."""

    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


def checked(serializer: type[Serializer[Any]], sent: Mapping[str, Any]) -> dict[str, Any]:
    """The same check as the API's. Raises BadInput, with every bad field."""
    form = serializer(data=dict(sent))
    try:
        form.is_valid(raise_exception=True)
    except ValidationError as error:
        raise BadInput(error.detail if isinstance(error.detail, dict) else {}) from None
    return dict(form.validated_data)


def refused(values: Mapping[str, Any], error: MaestroError) -> Form:
    """What to show again after a rule refused it."""
    if not isinstance(error, BadInput):
        return Form(values, problem=error.message)
    errors = {name: _first(problems) for name, problems in error.details.items()}
    unknown = [text for name, text in errors.items() if name not in values]
    return Form(values, errors, problem=" ".join(unknown))


def _first(problems: Any) -> str:
    while isinstance(problems, list | tuple | dict) and problems:
        problems = next(iter(problems.values() if isinstance(problems, dict) else problems))
    return str(problems)
