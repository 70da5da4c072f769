"""What the close stores."""

from django.db import models
from django.db.models.functions import Now

from duecourse.ledger.tables import exact


class Run(models.Model):
    """One shard's close of one day; its id is on everything that it wrote.

    digest: of the file of what changed that day; corrections: of the file of corrected rows of earlier days. Empty
    where there is no such file.
    """

    id = models.BigAutoField(primary_key=True)
    day = models.DateField()
    shard = models.IntegerField()
    accounts = models.IntegerField()
    entries = models.IntegerField()
    digest = models.BinaryField()
    corrections = models.BinaryField(default=b"")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "book_run"
        constraints = (models.UniqueConstraint(fields=["day", "shard"], name="book_run_once"),)


class Bearing(models.Model):
    """What a product bears after a sealed day (principal x rate, per million) and the fraction not yet posted."""

    id = models.BigAutoField(primary_key=True)
    day = models.DateField()
    product_id = models.SmallIntegerField()
    interest = exact()
    penalty = exact()
    interest_carry = exact()
    penalty_carry = exact()

    class Meta:
        db_table = "book_bearing"
        constraints = (models.UniqueConstraint(fields=["day", "product_id"], name="book_bearing_once"),)


class Day(models.Model):
    """A sealed day: who sealed it, over what, and where it stands in the audit log.

    entry_mark and statement_mark: the last ids given out when it was sealed. Whatever is booked on the day after next
    is inserted later, so its ids are higher: a day's rows are found by id, without an index on the booked day.
    """

    day = models.DateField(primary_key=True)
    sealed_by = models.TextField()
    excepted = models.JSONField(default=list)
    digest = models.BinaryField()
    audit_place = models.BigIntegerField()
    entry_mark = models.BigIntegerField(default=0)
    statement_mark = models.BigIntegerField(default=0)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "book_day"
        permissions = (("view_book", "May read the book, its accounts and their postings"),)


class SetAside(models.Model):
    """A faulty account that a close left unposted, with its fault; back in the book once `returned_on` is set."""

    id = models.BigAutoField(primary_key=True)
    account_id = models.BigIntegerField()
    shard = models.IntegerField()
    day = models.DateField()
    message = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())
    returned_on = models.DateField(null=True)

    class Meta:
        db_table = "book_set_aside"
        constraints = (
            models.UniqueConstraint(
                fields=["account_id"], condition=models.Q(returned_on=None), name="book_set_aside_once"
            ),
        )
