"""Model cards as they were made, and what watch lists did each time it was asked; rows are added and never changed."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from ._added_only import granting, refusing
from ._without_models import WithoutModels

TABLES = ("risk_card", "risk_uplift")


class Migration(migrations.Migration):
    dependencies = (("duecourse", "0024_api_keys"),)

    operations = (
        migrations.CreateModel(
            name="ModelCard",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("day", models.DateField(null=True)),
                ("data_digest", models.TextField(db_default="")),
                ("language", models.TextField()),
                ("page", models.TextField()),
                ("digest", models.TextField()),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cards",
                        to="duecourse.riskmodel",
                    ),
                ),
            ],
            options={
                "db_table": "risk_card",
                "constraints": [
                    models.UniqueConstraint(fields=["model", "language", "digest"], name="risk_card_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="UpliftFound",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("day", models.DateField()),
                ("experiment", models.TextField()),
                ("contacted", models.JSONField()),
                ("control", models.JSONField()),
                ("avoided", models.FloatField()),
                ("low", models.FloatField()),
                ("high", models.FloatField()),
                ("needed", models.IntegerField()),
                ("lists", models.IntegerField()),
                ("parts", models.JSONField()),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "risk_uplift",
                "constraints": [models.UniqueConstraint(fields=["day", "experiment"], name="risk_uplift_once")],
            },
        ),
        migrations.RunSQL(refusing(TABLES)),
        WithoutModels(granting(TABLES), WithoutModels.noop),
    )
