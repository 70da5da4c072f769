"""What risk stores: the watch list of each scored day."""

from django.db import models
from django.db.models.functions import Now


class Warning(models.Model):
    """The chance, on a sealed day, that an account now in order will miss its next minimum, with its reasons.

    chance_ppm is in parts per million; rank 1 is the highest chance. Each reason is {"code": ..., "value": ...}; its
    words are in `risk.explain`.
    """

    id = models.BigAutoField(primary_key=True)
    day = models.DateField()
    account_id = models.BigIntegerField()
    rank = models.IntegerField()
    chance_ppm = models.IntegerField()
    reasons = models.JSONField()
    model = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "risk_warning"
        constraints = (models.UniqueConstraint(fields=["day", "account_id", "model"], name="risk_warning_once"),)
