"""What is stored of incidents: a fault of ours or of somebody else's that stopped payments, and what was undone of it.

Rows are added, never changed: what was found, chosen, approved, and what became of each account, are rows beside it.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class ToldOfIncident(models.Model):
    """A row about an incident, with who told it."""

    id = models.BigAutoField(primary_key=True)
    incident_id = models.BigIntegerField()
    by = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True


class Incident(models.Model):
    """From when until when which channels of payments did not work, because of whom.

    within_days: a payment of the same amount counts as the one that was tried for so many days after the window.
    """

    id = models.BigAutoField(primary_key=True)
    from_at = models.DateTimeField()
    to_at = models.DateTimeField()
    channels = ArrayField(models.SmallIntegerField())
    cause = models.TextField(choices=[("ours", "ours"), ("bank", "a bank's"), ("partner", "a partner's")])
    description = models.TextField()
    within_days = models.SmallIntegerField()
    by = models.TextField()
    key = models.TextField(unique=True)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "care_incident"


class IncidentAttempt(ToldOfIncident):
    """That somebody tried to pay, as a channel's own records tell it.

    tried_on: the day from which it would have counted. keys: the request keys that a payment of this reference has, by
    the incident's channels.
    """

    account_id = models.BigIntegerField()
    tried_at = models.DateTimeField()
    tried_on = models.DateField()
    amount_minor = models.BigIntegerField()
    reference = models.TextField()
    keys = ArrayField(models.TextField())

    class Meta:
        db_table = "care_incident_attempt"
        constraints = (
            models.UniqueConstraint(
                fields=["incident_id", "account_id", "reference"], name="care_incident_attempt_once"
            ),
        )


class IncidentFinding(ToldOfIncident):
    """A payment that came late because of an incident, the day on which it was tried, and what shows it.

    payment: the first entry that it made. source: what shows it, by name: an attempt, a debit order, a person.
    """

    account_id = models.BigIntegerField()
    payment = models.BigIntegerField()
    paid_on = models.DateField()
    tried_on = models.DateField()
    amount_minor = models.BigIntegerField()
    kind = models.TextField()
    source = models.TextField()
    evidence = models.TextField()

    class Meta:
        db_table = "care_incident_finding"
        constraints = (
            models.UniqueConstraint(fields=["incident_id", "payment"], name="care_incident_finding_once"),
            models.UniqueConstraint(fields=["incident_id", "source"], name="care_incident_finding_source"),
        )
        indexes = (models.Index(fields=["account_id"], name="care_incident_finding_account"),)


class IncidentChoice(ToldOfIncident):
    """That a person left a finding out, or took it in again. The newest counts."""

    finding_id = models.BigIntegerField()
    state = models.TextField(choices=[("left_out", "left out"), ("taken_in", "taken in")])
    reason = models.TextField()

    class Meta:
        db_table = "care_incident_choice"
        indexes = (models.Index(fields=["incident_id"], name="care_incident_choice_of"),)


class IncidentApproval(ToldOfIncident):
    """That a person approved to undo exactly these findings; digest: of what they were."""

    digest = models.BinaryField()
    reason = models.TextField()

    class Meta:
        db_table = "care_incident_approval"
        constraints = (
            models.UniqueConstraint(fields=["incident_id", "digest", "by"], name="care_incident_approval_once"),
        )


class IncidentTurnedDown(ToldOfIncident):
    """That a person turned an incident down: what is left of it is never undone."""

    reason = models.TextField()

    class Meta:
        db_table = "care_incident_turned_down"
        constraints = (models.UniqueConstraint(fields=["incident_id"], name="care_incident_turned_down_once"),)


class IncidentUndone(ToldOfIncident):
    """A payment that counts from the day on which it was tried. Once for ever, whatever incidents there are.

    entry_id: the entry that the payment has since.
    """

    finding_id = models.BigIntegerField()
    account_id = models.BigIntegerField()
    payment = models.BigIntegerField(unique=True)
    entry_id = models.BigIntegerField(unique=True)

    class Meta:
        db_table = "care_incident_undone"
        indexes = (models.Index(fields=["incident_id"], name="care_incident_undone_of"),)


class IncidentOutcome(ToldOfIncident):
    """What became of an account: undone, with its figures before and after, or the code of its refusal. The newest
    counts."""

    account_id = models.BigIntegerField()
    code = models.TextField()
    message = models.TextField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        db_table = "care_incident_outcome"
        indexes = (
            models.Index(fields=["incident_id", "account_id"], name="care_incident_outcome_of"),
            models.Index(fields=["account_id"], name="care_incident_outcome_account"),
        )
