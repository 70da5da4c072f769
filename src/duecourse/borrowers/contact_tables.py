"""What is stored of reaching a borrower: where they are, what they agreed to, what stands against it, what was done.

Rows are added and never changed: what ended or was withdrawn is another row.
"""

from django.db import models
from django.db.models.functions import Now


class Told(models.Model):
    """A row about a borrower, with who told it and why."""

    id = models.BigAutoField(primary_key=True)
    borrower_id = models.BigIntegerField()
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True


class Residence(Told):
    """Where a borrower lives: the place whose rules hold, the zone ("": not known), the language; the newest counts."""

    place = models.TextField()
    zone = models.TextField()
    language = models.TextField()

    class Meta:
        db_table = "borrowers_residence"
        indexes = (models.Index(fields=["borrower_id", "id"], name="borrowers_residence_borrower"),)


class ContactPoint(Told):
    """A number or address of a borrower, encrypted; `digest` is keyed, to find it. kind: phone, email, address, im."""

    kind = models.TextField()
    value = models.BinaryField()
    digest = models.BinaryField()
    at_work = models.BooleanField()
    source = models.TextField()

    class Meta:
        db_table = "borrowers_contact_point"
        indexes = (
            models.Index(fields=["borrower_id", "id"], name="borrowers_point_borrower"),
            models.Index(fields=["digest"], name="borrowers_point_digest"),
        )
        constraints = (models.UniqueConstraint(fields=["borrower_id", "kind", "digest"], name="borrowers_point_once"),)


class PointState(Told):
    """What a contact point turned out to be: works, or dead. The newest counts."""

    point_id = models.BigIntegerField()
    state = models.TextField()

    class Meta:
        db_table = "borrowers_point_state"
        indexes = (models.Index(fields=["borrower_id"], name="borrowers_point_state_borrower"),)


class Consent(Told):
    """What a borrower agreed to or withdrew (`given`), for a channel and purpose ("": any); the newest counts.

    opens, shuts: of agreed hours, minutes after midnight.
    """

    kind = models.TextField()
    channel = models.TextField()
    purpose = models.TextField()
    given = models.BooleanField()
    at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    opens = models.SmallIntegerField(default=0, db_default=0)
    shuts = models.SmallIntegerField(default=1_440, db_default=1_440)

    class Meta:
        db_table = "borrowers_consent"
        indexes = (models.Index(fields=["borrower_id", "id"], name="borrowers_consent_borrower"),)


class Block(Told):
    """What stands against contact: about an account (null: all), for a channel and purpose ("": any), from and until.

    opens, shuts, weekdays: of an inconvenient time, as outreach.asked.Block has them.
    """

    kind = models.TextField()
    account_id = models.BigIntegerField(null=True)
    channel = models.TextField()
    purpose = models.TextField()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    opens = models.SmallIntegerField()
    shuts = models.SmallIntegerField()
    weekdays = models.JSONField(null=True)

    class Meta:
        db_table = "borrowers_block"
        indexes = (models.Index(fields=["borrower_id"], name="borrowers_block_borrower"),)


class BlockEnd(Told):
    """A block that ended before its time, or had no end."""

    block_id = models.BigIntegerField(unique=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "borrowers_block_end"


class Notice(Told):
    """A notice that a rule asks for, and when it was sent."""

    kind = models.TextField()
    account_id = models.BigIntegerField(null=True)
    sent_at = models.DateTimeField()

    class Meta:
        db_table = "borrowers_notice"
        indexes = (models.Index(fields=["borrower_id"], name="borrowers_notice_borrower"),)


class InboundContact(Told):
    """A contact that the borrower made: by which channel, when, about what."""

    account_id = models.BigIntegerField(null=True)
    channel = models.TextField()
    outcome = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "borrowers_inbound_contact"
        indexes = (
            models.Index(fields=["borrower_id", "at"], name="borrowers_inbound_borrower"),
            models.Index(fields=["at"], name="borrowers_inbound_at"),
        )


class RuleSet(models.Model):
    """The rules that decisions were made by, kept once, word for word."""

    digest = models.TextField(primary_key=True)
    place = models.TextField()
    rules = models.JSONField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "borrowers_rule_set"


class ContactDecision(models.Model):
    """What the contact gate said of one contact, and all that it was told. One that was allowed counts as an attempt.

    refusals: [rule, version, until]; inputs: what was asked and what of the person was known; rule_set: its digest.
    """

    id = models.BigAutoField(primary_key=True)
    borrower_id = models.BigIntegerField()
    account_id = models.BigIntegerField(null=True)
    channel = models.TextField()
    purpose = models.TextField()
    relation = models.TextField()
    point_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    allowed = models.BooleanField()
    refusals = models.JSONField()
    next_at = models.DateTimeField(null=True)
    fault = models.TextField()
    inputs = models.JSONField()
    rule_set = models.TextField()
    key = models.TextField()
    by = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "borrowers_contact_decision"
        indexes = (
            models.Index(fields=["borrower_id", "at"], name="borrowers_decision_borrower"),
            models.Index(fields=["at"], condition=models.Q(allowed=True), name="borrowers_decision_allowed"),
        )
        constraints = (
            models.UniqueConstraint(fields=["key"], condition=~models.Q(key=""), name="borrowers_decision_key"),
        )


class ContactOutcome(models.Model):
    """What became of an allowed contact (outreach.contact.OUTCOMES); the newest counts."""

    id = models.BigAutoField(primary_key=True)
    decision_id = models.BigIntegerField()
    outcome = models.TextField()
    at = models.DateTimeField()
    by = models.TextField()
    note = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "borrowers_contact_outcome"
        indexes = (models.Index(fields=["decision_id", "id"], name="borrowers_outcome_decision"),)


class ContactBreach(models.Model):
    """A contact that was made for us although the gate refuses it; it counts as an attempt all the same.

    Its decision says by which rules it should not have been made, its outcome what became of it.
    """

    decision_id = models.BigIntegerField(primary_key=True)
    borrower_id = models.BigIntegerField()
    at = models.DateTimeField()
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "borrowers_contact_breach"
        indexes = (
            models.Index(fields=["borrower_id", "at"], name="borrowers_breach_borrower"),
            models.Index(fields=["at"], name="borrowers_breach_at"),
        )
