"""What is stored of what a person asked about their own data; rows are only added, and hold nothing of it."""

from django.db import models
from django.db.models.functions import Now


class Export(models.Model):
    """That everything kept of a person was given to them: when, how many rows of how many tables, and its SHA-256."""

    id = models.BigAutoField(primary_key=True)
    borrower_id = models.BigIntegerField()
    at = models.DateTimeField()
    tables = models.IntegerField()
    rows = models.IntegerField()
    digest = models.BinaryField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "personal_export"
        indexes = (models.Index(fields=["borrower_id", "id"], name="personal_export_of"),)


class Erasure(models.Model):
    """That a person asked for their data to be erased; `on`: the day on which they did."""

    id = models.BigAutoField(primary_key=True)
    borrower_id = models.BigIntegerField()
    on = models.DateField()
    by = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "personal_erasure"
        indexes = (models.Index(fields=["borrower_id", "id"], name="personal_erasure_of"),)


class ErasureState(models.Model):
    """What became of what was asked; the newest counts: asked, refused, granted, erased.

    until: of one granted, the day after which the rest is erased. rules: those that keep it, and what they refuse for.
    """

    id = models.BigAutoField(primary_key=True)
    erasure_id = models.BigIntegerField()
    state = models.TextField()
    on = models.DateField()
    until = models.DateField(null=True)
    rules = models.JSONField(default=list)
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "personal_erasure_state"
        indexes = (models.Index(fields=["erasure_id", "id"], name="personal_erasure_state_of"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(state__in=("asked", "refused", "granted", "erased")),
                name="personal_erasure_state_known",
            ),
        )
