"""Serializer fields that every app's bodies use."""

from typing import Any

from rest_framework import serializers

from core.ids import is_valid_id


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
        super().__init__(allow_blank=False, trim_whitespace=True, max_length=500, **options)


class WordMap(serializers.DictField):
    """Environment variables: names and texts."""

    child = Words()
