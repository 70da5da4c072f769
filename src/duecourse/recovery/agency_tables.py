"""What is stored of agencies: terms, placements, files, what they reported, reviews, commission; only added to."""

from django.db import models
from django.db.models.functions import Now

from duecourse.ledger.tables import exact, money


class Done(models.Model):
    """A row with who wrote it, when and why."""

    id = models.BigAutoField(primary_key=True)
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True


class Agency(Done):
    """An agency: its code, what it is called, how it is reached, the places where it may work."""

    code = models.TextField(unique=True)
    name = models.TextField()
    contact = models.TextField()
    places = models.JSONField()

    class Meta:
        db_table = "recovery_agency"


class AgencyTerms(Done):
    """What was agreed with an agency from a day through a day (agency_terms.Terms says what each field means)."""

    agency_id = models.BigIntegerField()
    contract_from = models.DateField()
    contract_to = models.DateField()
    body = models.JSONField()
    digest = models.TextField()

    class Meta:
        db_table = "recovery_agency_terms"
        constraints = (models.UniqueConstraint(fields=["agency_id", "digest"], name="recovery_agency_terms_once"),)


class AgencyApproval(Done):
    """That a person approved an agency's terms."""

    terms_id = models.BigIntegerField()
    on = models.DateField()

    class Meta:
        db_table = "recovery_agency_approval"
        constraints = (models.UniqueConstraint(fields=["terms_id", "by"], name="recovery_agency_approval_once"),)


class AgencyTermsTurnedDown(Done):
    """That a person turned an agency's terms down."""

    terms_id = models.BigIntegerField(unique=True)
    on = models.DateField()

    class Meta:
        db_table = "recovery_agency_terms_turned_down"


class AgencyState(Done):
    """What an agency is from a day on: engaged, suspended, ended."""

    agency_id = models.BigIntegerField()
    state = models.TextField()
    on = models.DateField()

    class Meta:
        db_table = "recovery_agency_state"
        indexes = (models.Index(fields=["agency_id", "id"], name="recovery_agency_state_of"),)


class Placement(Done):
    """A case that is with an agency from a day on, under which terms. reference: what the agency knows it by.

    state_id: the treatment of the case that it does, if a strategy asked for it. stage: of the case then.
    """

    reference = models.TextField(unique=True)
    agency_id = models.BigIntegerField()
    terms_id = models.BigIntegerField()
    case_id = models.BigIntegerField()
    borrower_id = models.BigIntegerField()
    on = models.DateField()
    state_id = models.BigIntegerField(null=True)
    stage = models.TextField()

    class Meta:
        db_table = "recovery_placement"
        indexes = (
            models.Index(fields=["borrower_id", "id"], name="recovery_placement_borrower"),
            models.Index(fields=["agency_id", "id"], name="recovery_placement_agency"),
        )


class PlacedAccount(models.Model):
    """An account of a placed case, from a day on, as it was then. commission_ppm: of what comes in on it.

    number: its place in the placement; the placement's reference and it are what the agency knows the account by.
    """

    id = models.BigAutoField(primary_key=True)
    placement_id = models.BigIntegerField()
    number = models.IntegerField()
    account_id = models.BigIntegerField()
    on = models.DateField()
    currency = models.CharField(max_length=3)
    days_past_due = models.IntegerField()
    owed_minor = money()
    commission_ppm = models.IntegerField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "recovery_placed_account"
        indexes = (models.Index(fields=["account_id"], name="recovery_placed_account_of"),)
        constraints = (
            models.UniqueConstraint(fields=["placement_id", "account_id"], name="recovery_placed_account_once"),
            models.UniqueConstraint(fields=["placement_id", "number"], name="recovery_placed_account_number"),
        )


class Recall(Done):
    """That a placement ended: from a day on the agency has the case no more. kind: what brought it about."""

    placement_id = models.BigIntegerField(unique=True)
    on = models.DateField()
    kind = models.TextField()

    class Meta:
        db_table = "recovery_recall"


