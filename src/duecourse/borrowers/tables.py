"""What is stored of a borrower."""

from django.db import models
from django.db.models.functions import Now


class Borrower(models.Model):
    """A person, one by keyed identity (an HMAC of what the source calls the person)."""

    id = models.BigAutoField(primary_key=True)
    identity = models.BinaryField(unique=True)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "borrowers_borrower"
