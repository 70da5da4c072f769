"""What is stored of messages, and of how a borrower wishes to get them. Rows are added and never changed."""

from django.db import models
from django.db.models.functions import Now

from duecourse.borrowers.contact_tables import Told


class Message(models.Model):
    """One message to one borrower, as it is to be sent: why, by which channel, in which words, from when until when.

    key: asked twice, queued once. due_on, amount_minor: the due it speaks of, and how much of it. point_id: where to,
    null for the inbox. not_after: when its use is over.
    """

    id = models.BigAutoField(primary_key=True)
    key = models.TextField(unique=True)
    borrower_id = models.BigIntegerField()
    account_id = models.BigIntegerField(null=True)
    due_on = models.DateField(null=True)
    amount_minor = models.BigIntegerField(null=True)
    point_id = models.BigIntegerField(null=True)
    purpose = models.TextField()
    moment = models.TextField()
    channel = models.TextField()
    language = models.TextField()
    template = models.TextField()
    template_version = models.TextField()
    values = models.JSONField()
    subject = models.TextField()
    text = models.TextField()
    html = models.TextField()
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    by = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "outreach_message"
        indexes = (
            models.Index(fields=["borrower_id", "id"], name="outreach_message_borrower"),
            models.Index(fields=["not_after"], name="outreach_message_not_after"),
        )


class MessageStep(models.Model):
    """What became of a message, one row after the other; the newest counts (outreach.send says what each means).

    next_at: when it is tried again, where it is. decision_id: what the gate said, where it was asked.
    """

    id = models.BigAutoField(primary_key=True)
    message_id = models.BigIntegerField()
    number = models.IntegerField()
    step = models.TextField()
    at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    decision_id = models.BigIntegerField(null=True)
    detail = models.TextField()
    by = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "outreach_message_step"
        constraints = (models.UniqueConstraint(fields=["message_id", "number"], name="outreach_message_step_once"),)


class Attachment(models.Model):
    """A file that goes with a message, encrypted; `digest`: the SHA-256 of what it holds."""

    message_id = models.BigIntegerField(primary_key=True)
    name = models.TextField()
    media_type = models.TextField()
    content = models.BinaryField()
    digest = models.BinaryField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "outreach_attachment"


class InboxItem(models.Model):
    """A message that lies in a borrower's inbox in the app."""

    id = models.BigAutoField(primary_key=True)
    message_id = models.BigIntegerField(unique=True)
    borrower_id = models.BigIntegerField()
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "outreach_inbox_item"
        indexes = (models.Index(fields=["borrower_id", "id"], name="outreach_inbox_borrower"),)


class Wish(Told):
    """How a borrower wishes to be reminded; "" and null are the house's own. before_days 0: not before the due day."""

    channel = models.TextField()
    language = models.TextField()
    hour = models.SmallIntegerField(null=True)
    before_days = models.SmallIntegerField(null=True)

    class Meta:
        db_table = "outreach_wish"
        indexes = (models.Index(fields=["borrower_id", "id"], name="outreach_wish_borrower"),)


class CalendarFeed(Told):
    """An address from which a borrower's calendar fetches the due days, until it is ended."""

    class Meta:
        db_table = "outreach_calendar_feed"
        indexes = (models.Index(fields=["borrower_id"], name="outreach_feed_borrower"),)


class CalendarFeedEnd(Told):
    """A calendar feed that was ended."""

    feed_id = models.BigIntegerField(unique=True)

    class Meta:
        db_table = "outreach_calendar_feed_end"
