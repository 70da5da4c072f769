"""What is stored of notes about a person; rows are added and never changed."""

from django.db import models

from .keyed import Keyed


class Note(Keyed):
    """What somebody of the staff wrote down about a person, or an account of theirs (null: all); encrypted."""

    account_id = models.BigIntegerField(null=True)
    text = models.BinaryField()

    class Meta:
        db_table = "care_note"
        indexes = (models.Index(fields=["borrower_id", "id"], name="care_note_borrower"),)
