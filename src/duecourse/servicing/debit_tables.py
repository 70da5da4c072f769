"""What servicing stores of auto-debit 自动扣款: mandates, their sources, notices, orders and what the bank answered."""

from django.db import models
from django.db.models.functions import Now

from duecourse.ledger.tables import money


class Mandate(models.Model):
    """A borrower's authority to debit: for which account, what may be taken, from which day, under which terms.

    takes: a kind of `kernel.debit`; fixed_minor its amount where it is fixed. limit_minor: at most so much for one due
    day (0: no limit). consent: where the borrower's consent is kept. terms: those in force when it was agreed.
    """

    id = models.BigAutoField(primary_key=True)
    account_id = models.BigIntegerField()
    takes = models.SmallIntegerField()
    fixed_minor = money()
    limit_minor = money()
    since_day = models.DateField()
    agreed_on = models.DateField()
    consent = models.TextField()
    place = models.TextField()
    law_class = models.TextField(null=True)
    terms = models.JSONField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_mandate"
        indexes = (models.Index(fields=["account_id"], name="servicing_mandate_account"),)


class MandateState(models.Model):
    """What a mandate became, when, by whom and why: granted, held, released, revoked. The newest counts."""

    id = models.BigAutoField(primary_key=True)
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="states")
    kind = models.TextField(
        choices=[("granted", "granted"), ("held", "held"), ("released", "released"), ("revoked", "revoked")]
    )
    effective_day = models.DateField()
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_mandate_state"


class DebitSource(models.Model):
    """A card or bank account from which a mandate lets money be taken, by its place in the order.

    The reference is not kept: its last four characters, and a keyed hash by which whoever holds it finds it again.
    """

    id = models.BigAutoField(primary_key=True)
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="sources")
    place = models.SmallIntegerField()
    kind = models.TextField(choices=[("bank_card", "bank card"), ("bank_account", "bank account")])
    last4 = models.CharField(max_length=4)
    keyed = models.BinaryField()

    class Meta:
        db_table = "servicing_debit_source"
        constraints = (models.UniqueConstraint(fields=["mandate", "place"], name="servicing_debit_source_once"),)


class DebitNotice(models.Model):
    """A notice of a debit: what will be taken, on which day, from which source; read by whoever sends it."""

    id = models.BigAutoField(primary_key=True)
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="notices")
    source = models.ForeignKey(DebitSource, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    take_on = models.DateField()
    amount_minor = money()
    given_on = models.DateField()
    rule = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_debit_notice"
        constraints = (
            models.UniqueConstraint(
                fields=["mandate", "due_on", "amount_minor", "given_on"], name="servicing_debit_notice_once"
            ),
        )


class DebitOrder(models.Model):
    """An instruction to debit: so much, from this source, on this day, for what falls due on `due_on`.

    `key` names it at the bank and is the request key of the payment that it becomes.
    """

    id = models.BigAutoField(primary_key=True)
    key = models.TextField(unique=True)
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="orders")
    source = models.ForeignKey(DebitSource, on_delete=models.PROTECT, related_name="+")
    account_id = models.BigIntegerField()
    due_on = models.DateField()
    attempt = models.SmallIntegerField()
    day = models.DateField()
    amount_minor = money()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_debit_order"
        constraints = (
            models.UniqueConstraint(fields=["mandate", "due_on", "attempt"], name="servicing_debit_order_once"),
        )
        indexes = (
            models.Index(fields=["account_id"], name="servicing_debit_order_account"),
            models.Index(fields=["day"], name="servicing_debit_order_day"),
        )


class DebitAnswer(models.Model):
    """What the bank answered to an order: paid, failed with its reason, or unknown. Append-only; the newest counts.

    entry_id: the payment's entry. Paid and failed are final.
    """

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(DebitOrder, on_delete=models.PROTECT, related_name="answers")
    result = models.TextField(choices=[("paid", "paid"), ("failed", "failed"), ("unknown", "unknown")])
    amount_minor = money()
    reason_code = models.TextField()
    effective_day = models.DateField()
    entry_id = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_debit_answer"
        constraints = (
            models.UniqueConstraint(
                fields=["order"],
                condition=models.Q(result__in=["paid", "failed"]),
                name="servicing_debit_answer_final",
            ),
        )
