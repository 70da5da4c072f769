"""What is stored of staff who sign in; rows are only added."""

from django.contrib.auth.models import User
from django.db import models
from django.db.models.functions import Now


class StaffTry(models.Model):
    """That somebody typed a name and a password, and a second row with `right` where they were right.

    name, caller: keyed digests of the name that was typed, there or not, and of where the request came from.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.BinaryField()
    caller = models.BinaryField()
    right = models.BooleanField()
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "web_staff_try"
        indexes = (
            models.Index(fields=["name", "at"], name="web_staff_try_name"),
            models.Index(fields=["caller", "at"], name="web_staff_try_caller"),
        )


class StaffCode(models.Model):
    """A code of a second factor that was right once: within its time it is right no more. digest: keyed."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    digest = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        db_table = "web_staff_code"


class StaffFactor(models.Model):
    """That a second factor of somebody was turned on or off, by whom and, where by another, why."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    kind = models.TextField()
    act = models.TextField()
    name = models.TextField()
    by = models.TextField()
    reason = models.TextField()
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "web_staff_factor"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(act__in=("on", "off", "renewed", "reset")), name="web_staff_factor_act"
            ),
            models.CheckConstraint(
                condition=~models.Q(act="reset") | ~models.Q(reason=""), name="web_staff_factor_reset_has_reason"
            ),
        )


class StaffRoles(models.Model):
    """The roles that somebody has from now on (none: is let in no more), by whom they were given and why; the newest
    counts."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    roles = models.JSONField()
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "web_staff_roles"
