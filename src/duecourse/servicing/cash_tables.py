"""What servicing stores of money between the bank and accounts: suspense, and what became of disbursements."""

from django.db import models
from django.db.models.functions import Now

from duecourse.ledger.tables import money


class Suspense(models.Model):
    """Money that came and that nobody could attribute: who is said to have paid, by which channel and reference.

    entry_id: the entry of no account that holds it. What is left of it is its amount less its moves.
    """

    id = models.BigAutoField(primary_key=True)
    entry_id = models.BigIntegerField(unique=True)
    currency = models.CharField(max_length=3)
    amount_minor = money()
    received_on = models.DateField()
    booked_day = models.DateField()
    channel = models.SmallIntegerField(default=0, db_default=0)
    reference = models.TextField()
    payer = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_suspense"
        indexes = (models.Index(fields=["reference"], name="servicing_suspense_reference"),)


class SuspenseMove(models.Model):
    """Money that left suspense: attributed to an account, returned to the payer, or an attribution taken back.

    amount_minor: below zero where it came back. entry_id: the entry of no account; payment_id: the payment's entry.
    undoes: the attribution that is taken back.
    """

    id = models.BigAutoField(primary_key=True)
    item = models.ForeignKey(Suspense, on_delete=models.PROTECT, related_name="moves")
    kind = models.TextField(
        choices=[("attributed", "attributed"), ("returned", "returned to the payer"), ("taken_back", "taken back")]
    )
    amount_minor = money()
    effective_day = models.DateField()
    booked_day = models.DateField()
    account_id = models.BigIntegerField(null=True)
    entry_id = models.BigIntegerField(unique=True)
    payment_id = models.BigIntegerField(null=True)
    undoes = models.OneToOneField("self", null=True, on_delete=models.PROTECT)
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_suspense_move"


class Disbursement(models.Model):
    """What became of a draw's money: sent, confirmed or failed, when, by whom and why. The newest counts."""

    id = models.BigAutoField(primary_key=True)
    account_id = models.BigIntegerField()
    draw_id = models.BigIntegerField()
    kind = models.TextField(choices=[("sent", "sent"), ("confirmed", "confirmed"), ("failed", "failed")])
    effective_day = models.DateField()
    act_id = models.BigIntegerField(null=True)
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_disbursement"
        constraints = (models.UniqueConstraint(fields=["draw_id", "kind"], name="servicing_disbursement_once"),)
        indexes = (models.Index(fields=["account_id"], name="servicing_disbursement_of"),)
