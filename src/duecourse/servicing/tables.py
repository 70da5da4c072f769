"""What servicing stores of accounts: frozen terms, statements, breaches, acts, arrangements, changes, documents.

Of debits, parties and money of no account: `debit_tables`, `party_tables`, `cash_tables`.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from duecourse.ledger.tables import Product, money


class Terms(models.Model):
    """Terms as they were agreed, kept once for all accounts that share them."""

    id = models.AutoField(primary_key=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    body = models.JSONField()
    digest = models.BinaryField(unique=True)

    class Meta:
        db_table = "servicing_terms"


class Account(models.Model):
    """One contract of one borrower. Its money is the ledger's balance row of the same id."""

    id = models.BigIntegerField(primary_key=True)
    number = models.TextField(unique=True)
    borrower_id = models.BigIntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT, db_index=False)
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, db_index=False)
    limit_minor = money()
    opened_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_account"
        indexes = (models.Index(fields=["borrower_id"], name="servicing_account_borrower"),)


class Statement(models.Model):
    """What a line billed on a cycle day, as it was sent; a correction is a later version beside it.

    entry_mark: the last entry id given out when it was written; what the account has with higher ids came after it.
    """

    id = models.BigAutoField(primary_key=True)
    account_id = models.BigIntegerField()
    cycle_on = models.DateField()
    version = models.SmallIntegerField(default=1, db_default=1)
    due_on = models.DateField(null=True)
    balance = money()
    minimum = money()
    past_due = money()
    principal = money()
    interest = money()
    fee = money()
    penalty = money()
    credit = money()
    limit_minor = money()
    interest_charged = money()
    penalty_charged = money()
    booked_day = models.DateField()
    entry_mark = models.BigIntegerField()
    run_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "servicing_statement"
        constraints = (
            models.UniqueConstraint(fields=["account_id", "cycle_on", "version"], name="servicing_statement_once"),
        )


class Breach(models.Model):
    """A purchase that had already been made and was posted although the line was over its limit or suspended."""

    id = models.BigAutoField(primary_key=True)
    account_id = models.BigIntegerField()
    effective_day = models.DateField()
    rule = models.TextField(choices=[("over_limit", "over the limit"), ("suspended", "suspended")])
    amount_minor = money()

    class Meta:
        db_table = "servicing_breach"
        indexes = (models.Index(fields=["account_id"], name="servicing_breach_account"),)


class Opening(models.Model):
    """The state an account began with, when it was taken on from elsewhere: the kernel's numbers and open dues."""

    account_id = models.BigIntegerField(primary_key=True)
    fields = ArrayField(models.BigIntegerField())
    dues = ArrayField(models.BigIntegerField())

    class Meta:
        db_table = "servicing_opening"


EASING = ("deferral", "re_age", "relief", "dispute", "reschedule", "interest_pause", "late_pause")
"""Kinds of act that risk looks for: few of many, found by an index."""
STOPS_FOR = ("breathing_space", "identity_theft")
"""For what charges are stopped by right of a person: the reason of such an act is one of these words and its number."""


class Act(models.Model):
    """Something done to an account by somebody, with its reason: a change of its terms, limit or dues, or an event.

    `body` holds its numbers by name. entry_id: the entry that it made, if it moved money. entry_mark: the last entry id
    given out when it was recorded, its place among the entries of its day. undoes: the act that this one takes back.
    part_of: the arrangement (its act) to which this one belongs.
    One whose effective day is later than its booked day is applied by the close of that day. Append-only: what an
    account is follows from its acts and entries in order of effective day, then of recording.
    """

    id = models.BigAutoField(primary_key=True)
    account_id = models.BigIntegerField()
    kind = models.TextField()
    effective_day = models.DateField()
    booked_day = models.DateField()
    body = models.JSONField(default=dict)
    entry_id = models.BigIntegerField(null=True)
    entry_mark = money()
    undoes = models.BigIntegerField(null=True)
    part_of = models.BigIntegerField(null=True)
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_act"
        indexes = (
            models.Index(fields=["account_id"], name="servicing_act_account"),
            models.Index(
                fields=["effective_day"],
                condition=models.Q(effective_day__gt=models.F("booked_day")),
                name="servicing_act_coming",
            ),
            models.Index(
                fields=["effective_day"],
                condition=models.Q(kind__in=[*EASING]),
                name="servicing_act_easing",
            ),
            models.Index(fields=["account_id"], condition=models.Q(kind="dispute"), name="servicing_act_dispute"),
        )


