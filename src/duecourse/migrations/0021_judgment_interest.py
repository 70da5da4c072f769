"""Interest on what a judgment awards."""

import django.db.models.functions.datetime
from django.db import migrations, models

from ._added_only import granting, refusing
from ._without_models import WithoutModels

TABLES = (
    "recovery_judgment_interest",
)


class Migration(migrations.Migration):

    dependencies = [
        ('duecourse', '0020_legal'),
    ]

    operations = [
        migrations.CreateModel(
            name='JudgmentInterest',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('proceeding_id', models.BigIntegerField()),
                ('through', models.DateField()),
                ('amount_minor', models.BigIntegerField(db_default=0, default=0)),
                ('act_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'recovery_judgment_interest',
                'constraints': [models.UniqueConstraint(fields=('proceeding_id', 'through'), name='recovery_interest_once')],
            },
        ),
        migrations.RunSQL(refusing(TABLES)),
        WithoutModels(granting(TABLES), WithoutModels.noop),
    ]
