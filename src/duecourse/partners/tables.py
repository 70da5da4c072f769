"""What is stored of partners' keys: what each may do, its end, how often it was used, what was answered."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class ApiKey(models.Model):
    """A key of a partner ("lender" or a party's code). prefix: shown; digest: SHA-256 of the whole. Append-only."""

    id = models.BigAutoField(primary_key=True)
    partner = models.TextField()
    prefix = models.TextField(unique=True)
    digest = models.BinaryField()
    scopes = ArrayField(models.TextField())
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    per_minute = models.IntegerField()
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "partners_api_key"


class ApiKeyEnd(models.Model):
    """A key that was revoked, by whom and why. Append-only."""

    key = models.OneToOneField(ApiKey, on_delete=models.PROTECT, primary_key=True)
    at = models.DateTimeField()
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "partners_api_key_end"


class ApiAllowance(models.Model):
    """Until when a key has used up its rate: requests push it on, time catches up with it. One row a key."""

    key = models.OneToOneField(ApiKey, on_delete=models.PROTECT, primary_key=True)
    used_until = models.DateTimeField()

    class Meta:
        db_table = "partners_api_allowance"


class ApiAnswer(models.Model):
    """What a request that changed something was answered, by its partner's idempotency key. Append-only.

    digest: of the method, the address and the body, so that another request under the key is known.
    """

    id = models.BigAutoField(primary_key=True)
    partner = models.TextField()
    key = models.TextField()
    digest = models.BinaryField()
    status = models.SmallIntegerField()
    body = models.BinaryField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "partners_api_answer"
        constraints = (models.UniqueConstraint(fields=["partner", "key"], name="partners_api_answer_once"),)
