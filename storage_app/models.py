"""What is known of every document's file: where it is, how it looked, and whether it is behind."""

from django.db import models

from core.files import Fingerprint


class StoredDocument(models.Model):
    """The mark that a change leaves on a document, and the fingerprint of its last writing.

    `version` grows with every change, so that a writing knows whether it came too late.
    """

    kind = models.CharField(max_length=20)
    record_id = models.CharField(max_length=70)
    path = models.TextField(help_text="relative to the data directory")
    version = models.BigIntegerField(default=1)
    dirty = models.BooleanField(default=True)
    size_bytes = models.BigIntegerField(default=-1)
    mtime_ns = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("kind", "record_id"), name="one_file_a_document"),
        )
        indexes = (
            models.Index(
                fields=("kind", "record_id"),
                condition=models.Q(dirty=True),
                name="dirty_documents",
            ),
        )

    def __str__(self) -> str:
        return self.path

    @property
    def fingerprint(self) -> Fingerprint:
        return Fingerprint(self.size_bytes, self.mtime_ns, self.sha256)
