"""What the queue routes take."""

from rest_framework import serializers

from access_app.fields import IdField, IdList, Words


class EndBody(serializers.Serializer):
    taskId = IdField(source="task_id", required=False)
    claimId = IdField(source="claim_id", required=False)
    reason = Words(required=False, default="")
    metadata = serializers.DictField(required=False)


class ItemBody(serializers.Serializer):
    taskId = IdField(source="task_id")


class OrderBody(serializers.Serializer):
    taskIds = IdList(source="task_ids")