class AgencyFile(models.Model):
    """That a file was made for an agency: its kind, its sealed day, its rows, the SHA-256 of it.

    audit_place: where this stands in the audit log.
    """

    id = models.BigAutoField(primary_key=True)
    agency_id = models.BigIntegerField()
    kind = models.TextField()
    day = models.DateField()
    rows = models.IntegerField()
    digest = models.BinaryField()
    audit_place = models.BigIntegerField()
    by = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "recovery_agency_file"
        indexes = (models.Index(fields=["agency_id", "id"], name="recovery_agency_file_of"),)


class AgencyFileRow(models.Model):
    """That a placement, or its recall, stood in a file."""

    id = models.BigAutoField(primary_key=True)
    file_id = models.BigIntegerField()
    placement_id = models.BigIntegerField()

    class Meta:
        db_table = "recovery_agency_file_row"
        constraints = (
            models.UniqueConstraint(fields=["file_id", "placement_id"], name="recovery_agency_file_row_once"),
        )
        indexes = (models.Index(fields=["placement_id"], name="recovery_agency_file_row_of"),)


class AgencyReport(models.Model):
    """A row that an agency reported of a placement: a contact, a payment, a promise, a complaint, a dispute.

    reference: the agency's own name of it. row_id: what it became here: a contact decision, an entry, a promise, …
    day: on which it was taken. late: later than the terms allow. breaches: what of it was against rules or terms.
    """

    id = models.BigAutoField(primary_key=True)
    agency_id = models.BigIntegerField()
    placement_id = models.BigIntegerField()
    reference = models.TextField()
    kind = models.TextField()
    at = models.DateTimeField()
    account_id = models.BigIntegerField(null=True)
    amount_minor = models.BigIntegerField(null=True)
    row_id = models.BigIntegerField()
    day = models.DateField()
    late = models.BooleanField()
    breaches = models.JSONField(default=list)
    file_id = models.BigIntegerField()
    digest = models.BinaryField()
    by = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "recovery_agency_report"
        constraints = (models.UniqueConstraint(fields=["agency_id", "reference"], name="recovery_agency_report_once"),)
        indexes = (models.Index(fields=["placement_id"], name="recovery_agency_report_of"),)


class AgencyReview(Done):
    """That an agency was reviewed: the days looked at, the figures as computed then, the result, the next review."""

    agency_id = models.BigIntegerField()
    on = models.DateField()
    since = models.DateField()
    figures = models.JSONField()
    result = models.TextField()
    next_on = models.DateField()
    rule = models.TextField()

    class Meta:
        db_table = "recovery_agency_review"
        indexes = (models.Index(fields=["agency_id", "id"], name="recovery_agency_review_of"),)


class CommissionStatement(models.Model):
    """What an agency earned in a month, in one currency, on what came in less what was taken back.

    exact_micro: the sum of amount x ppm over the lines; carried_micro: of it and of the remainder before, what is less
    than a whole minor unit and goes on to the next statement. taken_minor: what of it the agency itself took in.
    """

    id = models.BigAutoField(primary_key=True)
    agency_id = models.BigIntegerField()
    month = models.DateField()
    currency = models.CharField(max_length=3)
    payments = models.IntegerField()
    received_minor = money()
    taken_minor = money()
    exact_micro = exact()
    brought_micro = models.BigIntegerField()
    commission_minor = money()
    carried_micro = models.BigIntegerField()
    by = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "recovery_commission_statement"
        constraints = (
            models.UniqueConstraint(fields=["agency_id", "month", "currency"], name="recovery_commission_once"),
        )


class CommissionLine(models.Model):
    """One entry of the ledger behind a commission statement: what came in or was taken back, at which rate.

    A refund has a line for each day and receiver of the payments that it gives back.
    """

    id = models.BigAutoField(primary_key=True)
    statement_id = models.BigIntegerField()
    entry_id = models.BigIntegerField()
    placed_account_id = models.BigIntegerField()
    amount_minor = money()
    commission_ppm = models.IntegerField()
    counted_on = models.DateField()
    by_agency = models.BooleanField()

    class Meta:
        db_table = "recovery_commission_line"
        indexes = (models.Index(fields=["statement_id"], name="recovery_commission_line_of"),)
        constraints = (
            models.UniqueConstraint(
                fields=["entry_id", "counted_on", "by_agency"], name="recovery_commission_line_once"
            ),
        )
