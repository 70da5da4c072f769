"""What intake stores."""

from django.db import models
from django.db.models.functions import Now


class File(models.Model):
    """A file that was taken: known by its content, not by its name; its kind says what it holds."""

    id = models.AutoField(primary_key=True)
    kind = models.TextField(
        choices=[
            ("card", "card book"),
            ("payments", "payments"),
            ("loans", "loan book"),
            ("loan_months", "months of a loan book"),
            ("debit_answers", "answers to debit orders"),
        ],
        default="card",
    )
    digest = models.BinaryField(unique=True)
    name = models.TextField()
    rows = models.IntegerField()
    recorded_at = models.DateTimeField(db_default=Now())
    summary = models.JSONField(default=dict)

    class Meta:
        db_table = "intake_file"


class Quarantined(models.Model):
    """A row that could not be taken: where it stands, what is wrong, and by which file it was taken later."""

    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="quarantined")
    row = models.IntegerField()
    field = models.TextField()
    code = models.TextField()
    reason = models.TextField()
    reference = models.TextField(null=True)
    taken_by = models.ForeignKey(File, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "intake_quarantined"
