"""What intake stores."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from duecourse.ledger.tables import money


class File(models.Model):
    """A file that was taken: known by its content, not by its name; its kind says what it holds."""

    id = models.AutoField(primary_key=True)
    kind = models.TextField(
        choices=[
            ("card", "card book"),
            ("payments", "payments"),
            ("loans", "loan book"),
            ("loan_months", "months of a loan book"),
            ("debit_answers", "answers to debit orders"),
            ("acts", "acts on accounts"),
            ("bank", "bank statement"),
            ("merchant", "merchant settlement"),
            ("debts", "debts with others"),
            ("attempts", "attempts to pay"),
            ("agency", "what an agency reports"),
            ("replies", "replies to messages"),
        ],
        default="card",
    )
    digest = models.BinaryField(unique=True)
    name = models.TextField()
    rows = models.IntegerField()
    recorded_at = models.DateTimeField(db_default=Now())
    summary = models.JSONField(default=dict)

    class Meta:
        db_table = "intake_file"


class Quarantined(models.Model):
    """A row that could not be taken: where it stands, what is wrong, and by which file it was taken later."""

    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="quarantined")
    row = models.IntegerField()
    field = models.TextField()
    code = models.TextField()
    reason = models.TextField()
    reference = models.TextField(null=True)
    taken_by = models.ForeignKey(File, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "intake_quarantined"


class BankStatement(models.Model):
    """A statement of a file: the lender's account, its days and, where the bank gives them, its balances."""

    id = models.AutoField(primary_key=True)
    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="statements")
    account = models.TextField()
    currency = models.CharField(max_length=3)
    number = models.TextField()
    first_day = models.DateField()
    last_day = models.DateField()
    opening_minor = models.BigIntegerField(null=True)
    closing_minor = models.BigIntegerField(null=True)

    class Meta:
        db_table = "intake_bank_statement"


class FileLine(models.Model):
    """A line that a bank or an acquirer reports: above zero where money comes to us, or a purchase was made.

    owner: the lender's account with the bank, or the merchant. kind: a merchant file's purchase, refund, fee or
    chargeback. What became of it are its matches, or its open items.
    """

    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="lines")
    row = models.IntegerField()
    kind = models.TextField(default="")
    owner = models.TextField()
    day = models.DateField()
    amount_minor = money()
    fee_minor = money()
    currency = models.CharField(max_length=3)
    references = ArrayField(models.TextField(), default=list)
    text = models.TextField()
    channel = models.SmallIntegerField(null=True)

    class Meta:
        db_table = "intake_file_line"


class Match(models.Model):
    """A line and an event of the ledger that are the same money, or the part that is: by which rule, by which file.

    event_id: the first entry of the event, an act's number below zero, or the reversal that takes an event back.
    """

    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="matches")
    line = models.ForeignKey(FileLine, on_delete=models.PROTECT, related_name="matches")
    event_id = models.BigIntegerField()
    account_id = models.BigIntegerField(null=True)
    amount_minor = money()
    rule = models.TextField()

    class Meta:
        db_table = "intake_match"
        indexes = (models.Index(fields=["event_id"], name="intake_match_event"),)


class OpenItem(models.Model):
    """A difference that a file showed; open until a resolution names what it came to.

    theirs_minor: what the line says; ours_minor: what the ledger says. repeats: the line that a duplicate repeats.
    """

    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="items")
    kind = models.TextField(
        choices=[
            ("missing_there", "ours, missing with them"),
            ("missing_here", "theirs, missing in the ledger"),
            ("amount_differs", "the amount differs"),
            ("duplicate", "stands there twice"),
            ("disputed", "charged back or disputed"),
        ]
    )
    line = models.ForeignKey(FileLine, null=True, on_delete=models.PROTECT, related_name="items")
    event_id = models.BigIntegerField(null=True)
    account_id = models.BigIntegerField(null=True)
    owner = models.TextField()
    day = models.DateField()
    currency = models.CharField(max_length=3)
    theirs_minor = models.BigIntegerField(null=True)
    ours_minor = models.BigIntegerField(null=True)
    repeats = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "intake_open_item"


class Resolution(models.Model):
    """How an open item ended: by a later file that explains it, or by a person, with the reason."""

    item = models.OneToOneField(OpenItem, primary_key=True, on_delete=models.PROTECT, related_name="resolution")
    file = models.ForeignKey(File, null=True, on_delete=models.PROTECT, related_name="+")
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "intake_resolution"
