"""Who of the lender's people looked at a borrower; rows are added and never changed."""

import django.db.models.functions.datetime
from django.db import migrations, models

from ._added_only import granting, refusing
from ._without_models import WithoutModels

TABLES = ("borrowers_reading",)


class Migration(migrations.Migration):
    dependencies = (("duecourse", "0038_rotation"),)

    operations = (
        migrations.CreateModel(
            name="Reading",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("borrower_id", models.BigIntegerField()),
                ("account", models.TextField(db_default="", default="")),
                ("by", models.TextField()),
                ("roles", models.JSONField()),
                ("what", models.TextField()),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "borrowers_reading",
                "indexes": [models.Index(fields=["borrower_id", "id"], name="borrowers_reading_of")],
            },
        ),
        migrations.RunSQL(refusing(TABLES)),
        WithoutModels(granting(TABLES), WithoutModels.noop),
    )
