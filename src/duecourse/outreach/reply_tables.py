"""What is stored of replies to messages. Rows are added and never changed; text and sender are encrypted."""

from django.db import models
from django.db.models.functions import Now


class Reply(models.Model):
    """A message that came in: by which channel, when, what it was taken for (rules.reply_terms), what it hints at.

    digest: keyed, of all that it says, so that it is taken once. message_id: the message of ours that it answers, where
    it names one.
    """

    id = models.BigAutoField(primary_key=True)
    digest = models.BinaryField(unique=True)
    channel = models.TextField()
    at = models.DateTimeField()
    sender = models.BinaryField()
    text = models.BinaryField()
    kind = models.TextField()
    word = models.TextField()
    hints = models.JSONField()
    message_id = models.BigIntegerField(null=True)
    by = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "outreach_reply"


class ReplyPerson(models.Model):
    """A borrower whose number or address a reply came from, and the consent that it withdrew, if it did."""

    id = models.BigAutoField(primary_key=True)
    reply_id = models.BigIntegerField()
    borrower_id = models.BigIntegerField()
    consent_id = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "outreach_reply_person"
        constraints = (models.UniqueConstraint(fields=["reply_id", "borrower_id"], name="outreach_reply_person_once"),)
        indexes = (models.Index(fields=["borrower_id", "id"], name="outreach_reply_borrower"),)


class ReplyRead(models.Model):
    """A reply that a person has read, and what followed."""

    reply_id = models.BigIntegerField(primary_key=True)
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "outreach_reply_read"