class PurchaseCategory(models.Model):
    """The merchant category (ISO 18245) of a purchase whose entry it was told with. Append-only."""

    entry_id = models.BigIntegerField(primary_key=True)
    account_id = models.BigIntegerField()
    category = models.SmallIntegerField()
    amount_minor = money()
    effective_day = models.DateField()
    booked_day = models.DateField()

    class Meta:
        db_table = "servicing_purchase_category"
        indexes = (models.Index(fields=["effective_day"], name="servicing_purchase_category_on"),)


class IncomeDay(models.Model):
    """On which day of the month the borrower of an account is paid, as it was told on a day. The newest counts."""

    id = models.BigAutoField(primary_key=True)
    account_id = models.BigIntegerField()
    day_of_month = models.SmallIntegerField()
    told_on = models.DateField()
    booked_day = models.DateField()
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_income_day"
        indexes = (models.Index(fields=["account_id", "id"], name="servicing_income_day_account"),)


class Arrangement(models.Model):
    """What was agreed with a borrower in difficulty; its id is that of its act, `body` its terms as they were agreed.

    known: what of the account was looked up at the time: a loan's rate before, the charges that are forgiven.
    """

    id = models.BigIntegerField(primary_key=True)
    account_id = models.BigIntegerField()
    agreed_on = models.DateField()
    booked_day = models.DateField()
    body = models.JSONField()
    known = models.JSONField(default=dict)

    class Meta:
        db_table = "servicing_arrangement"
        indexes = (models.Index(fields=["account_id"], name="servicing_arrangement_account"),)


class Plan(models.Model):
    """One dated amount of an arrangement's plan; by `judged_on` it must have come in.

    One of number 0 asks nothing: it is a day on which the arrangement is looked at.
    """

    id = models.BigAutoField(primary_key=True)
    arrangement_id = models.BigIntegerField()
    number = models.SmallIntegerField()
    due_on = models.DateField()
    judged_on = models.DateField()
    amount_minor = money()

    class Meta:
        db_table = "servicing_plan"
        constraints = (
            models.UniqueConstraint(fields=["arrangement_id", "number", "due_on"], name="servicing_plan_once"),
        )
        indexes = (models.Index(fields=["judged_on"], name="servicing_plan_judged"),)


class ArrangementState(models.Model):
    """How an arrangement stands from a day on, who found it and why; the last row is in force.

    by_hand: a person decided it. takes_back: the row that turned out not to be so, with what was recorded later.
    """

    id = models.BigAutoField(primary_key=True)
    arrangement_id = models.BigIntegerField()
    state = models.TextField(choices=[(one, one) for one in ("agreed", "broken", "cured", "fulfilled", "ended")])
    on = models.DateField()
    booked_day = models.DateField()
    by_hand = models.BooleanField(default=False)
    takes_back = models.BigIntegerField(null=True)
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_arrangement_state"
        indexes = (models.Index(fields=["arrangement_id", "id"], name="servicing_arrangement_state_of"),)


class Schedule(models.Model):
    """A loan's installments as they stood after an act: `loan_row.INSTALLMENT` numbers to each. Append-only."""

    id = models.BigAutoField(primary_key=True)
    account_id = models.BigIntegerField()
    act_id = models.BigIntegerField()
    booked_day = models.DateField()
    rows = ArrayField(models.BigIntegerField())

    class Meta:
        db_table = "servicing_schedule"
        indexes = (models.Index(fields=["account_id", "id"], name="servicing_schedule_account"),)


class Change(models.Model):
    """An account whose past was changed: since which day, on which booked day, by whom and why."""

    id = models.BigAutoField(primary_key=True)
    account_id = models.BigIntegerField()
    since_day = models.DateField()
    booked_day = models.DateField()
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_change"
        indexes = (
            models.Index(fields=["account_id"], name="servicing_change_account"),
            models.Index(fields=["booked_day", "account_id"], name="servicing_change_day"),
        )


class Document(models.Model):
    """A document that was issued: what it says (`body`), the SHA-256 of that and of its PDF, by whom.

    day: as of which day it speaks. entry_mark: the last entry id given out then.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.TextField(choices=[("certificate", "settlement certificate")])
    account_id = models.BigIntegerField()
    day = models.DateField()
    body = models.JSONField()
    digest = models.BinaryField()
    file_digest = models.BinaryField(unique=True)
    entry_mark = money()
    by = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_document"
        indexes = (models.Index(fields=["account_id"], name="servicing_document_account"),)
        permissions = (("issue_document", "May issue settlement certificates"),)

    @property
    def number(self) -> str:
        """What the document is called by."""
        return f"C{self.id:08d}"


class DocumentVoid(models.Model):
    """A document that is true no longer: since when we know it, and why."""

    document = models.OneToOneField(Document, primary_key=True, on_delete=models.PROTECT, related_name="void")
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_document_void"
