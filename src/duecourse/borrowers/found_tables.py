"""What borrowers are found by beside their numbers and addresses: keyed digests, and names that are encrypted."""

from django.db import models
from django.db.models.functions import Now

from .contact_tables import Told


class Name(Told):
    """What a borrower is called, encrypted; `digest` is keyed, of the whole name as looked for. The newest counts."""

    value = models.BinaryField()
    digest = models.BinaryField()

    class Meta:
        db_table = "borrowers_name"
        indexes = (
            models.Index(fields=["borrower_id", "id"], name="borrowers_name_borrower"),
            models.Index(fields=["digest"], name="borrowers_name_digest"),
        )


class PhoneEnd(models.Model):
    """The keyed digest of the last digits of a telephone number, by which a number that is half heard is found."""

    point_id = models.BigIntegerField(primary_key=True)
    borrower_id = models.BigIntegerField()
    digest = models.BinaryField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "borrowers_phone_end"
        indexes = (models.Index(fields=["digest"], name="borrowers_phone_end_digest"),)


class Source(models.Model):
    """Who calls borrowers by references: under each of them a reference is looked for. Nothing of a person is in it."""

    code = models.TextField(primary_key=True)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "borrowers_source"
