"""What is stored of staff who sign in; rows are only added."""

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
