"""Which acts stop what an account would charge, and for what they were done."""

import django.db.models.functions.datetime
from django.db import migrations, models

from ._added_only import granting, refusing
from ._without_models import WithoutModels

TABLES = ("care_freeze",)


class Migration(migrations.Migration):

    dependencies = [
        ('duecourse', '0030_webhooks'),
    ]

    operations = [
        migrations.CreateModel(
            name='Freeze',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('of', models.TextField()),
                ('of_id', models.BigIntegerField()),
                ('account_id', models.BigIntegerField()),
                ('act_id', models.BigIntegerField(unique=True)),
                ('first_on', models.DateField()),
                ('last_on', models.DateField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'care_freeze',
                'indexes': [models.Index(fields=['of', 'of_id', 'account_id'], name='care_freeze_of')],
            },
        ),
        migrations.RunSQL(refusing(TABLES)),
        WithoutModels(granting(TABLES), WithoutModels.noop),
    ]
