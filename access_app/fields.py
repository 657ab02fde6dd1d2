"""Serializer fields that every app's bodies use."""

from typing import Any

from rest_framework import serializers

from core.ids import is_valid_id
from core.json import NUMBERS_BELOW

NAME_AT_MOST = 500


class IdField(serializers.CharField):
    """An id of ours or of another tool; anything else is refused before it could become a path."""

    def to_internal_value(self, data: Any) -> str:
        if not is_valid_id(data):
            raise serializers.ValidationError(
                "An id has 1 to 64 letters, digits, _ or -, and begins with no sign."
            )
        return str(data)


class IdList(serializers.ListField):
    child = IdField()


class Words(serializers.CharField):
    """Text that may be empty, and is a JSON string: a number is a mistake, not a text."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("allow_blank", True)
        options.setdefault("trim_whitespace", False)
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("This is a text.")
        return super().to_internal_value(data)


class Name(Words):
    """Text that says something."""

    def __init__(self, **options: Any) -> None:
        options |= {"allow_blank": False, "trim_whitespace": True, "max_length": NAME_AT_MOST}
        super().__init__(**options)


class WordMap(serializers.DictField):
    """Environment variables: names and texts."""

    child = Words()


class Flag(serializers.BooleanField):
    """true or false: "no" and 0 are mistakes here, not words for false."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise serializers.ValidationError("This is true or false.")
        return data


class Moment(serializers.IntegerField):
    """Unix milliseconds, as a number."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=NUMBERS_BELOW - 1, **options)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int | float):
            raise serializers.ValidationError("A time is a whole number of milliseconds.")
        return int(super().to_internal_value(data))
