"""What is stored of payments through a provider: what a borrower began, and what became of it."""

from django.db import models
from django.db.models.functions import Now

from duecourse.ledger.tables import money


class Checkout(models.Model):
    """A payment that a borrower began with a provider, once for a request's key. Append-only.

    reference: what both know it by.
    """

    id = models.BigAutoField(primary_key=True)
    reference = models.TextField(unique=True)
    account_id = models.BigIntegerField()
    amount_minor = money()
    currency = models.CharField(max_length=3)
    provider = models.TextField()
    by = models.TextField()
    key = models.TextField(unique=True)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "partners_checkout"
        indexes = (models.Index(fields=["account_id", "at"], name="partners_checkout_of"),)


class CheckoutState(models.Model):
    """What became of a checkout, each at most once: begun, unreached, paid, failed, expired. Append-only.

    session: what the provider knows it by; url: its page, while it is begun. amount_minor: what came; entry_id: the
    payment on the ledger; suspense_id: where the account could not take it; why: the code of that, or the provider's.
    """

    id = models.BigAutoField(primary_key=True)
    checkout = models.ForeignKey(Checkout, on_delete=models.PROTECT, db_index=False)
    state = models.TextField()
    session = models.TextField()
    url = models.TextField()
    amount_minor = models.BigIntegerField(null=True)
    entry_id = models.BigIntegerField(null=True)
    suspense_id = models.BigIntegerField(null=True)
    why = models.TextField()
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "partners_checkout_state"
        constraints = (models.UniqueConstraint(fields=["checkout", "state"], name="partners_checkout_state_once"),)
