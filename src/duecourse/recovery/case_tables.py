"""What is stored of strategies and cases; rows are added and never changed."""

from django.db import models
from django.db.models.functions import Now


class Strategy(models.Model):
    """A strategy as it came in, word for word."""

    id = models.BigAutoField(primary_key=True)
    name = models.TextField()
    digest = models.TextField(unique=True)
    body = models.TextField()
    by = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "recovery_strategy"


class StrategyState(models.Model):
    """What became of a strategy: approved (by whom), turned down, champion or challenger with its shares, retired."""

    id = models.BigAutoField(primary_key=True)
    strategy_id = models.BigIntegerField()
    state = models.TextField()
    experiment = models.TextField()
    challenger_ppm = models.IntegerField()
    control_ppm = models.IntegerField()
    on = models.DateField()
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "recovery_strategy_state"


class Case(models.Model):
    """One person's arrears as work, all accounts with it; a person has one open case at a time."""

    id = models.BigAutoField(primary_key=True)
    borrower_id = models.BigIntegerField()
    opened_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "recovery_case"
        constraints = (models.UniqueConstraint(fields=["borrower_id", "opened_on"], name="recovery_case_once"),)


class CaseState(models.Model):
    """Where a case stands from a sealed day on, what is to be done, by which rule of which strategy, on which facts."""

    id = models.BigAutoField(primary_key=True)
    case_id = models.BigIntegerField()
    on = models.DateField()
    stage = models.TextField()
    treatment = models.TextField()
    channel = models.TextField()
    arm = models.TextField()
    strategy_id = models.BigIntegerField()
    rule = models.TextField()
    currency = models.CharField(max_length=3)
    facts = models.JSONField()
    by = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "recovery_case_state"
        constraints = (models.UniqueConstraint(fields=["case_id", "on"], name="recovery_case_state_once"),)


class CaseOwner(models.Model):
    """Who works on a case from now on; the newest counts."""

    id = models.BigAutoField(primary_key=True)
    case_id = models.BigIntegerField()
    owner = models.TextField()
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "recovery_case_owner"
        indexes = (models.Index(fields=["case_id", "id"], name="recovery_owner_case"),)


class CaseWork(models.Model):
    """A treatment that was done, or left, by whom; each move's treatment has one answer."""

    id = models.BigAutoField(primary_key=True)
    state_id = models.BigIntegerField(unique=True)
    done = models.BooleanField()
    decision_id = models.BigIntegerField(null=True)
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "recovery_case_work"


class CaseDay(models.Model):
    """A sealed day on which all cases were moved."""

    day = models.DateField(primary_key=True)
    cases = models.IntegerField()
    moves = models.IntegerField()
    by = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "recovery_case_day"
