"""What is stored of hardship and of what was offered for it; rows are added and never changed, but for a draft."""

from django.db import models
from django.db.models.functions import Now


class Hardship(models.Model):
    """A borrower's stated inability to pay; income, spending and cause are encrypted, the household's size is not."""

    id = models.BigAutoField(primary_key=True)
    borrower_id = models.BigIntegerField()
    told_on = models.DateField()
    place = models.TextField()
    currency = models.CharField(max_length=3)
    adults = models.SmallIntegerField()
    children = models.SmallIntegerField()
    told = models.BinaryField()
    block_id = models.BigIntegerField()
    by = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "care_hardship"
        indexes = (models.Index(fields=["borrower_id", "id"], name="care_hardship_borrower"),)


class HardshipDraft(models.Model):
    """A form that a borrower has begun, encrypted: no record yet, so it is written over and removed once it is sent."""

    borrower_id = models.BigIntegerField(primary_key=True)
    told = models.BinaryField()
    saved_at = models.DateTimeField()

    class Meta:
        db_table = "care_hardship_draft"
        indexes = (models.Index(fields=["saved_at"], name="care_hardship_draft_saved"),)


class HardshipDocument(models.Model):
    """A document that was attached to a hardship, encrypted; `digest` is the SHA-256 of what came in."""

    id = models.BigAutoField(primary_key=True)
    hardship_id = models.BigIntegerField()
    name = models.TextField()
    content = models.BinaryField()
    digest = models.BinaryField()
    by = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "care_hardship_document"
        indexes = (models.Index(fields=["hardship_id"], name="care_document_hardship"),)


class Offer(models.Model):
    """One option as it was shown: its plan word for word, what it asks by which day, and what was told of it."""

    id = models.BigAutoField(primary_key=True)
    hardship_id = models.BigIntegerField()
    account_id = models.BigIntegerField()
    kind = models.TextField()
    offered_on = models.DateField()
    plan = models.JSONField()
    shown = models.JSONField()
    by = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "care_offer"
        indexes = (models.Index(fields=["hardship_id", "id"], name="care_offer_hardship"),)


class HardshipAnswer(models.Model):
    """An answer to a hardship: an offer accepted for an account, all declined, or referred to an adviser."""

    id = models.BigAutoField(primary_key=True)
    hardship_id = models.BigIntegerField()
    answer = models.TextField()
    offer_id = models.BigIntegerField(null=True, unique=True)
    arrangement_id = models.BigIntegerField(null=True)
    answered_on = models.DateField()
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "care_hardship_answer"
        indexes = (models.Index(fields=["hardship_id", "id"], name="care_answer_hardship"),)
