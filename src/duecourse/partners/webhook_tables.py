"""What is stored of webhooks: where a partner is told, what happened, and how each telling went."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class WebhookEndpoint(models.Model):
    """Where a partner is told of events of some kinds (none named: of all). The secret is encrypted. Append-only."""

    id = models.BigAutoField(primary_key=True)
    partner = models.TextField()
    url = models.TextField()
    kinds = ArrayField(models.TextField())
    secret = models.BinaryField()
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "partners_webhook_endpoint"


class WebhookEndpointEnd(models.Model):
    """An endpoint that is told nothing more, by whom and why. Append-only."""

    endpoint = models.OneToOneField(WebhookEndpoint, on_delete=models.PROTECT, primary_key=True)
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "partners_webhook_endpoint_end"


class WebhookEvent(models.Model):
    """Something that happened, once: its kind and the row that says so. body: what is told of it. Append-only."""

    id = models.BigAutoField(primary_key=True)
    kind = models.TextField()
    source_id = models.BigIntegerField()
    account_id = models.BigIntegerField(null=True)
    body = models.JSONField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "partners_webhook_event"
        constraints = (models.UniqueConstraint(fields=["kind", "source_id"], name="partners_webhook_event_once"),)
        indexes = (models.Index(fields=["account_id", "id"], name="partners_webhook_event_account"),)


class WebhookDelivery(models.Model):
    """An event that an endpoint is to be told of. next_at: when it is tried next; null: it is over."""

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(WebhookEvent, on_delete=models.PROTECT, db_index=False)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.PROTECT, db_index=False)
    next_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "partners_webhook_delivery"
        permissions = (("replay_webhook", "May tell a partner again what it was told"),)
        constraints = (
            models.UniqueConstraint(fields=["event", "endpoint"], name="partners_webhook_delivery_once"),
        )  # fmt: skip
        indexes = (
            models.Index(
                fields=["next_at"], name="partners_webhook_due", condition=models.Q(next_at__isnull=False)
            ),
        )  # fmt: skip


class WebhookTry(models.Model):
    """One attempt to tell, or that a person asked to tell again. status: the receiver's, null without one. Append-only.

    outcome: delivered, failed (it is tried again), dead (it is not), replay.
    """

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.PROTECT, db_index=False)
    number = models.IntegerField()
    outcome = models.TextField()
    status = models.SmallIntegerField(null=True)
    detail = models.TextField()
    by = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "partners_webhook_try"
        constraints = (models.UniqueConstraint(fields=["delivery", "number"], name="partners_webhook_try_once"),)
