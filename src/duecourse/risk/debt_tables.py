"""What is stored of debts with others, as it was told: by account number alone, nothing of the person."""

from django.db import models
from django.db.models.functions import Now

from duecourse.ledger.tables import money


class DebtReport(models.Model):
    """What a source tells of the other debts of an account's borrower on a day. Append-only: a later row corrects.

    booked_day: the open day on which it was taken; before that day was closed nobody knew it.
    """

    id = models.BigAutoField(primary_key=True)
    account_id = models.BigIntegerField()
    as_of = models.DateField()
    source = models.TextField()
    lenders = models.IntegerField()
    balance_minor = money()
    payment_minor = money()
    worst_days_past_due = models.IntegerField()
    enquiries = models.IntegerField()
    booked_day = models.DateField()
    file_id = models.IntegerField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "risk_debt_report"
        indexes = (models.Index(fields=["account_id", "as_of"], name="risk_debt_report_account"),)
