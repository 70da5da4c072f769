"""Hardship, its documents, what was offered for it and how it was answered."""

import django.db.models.functions.datetime
from django.db import migrations, models

from ._added_only import granting, refusing
from ._without_models import WithoutModels

TABLES = ("care_hardship", "care_hardship_document", "care_offer", "care_hardship_answer")


class Migration(migrations.Migration):

    dependencies = [
        ('duecourse', '0015_people_in_care'),
    ]

    operations = [
        migrations.CreateModel(
            name='Hardship',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('told_on', models.DateField()),
                ('place', models.TextField()),
                ('currency', models.CharField(max_length=3)),
                ('adults', models.SmallIntegerField()),
                ('children', models.SmallIntegerField()),
                ('told', models.BinaryField()),
                ('block_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'care_hardship',
                'indexes': [models.Index(fields=['borrower_id', 'id'], name='care_hardship_borrower')],
            },
        ),
        migrations.CreateModel(
            name='HardshipAnswer',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('hardship_id', models.BigIntegerField()),
                ('answer', models.TextField()),
                ('offer_id', models.BigIntegerField(null=True, unique=True)),
                ('arrangement_id', models.BigIntegerField(null=True)),
                ('answered_on', models.DateField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'care_hardship_answer',
                'indexes': [models.Index(fields=['hardship_id', 'id'], name='care_answer_hardship')],
            },
        ),
        migrations.CreateModel(
            name='HardshipDocument',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('hardship_id', models.BigIntegerField()),
                ('name', models.TextField()),
                ('content', models.BinaryField()),
                ('digest', models.BinaryField()),
                ('by', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'care_hardship_document',
                'indexes': [models.Index(fields=['hardship_id'], name='care_document_hardship')],
            },
        ),
        migrations.CreateModel(
            name='Offer',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('hardship_id', models.BigIntegerField()),
                ('account_id', models.BigIntegerField()),
                ('kind', models.TextField()),
                ('offered_on', models.DateField()),
                ('plan', models.JSONField()),
                ('shown', models.JSONField()),
                ('by', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'care_offer',
                'indexes': [models.Index(fields=['hardship_id', 'id'], name='care_offer_hardship')],
            },
        ),
        migrations.RunSQL(refusing(TABLES)),
        WithoutModels(granting(TABLES), WithoutModels.noop),
    ]
