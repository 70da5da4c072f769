"""What is stored of charges that stop for a person's sake; rows are added and never changed."""

from django.db import models
from django.db.models.functions import Now


class Freeze(models.Model):
    """An act that stops what an account would charge, and for what it was done: a breathing space, an identity theft.

    last_on: the last day on which it stops. Whether the act still stands, the account knows.
    """

    id = models.BigAutoField(primary_key=True)
    of = models.TextField()
    of_id = models.BigIntegerField()
    account_id = models.BigIntegerField()
    act_id = models.BigIntegerField(unique=True)
    first_on = models.DateField()
    last_on = models.DateField()
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "care_freeze"
        indexes = (models.Index(fields=["of", "of_id", "account_id"], name="care_freeze_of"),)
