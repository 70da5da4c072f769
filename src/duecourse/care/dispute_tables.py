"""What is stored of disputes but those of a purchase, which are acts of the ledger. Rows are added, never changed."""

from django.db import models
from django.db.models.functions import Now

from .keyed import Keyed


class Dispute(Keyed):
    """What a person says is not so: an amount, what is reported, or that they ever borrowed. text: encrypted.

    account_id null: all accounts. place: where they lived then, whose clocks run.
    """

    account_id = models.BigIntegerField(null=True)
    kind = models.TextField()
    amount_minor = models.BigIntegerField(null=True)
    channel = models.TextField()
    opened_on = models.DateField()
    place = models.TextField()
    text = models.BinaryField()
    block_id = models.BigIntegerField()

    class Meta:
        db_table = "care_dispute"
        indexes = (models.Index(fields=["borrower_id", "id"], name="care_dispute_borrower"),)


class DisputeState(models.Model):
    """How a dispute went on; amount_minor: of an upheld one, how much is not owed."""

    id = models.BigAutoField(primary_key=True)
    dispute_id = models.BigIntegerField()
    state = models.TextField()
    on = models.DateField()
    amount_minor = models.BigIntegerField(null=True)
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "care_dispute_state"
        indexes = (models.Index(fields=["dispute_id", "id"], name="care_dispute_state_of"),)
