"""A hardship form that was begun: one a borrower, written over and removed by the application."""

from django.db import migrations, models

from ._added_only import granting
from ._without_models import WithoutModels


class Migration(migrations.Migration):
    dependencies = (("duecourse", "0049_refunds_take_commission"),)

    operations = (
        migrations.CreateModel(
            name="HardshipDraft",
            fields=[
                ("borrower_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("told", models.BinaryField()),
                ("saved_at", models.DateTimeField()),
            ],
            options={
                "db_table": "care_hardship_draft",
                "indexes": [models.Index(fields=["saved_at"], name="care_hardship_draft_saved")],
            },
        ),
        WithoutModels(
            granting(("care_hardship_draft",), "SELECT, INSERT, UPDATE, DELETE"), WithoutModels.noop
        ),
    )
