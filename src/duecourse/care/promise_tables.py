"""What is stored of promises to pay. Rows are added and never changed."""

from django.db import models
from django.db.models.functions import Now

from duecourse.ledger.tables import money

from .keyed import Keyed


class Promise(Keyed):
    """So much by a day, on one account or (null) on all of the person; `last_on` is the day and its grace.

    before: what had come in on the day of the promise when it was made, by account: that money is not part of it.
    """

    account_id = models.BigIntegerField(null=True)
    amount_minor = money()
    made_on = models.DateField()
    due_on = models.DateField()
    last_on = models.DateField()
    channel = models.TextField()
    before = models.JSONField(default=dict)
    block_id = models.BigIntegerField()

    class Meta:
        db_table = "care_promise"
        indexes = (models.Index(fields=["borrower_id", "id"], name="care_promise_borrower"),)


class PromiseState(models.Model):
    """What became of a promise, by the sealed day `through`; the newest row counts, without one it is open.

    paid_minor: what of it had come in. block_id: of one that is open again, the block that stands for it.
    """

    id = models.BigAutoField(primary_key=True)
    promise_id = models.BigIntegerField()
    state = models.TextField()
    on = models.DateField()
    through = models.DateField(null=True)
    paid_minor = money()
    block_id = models.BigIntegerField(null=True)
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "care_promise_state"
        indexes = (models.Index(fields=["promise_id", "id"], name="care_promise_state_of"),)


class PromiseJudging(models.Model):
    """A sealed day by which promises were judged."""

    day = models.DateField(primary_key=True)
    by = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "care_promise_judging"
