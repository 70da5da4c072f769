"""How often a name and a password were tried, so that guessing ends soon; rows are added and never changed."""

import django.db.models.functions.datetime
from django.db import migrations, models

from ._added_only import granting, refusing
from ._without_models import WithoutModels

TABLES = ("web_staff_try",)


class Migration(migrations.Migration):
    dependencies = (("duecourse", "0040_circumstance_blocks"),)

    operations = (
        migrations.CreateModel(
            name="StaffTry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.BinaryField()),
                ("caller", models.BinaryField()),
                ("right", models.BooleanField()),
                ("at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "web_staff_try",
                "indexes": [
                    models.Index(fields=["name", "at"], name="web_staff_try_name"),
                    models.Index(fields=["caller", "at"], name="web_staff_try_caller"),
                ],
            },
        ),
        migrations.RunSQL(refusing(TABLES)),
        WithoutModels(granting(TABLES), WithoutModels.noop),
    )
