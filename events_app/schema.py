"""The route of the event log, described to OpenAPI."""

from drf_spectacular.utils import extend_schema_view
from rest_framework import serializers

from access_app.schema import COUNT, COUNT_OR_NONE, Yes, operation, parameter
from core.errors import BadInput, Forbidden

WAIT = parameter("wait", "Wait so many seconds, up to 30, until there is something.", COUNT_OR_NONE)


class LoggedEvent(serializers.Serializer):
    """As on the socket. Of a session only what changed is in it, not its timeline."""

    type = serializers.CharField()
    event = serializers.CharField(help_text="the same as `type`")
    data = serializers.DictField()  # type: ignore[assignment]
    timestamp = serializers.IntegerField(help_text="Unix milliseconds")
    seq = serializers.IntegerField()


class EventPage(serializers.Serializer):
    """`next` is what to give as `after`. With `resync`, read the records anew and go on there."""

    events = LoggedEvent(many=True)
    next = serializers.IntegerField()
    epoch = serializers.CharField(help_text="the life of the index in which `next` counts")
    resync = Yes(required=False)


events = extend_schema_view(
    get=operation(
        "listEvents",
        "Everything that happened, oldest first. With `wait`, an empty answer comes only when "
        "nothing happened meanwhile.",
        EventPage,
        BadInput,
        Forbidden,
        query=(
            parameter(
                "after", "Events with a greater `seq`; 0 or none: from the oldest.", COUNT_OR_NONE
            ),
            parameter("epoch", "The `epoch` that `after` is from."),
            parameter("limit", "At most so many, up to 1,000; else 200.", COUNT),
            WAIT,
        ),
        tag="events",
    )
)
