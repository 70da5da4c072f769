"""What is stored of the way to court: acknowledgements, help offered, demands, proceedings; rows are only added."""

from django.db import models
from django.db.models.functions import Now

from duecourse.borrowers.contact_tables import Told
from duecourse.ledger.tables import money


class OfAccount(Told):
    """A row about an account, made by a request with a key."""

    account_id = models.BigIntegerField()
    key = models.TextField(unique=True)

    class Meta:
        abstract = True


class Acknowledgement(OfAccount):
    """The person owned the debt on a day: in writing and signed, or by word of mouth. source: where that is kept."""

    kind = models.TextField(choices=[(one, one) for one in ("written", "spoken")])
    on = models.DateField()
    source = models.TextField()

    class Meta:
        db_table = "recovery_acknowledgement"
        indexes = (models.Index(fields=["account_id", "id"], name="recovery_acknowledged_account"),)


class HelpOffer(OfAccount):
    """Help that was offered on a day beside a plan that was computed (care keeps those): what, by which channel."""

    on = models.DateField()
    channel = models.TextField()
    what = models.TextField()

    class Meta:
        db_table = "recovery_help_offer"
        indexes = (models.Index(fields=["account_id", "id"], name="recovery_help_account"),)


class Demand(OfAccount):
    """A letter that asks for what is owed before court: what it says (`body`, without name and address), its digests.

    decision_id: the contact gate's. day: as of which it speaks; pay_by: the last day of its notice.
    """

    day = models.DateField()
    pay_by = models.DateField()
    place = models.TextField()
    language = models.TextField()
    decision_id = models.BigIntegerField()
    body = models.JSONField()
    digest = models.BinaryField()
    file_digest = models.BinaryField()

    class Meta:
        db_table = "recovery_demand"
        indexes = (models.Index(fields=["account_id", "id"], name="recovery_demand_account"),)

    @property
    def number(self) -> str:
        """What the letter is called by."""
        return f"D{self.id:08d}"


class DemandPosted(models.Model):
    """A demand was posted on a day; reference: the post's own. pay_by: its last day, the letter's or later."""

    demand_id = models.BigIntegerField(primary_key=True)
    on = models.DateField()
    pay_by = models.DateField()
    reference = models.TextField()
    by = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "recovery_demand_posted"


class Proceeding(OfAccount):
    """A way to court or arbitration that was prepared: the checks as they passed, and the demand before it."""

    kind = models.TextField(choices=[(one, one) for one in ("court", "arbitration")])
    on = models.DateField()
    checks = models.JSONField()
    demand_id = models.BigIntegerField()

    class Meta:
        db_table = "recovery_proceeding"
        indexes = (models.Index(fields=["account_id", "id"], name="recovery_proceeding_account"),)


class ProceedingStage(models.Model):
    """Where a proceeding is from a day on; the newest counts. reference: the court's or bailiff's.

    amount, costs: what a judgment awards, in minor units; interest_ppm: a year, from its day. acts: what it did on the
    ledger.
    """

    id = models.BigAutoField(primary_key=True)
    proceeding_id = models.BigIntegerField()
    stage = models.TextField()
    on = models.DateField()
    reference = models.TextField()
    amount_minor = money()
    costs_minor = money()
    interest_ppm = models.IntegerField(null=True)
    acts = models.JSONField(default=list)
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "recovery_proceeding_stage"
        indexes = (models.Index(fields=["proceeding_id", "id"], name="recovery_stage_of"),)


class JudgmentInterest(models.Model):
    """Interest on what a judgment awards, charged through a day: the amount, and the act that charged it."""

    id = models.BigAutoField(primary_key=True)
    proceeding_id = models.BigIntegerField()
    through = models.DateField()
    amount_minor = money()
    act_id = models.BigIntegerField()
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "recovery_judgment_interest"
        constraints = (models.UniqueConstraint(fields=["proceeding_id", "through"], name="recovery_interest_once"),)


class ProceedingDocument(models.Model):
    """A paper of a proceeding, encrypted; `digest` is the SHA-256 of what came in."""

    id = models.BigAutoField(primary_key=True)
    proceeding_id = models.BigIntegerField()
    name = models.TextField()
    content = models.BinaryField()
    digest = models.BinaryField()
    by = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "recovery_proceeding_document"
        indexes = (models.Index(fields=["proceeding_id"], name="recovery_document_of"),)


class EvidencePack(Told):
    """An evidence pack that was made: of which account, as of which day, in which language; the SHA-256 of the file."""

    account_id = models.BigIntegerField()
    day = models.DateField()
    language = models.TextField()
    digest = models.BinaryField()

    class Meta:
        db_table = "recovery_evidence_pack"
        indexes = (models.Index(fields=["account_id", "id"], name="recovery_pack_account"),)
