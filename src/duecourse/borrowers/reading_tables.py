"""What is stored of who looked at a borrower."""

from django.db import models
from django.db.models.functions import Now


class Reading(models.Model):
    """That one of the lender's people looked at a borrower or an account of theirs; rows are only added.

    by: who; roles: in which they did; what: the route that they looked at; account: its number, empty for the person.
    """

    id = models.BigAutoField(primary_key=True)
    borrower_id = models.BigIntegerField()
    account = models.TextField(default="", db_default="")
    by = models.TextField()
    roles = models.JSONField()
    what = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "borrowers_reading"
        indexes = (models.Index(fields=["borrower_id", "id"], name="borrowers_reading_of"),)
