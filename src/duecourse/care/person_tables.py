"""What is stored of a person's circumstances, who speaks for them, breathing spaces. Rows are added, never changed."""

from django.db import models
from django.db.models.functions import Now

from .keyed import Keyed


class Circumstance(Keyed):
    """Why a person is to be treated with care, encrypted; how (`treat`, in clear), who saw it, when to look again.

    block_ids: the blocks on channels that it sets while it stands.
    """

    kind = models.BinaryField()
    note = models.BinaryField()
    treat = models.JSONField()
    block_ids = models.JSONField(default=list)
    seen_on = models.DateField()
    review_on = models.DateField()

    class Meta:
        db_table = "care_circumstance"
        indexes = (models.Index(fields=["borrower_id"], name="care_circumstance_borrower"),)


class CircumstanceState(models.Model):
    """A circumstance was looked at again (`review_on`: when next), or ended."""

    id = models.BigAutoField(primary_key=True)
    circumstance_id = models.BigIntegerField()
    state = models.TextField()
    on = models.DateField()
    review_on = models.DateField(null=True)
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "care_circumstance_state"
        indexes = (models.Index(fields=["circumstance_id", "id"], name="care_circumstance_state_of"),)


class Representative(Keyed):
    """Who speaks for a person, about an account (null: all), with authority from and to (null: until further notice).

    name, point: encrypted. block_id: null where the person may be spoken to all the same.
    """

    account_id = models.BigIntegerField(null=True)
    kind = models.TextField()
    name = models.BinaryField()
    point_kind = models.TextField()
    point = models.BinaryField()
    authority_from = models.DateField()
    authority_to = models.DateField(null=True)
    block_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "care_representative"
        indexes = (models.Index(fields=["borrower_id"], name="care_representative_borrower"),)


class RepresentativeEnd(models.Model):
    """An authority that ended before its time, or had no end; on: the first day without it."""

    id = models.BigAutoField(primary_key=True)
    representative_id = models.BigIntegerField(unique=True)
    on = models.DateField()
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "care_representative_end"


class BreathingSpace(Keyed):
    """A breathing space, by its first and last day (null: as long as the treatment lasts) and the register's number."""

    kind = models.TextField()
    begins_on = models.DateField()
    last_on = models.DateField(null=True)
    place = models.TextField()
    rule = models.TextField()
    reference = models.TextField()
    block_id = models.BigIntegerField()

    class Meta:
        db_table = "care_breathing_space"
        indexes = (models.Index(fields=["borrower_id"], name="care_breathing_space_borrower"),)


class BreathingSpaceState(models.Model):
    """The treatment ended, or the breathing space did; last_on: its last day now, block_id: what stands until then."""

    id = models.BigAutoField(primary_key=True)
    breathing_space_id = models.BigIntegerField()
    state = models.TextField()
    on = models.DateField()
    last_on = models.DateField()
    block_id = models.BigIntegerField(null=True)
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "care_breathing_space_state"
        indexes = (models.Index(fields=["breathing_space_id", "id"], name="care_breathing_state_of"),)
