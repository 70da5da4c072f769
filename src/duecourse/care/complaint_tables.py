"""What is stored of complaints. Rows are added and never changed."""

from django.db import models
from django.db.models.functions import Now

from .keyed import Keyed


class Complaint(Keyed):
    """What a person complains of, in their words (encrypted). agency: against whom, where not against the lender.

    place: where they lived then, whose clocks run. product: the account's.
    """

    account_id = models.BigIntegerField(null=True)
    product = models.TextField()
    channel = models.TextField()
    about = models.TextField()
    agency = models.TextField()
    received_on = models.DateField()
    place = models.TextField()
    text = models.BinaryField()

    class Meta:
        db_table = "care_complaint"
        indexes = (models.Index(fields=["borrower_id", "id"], name="care_complaint_borrower"),)


class ComplaintState(models.Model):
    """How a complaint went on. outcome: of an answer; root_cause: of a closed one; text: the answer, encrypted."""

    id = models.BigAutoField(primary_key=True)
    complaint_id = models.BigIntegerField()
    state = models.TextField()
    on = models.DateField()
    outcome = models.TextField()
    root_cause = models.TextField()
    text = models.BinaryField(null=True)
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "care_complaint_state"
        indexes = (models.Index(fields=["complaint_id", "id"], name="care_complaint_state_of"),)


class ComplaintAgency(models.Model):
    """That a complaint turned out to be about an agency, told after it was received."""

    id = models.BigAutoField(primary_key=True)
    complaint_id = models.BigIntegerField()
    agency = models.TextField()
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "care_complaint_agency"
        constraints = (models.UniqueConstraint(fields=["complaint_id", "agency"], name="care_complaint_agency_once"),)
