"""What is stored of borrowers who sign in: codes that were asked for, and what was tried; rows are only added."""

from django.db import models
from django.db.models.functions import Now


class SignInCode(models.Model):
    """A code that was asked for. borrower and code: null where nobody answers to what was told; the code is a digest.

    told, caller: keyed digests of the address and ending that were told, and of where the request came from.
    """

    id = models.BigAutoField(primary_key=True)
    borrower_id = models.BigIntegerField(null=True)
    point_id = models.BigIntegerField(null=True)
    told = models.BinaryField()
    caller = models.BinaryField()
    code = models.BinaryField(null=True)
    at = models.DateTimeField()
    until = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "outreach_sign_in_code"
        indexes = (
            models.Index(fields=["told", "at"], name="outreach_sign_in_told"),
            models.Index(fields=["caller", "at"], name="outreach_sign_in_caller"),
        )


class SignInTry(models.Model):
    """A code that somebody typed, and whether it was the right one."""

    id = models.BigAutoField(primary_key=True)
    code_id = models.BigIntegerField()
    right = models.BooleanField()
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "outreach_sign_in_try"
        indexes = (models.Index(fields=["code_id"], name="outreach_sign_in_try_code"),)
        constraints = (
            models.UniqueConstraint(fields=["code_id"], condition=models.Q(right=True), name="outreach_sign_in_once"),
        )
