"""Watch lists and their accounts; rows are added and never changed."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from ._added_only import granting, refusing
from ._without_models import WithoutModels

TABLES = ("risk_watch_list", "risk_watched")
GUARDS = """
ALTER TABLE risk_watched ADD CONSTRAINT risk_watched_drawn CHECK (drawn IN ('contact', 'control'));
ALTER TABLE risk_watch_list ADD CONSTRAINT risk_watch_list_effect CHECK (effect_from IN ('assumed', 'measured'));
""" + refusing(TABLES)


class Migration(migrations.Migration):
    dependencies = (("duecourse", "0005_targets"),)

    operations = (
        migrations.CreateModel(
            name="WatchList",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("day", models.DateField()),
                ("experiment", models.TextField()),
                ("currency", models.CharField(max_length=3)),
                ("scored_by", models.JSONField()),
                ("capacity", models.IntegerField()),
                ("cost_minor", models.BigIntegerField()),
                ("effect_from", models.TextField()),
                ("avoided_ppm", models.IntegerField()),
                ("lost_ppm", models.IntegerField()),
                ("control_ppm", models.IntegerField()),
                ("by", models.TextField()),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "risk_watch_list",
                "constraints": [
                    models.UniqueConstraint(fields=["day", "experiment", "currency"], name="risk_watch_list_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Watched",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("account_id", models.BigIntegerField()),
                ("place", models.IntegerField()),
                ("drawn", models.TextField()),
                ("chance_ppm", models.IntegerField()),
                ("owed_minor", models.BigIntegerField()),
                ("avoided_minor", models.BigIntegerField()),
                (
                    "list",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="watched",
                        to="duecourse.watchlist",
                    ),
                ),
            ],
            options={
                "db_table": "risk_watched",
                "constraints": [models.UniqueConstraint(fields=["list", "account_id"], name="risk_watched_once")],
            },
        ),
        migrations.RunSQL(GUARDS),
        WithoutModels(granting(TABLES), WithoutModels.noop),
    )
