"""What is stored of charge-offs by rule, targets of recovery and small balances; rows are added and never changed."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class Proposal(models.Model):
    """Accounts that somebody proposed to charge off, by the figures of a sealed day."""

    id = models.BigAutoField(primary_key=True)
    day = models.DateField()
    rule = models.TextField()
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "recovery_proposal"


class Proposed(models.Model):
    """One account of a proposal, as it stood on the proposal's day: amounts in minor units, `lost` what would leave."""

    id = models.BigAutoField(primary_key=True)
    proposal_id = models.BigIntegerField()
    account_id = models.BigIntegerField()
    days_past_due = models.IntegerField()
    principal_minor = models.BigIntegerField(default=0, db_default=0)
    interest_minor = models.BigIntegerField(default=0, db_default=0)
    fee_minor = models.BigIntegerField(default=0, db_default=0)
    penalty_minor = models.BigIntegerField(default=0, db_default=0)
    lost_minor = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        db_table = "recovery_proposed"
        constraints = (models.UniqueConstraint(fields=["proposal_id", "account_id"], name="recovery_proposed_once"),)
        indexes = (models.Index(fields=["account_id"], name="recovery_proposed_account"),)


class ProposalTurnedDown(models.Model):
    """That a person turned down what was left of a proposal: by whom, when and why."""

    proposal_id = models.BigIntegerField(primary_key=True)
    on = models.DateField()
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "recovery_proposal_turned_down"


class ProposalOutcome(models.Model):
    """What became of a proposed account: charged off by an act, or refused (by which code, in which words)."""

    proposed_id = models.BigIntegerField(primary_key=True)
    on = models.DateField()
    act_id = models.BigIntegerField(null=True)
    lost_minor = models.BigIntegerField(default=0, db_default=0)
    refused = models.TextField()
    detail = models.TextField()
    by = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "recovery_proposal_outcome"


class Target(models.Model):
    """What a person expects back of a product's charge-offs from a month on; the newest row counts."""

    id = models.BigAutoField(primary_key=True)
    product = models.TextField()
    since = models.DateField()
    months = ArrayField(models.IntegerField())
    share_ppm = ArrayField(models.IntegerField())
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "recovery_target"


class SmallBalance(models.Model):
    """A small balance that was closed by the house's rule, with the act that gave it up, minor units."""

    act_id = models.BigIntegerField(primary_key=True)
    account_id = models.BigIntegerField()
    on = models.DateField()
    amount_minor = models.BigIntegerField(default=0, db_default=0)
    rule = models.TextField()
    closes_line = models.BooleanField()
    by = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "recovery_small_balance"
        indexes = (models.Index(fields=["account_id"], name="recovery_small_account"),)
