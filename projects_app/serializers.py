"""What the project routes take."""

from rest_framework import serializers

from access_app.fields import Name, Words


class ProjectBody(serializers.Serializer):
    name = Name()
    workingDir = Words(source="working_dir")
    description = Words(required=False)
    agent = Words(required=False)
