"""Notes about persons."""

import django.db.models.functions.datetime
from django.db import migrations, models

from ._added_only import granting, refusing
from ._without_models import WithoutModels

TABLES = ("care_note",)


class Migration(migrations.Migration):

    dependencies = [
        ('duecourse', '0035_found_by'),
    ]

    operations = [
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('key', models.TextField(unique=True)),
                ('account_id', models.BigIntegerField(null=True)),
                ('text', models.BinaryField()),
            ],
            options={
                'db_table': 'care_note',
                'indexes': [models.Index(fields=['borrower_id', 'id'], name='care_note_borrower')],
            },
        ),
        migrations.RunSQL(refusing(TABLES)),
        WithoutModels(granting(TABLES), WithoutModels.noop),
    ]
