"""What the ledger stores. Days in a balance row are day numbers (kernel.days); everywhere else they are dates."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from .chart import COLUMNS


class Xid8(models.Field):
    """PostgreSQL's 64-bit transaction number."""

    def db_type(self, connection: object) -> str:
        return "xid8"


class CurrentXid(models.Func):
    """The number of the transaction that is under way."""

    function = "pg_current_xact_id"
    output_field = Xid8()


def money(**options: object) -> models.BigIntegerField:
    """Whole minor units."""
    return models.BigIntegerField(default=0, db_default=0, **options)


def exact() -> models.DecimalField:
    """A whole number that may need more than 63 bits."""
    return models.DecimalField(max_digits=40, decimal_places=0, default=0)


class Product(models.Model):
    """A product: one currency, one year basis; its terms are dated files in rules/house."""

    id = models.SmallAutoField(primary_key=True)
    code = models.TextField(unique=True)
    currency = models.CharField(max_length=3)
    exponent = models.SmallIntegerField()
    year_days = models.SmallIntegerField()

    class Meta:
        db_table = "ledger_product"


class Shard(models.Model):
    """A range of accounts closed together (account_id // 50_000) and its open business day, the booked day."""

    shard = models.IntegerField(primary_key=True)
    open_day = models.DateField()

    class Meta:
        db_table = "ledger_shard"


class Balance(models.Model):
    """One account tonight: the kernel's numbers (kernel.columns.FIELDS) and its open dues, six numbers to a due."""

    account_id = models.BigIntegerField(primary_key=True)
    product_id = models.SmallIntegerField()
    terms_id = models.IntegerField()
    day = models.BigIntegerField()
    statement_on = models.BigIntegerField()
    due_on = money()
    limit_minor = money()
    unbilled = money()
    bearing = money()
    window = money()
    revolving = money()
    past_due = money()
    interest = money()
    fee = money()
    penalty = money()
    unbilled_fee = money()
    credit = money()
    accrued_interest = money()
    interest_carry = money()
    accrued_penalty = money()
    penalty_carry = money()
    kept_unbilled = money()
    kept_window = money()
    paid_in_window = money()
    paid_bearing = money()
    statement_left = money()
    suspended = money()
    nonaccrual = money()
    apart = money()
    in_full = money()
    charged_off = money()
    dues = ArrayField(models.BigIntegerField(), default=list, db_default="{}")

    class Meta:
        db_table = "ledger_balance"


class Entry(models.Model):
    """A journal record: one column for each control account, debit positive; the columns sum to zero.

    reverses: the entry that this one undoes. stands_for: the first entry of the event that this one posts again. An
    entry of a product's income has no account, one of money in suspense has no product either.
    """

    id = models.BigAutoField(primary_key=True)
    account_id = models.BigIntegerField(null=True)
    product_id = models.SmallIntegerField(null=True)
    kind = models.SmallIntegerField()
    effective_day = models.DateField()
    booked_day = models.DateField()
    run_id = models.BigIntegerField(null=True)
    reverses = models.BigIntegerField(null=True)
    stands_for = models.BigIntegerField(null=True)
    owner = models.SmallIntegerField(default=0, db_default=0)
    channel = models.SmallIntegerField(default=0, db_default=0)
    currency = models.CharField(max_length=3)
    bearing_interest = models.BigIntegerField(null=True)
    bearing_penalty = models.BigIntegerField(null=True)
    xid = Xid8(db_default=CurrentXid())
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "ledger_entry"
        constraints = (
            models.UniqueConstraint(
                fields=["account_id", "run_id", "kind", "effective_day", "owner"], name="ledger_entry_once"
            ),
            models.CheckConstraint(
                condition=models.Q(effective_day__lte=models.F("booked_day")), name="ledger_entry_days"
            ),
            models.CheckConstraint(
                condition=models.Q(account_id=None) | models.Q(product_id__isnull=False), name="ledger_entry_product"
            ),
        )


for column in COLUMNS:
    Entry.add_to_class(column, models.BigIntegerField(null=True))


class Request(models.Model):
    """A request key: the same key with the same body answers the first result."""

    key = models.TextField(primary_key=True)
    body = models.BinaryField()
    entry_id = models.BigIntegerField()

    class Meta:
        db_table = "ledger_request"


class Agenda(models.Model):
    """The days on which something happens to an account. Append-only; the same day may stand twice."""

    id = None
    pk = models.CompositePrimaryKey("day", "account_id")
    day = models.DateField()
    account_id = models.BigIntegerField()

    class Meta:
        db_table = "ledger_agenda"
        managed = False


class Bookmark(models.Model):
    """How far a reader of the journal has read: the last (xid, id)."""

    reader = models.TextField(primary_key=True)
    xid = Xid8()
    entry_id = models.BigIntegerField()

    class Meta:
        db_table = "ledger_bookmark"


class Shift(models.Model):
    """By how much a run or a correction moved what bears interest, for the accrual at the seal.

    during_...: moves that count from this day on; after_...: from the next day on (principal x rate, per million).
    jump_...: income of earlier days that is recognised or taken back now, in carry units.
    """

    id = models.BigAutoField(primary_key=True)
    booked_day = models.DateField()
    product_id = models.SmallIntegerField()
    run_id = models.BigIntegerField(null=True)
    during_interest = exact()
    during_penalty = exact()
    after_interest = exact()
    after_penalty = exact()
    jump_interest = exact()
    jump_penalty = exact()

    class Meta:
        db_table = "ledger_shift"
        indexes = (models.Index(fields=["booked_day"], name="ledger_shift_day"),)
