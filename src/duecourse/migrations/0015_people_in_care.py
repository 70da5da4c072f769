"""Circumstances, representatives, breathing spaces, and how each went on."""

import django.db.models.functions.datetime
from django.db import migrations, models

from ._added_only import granting, refusing
from ._without_models import WithoutModels

TABLES = (
    "care_circumstance", "care_circumstance_state", "care_representative", "care_representative_end",
    "care_breathing_space", "care_breathing_space_state",
)  # fmt: skip


class Migration(migrations.Migration):

    dependencies = [
        ('duecourse', '0014_complaints'),
    ]

    operations = [
        migrations.CreateModel(
            name='RepresentativeEnd',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('representative_id', models.BigIntegerField(unique=True)),
                ('on', models.DateField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'care_representative_end',
            },
        ),
        migrations.CreateModel(
            name='BreathingSpace',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('key', models.TextField(unique=True)),
                ('kind', models.TextField()),
                ('begins_on', models.DateField()),
                ('last_on', models.DateField(null=True)),
                ('place', models.TextField()),
                ('rule', models.TextField()),
                ('reference', models.TextField()),
                ('block_id', models.BigIntegerField()),
            ],
            options={
                'db_table': 'care_breathing_space',
                'indexes': [models.Index(fields=['borrower_id'], name='care_breathing_space_borrower')],
            },
        ),
        migrations.CreateModel(
            name='BreathingSpaceState',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('breathing_space_id', models.BigIntegerField()),
                ('state', models.TextField()),
                ('on', models.DateField()),
                ('last_on', models.DateField()),
                ('block_id', models.BigIntegerField(null=True)),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'care_breathing_space_state',
                'indexes': [models.Index(fields=['breathing_space_id', 'id'], name='care_breathing_state_of')],
            },
        ),
        migrations.CreateModel(
            name='Circumstance',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('key', models.TextField(unique=True)),
                ('kind', models.BinaryField()),
                ('note', models.BinaryField()),
                ('treat', models.JSONField()),
                ('seen_on', models.DateField()),
                ('review_on', models.DateField()),
            ],
            options={
                'db_table': 'care_circumstance',
                'indexes': [models.Index(fields=['borrower_id'], name='care_circumstance_borrower')],
            },
        ),
        migrations.CreateModel(
            name='CircumstanceState',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('circumstance_id', models.BigIntegerField()),
                ('state', models.TextField()),
                ('on', models.DateField()),
                ('review_on', models.DateField(null=True)),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'care_circumstance_state',
                'indexes': [models.Index(fields=['circumstance_id', 'id'], name='care_circumstance_state_of')],
            },
        ),
        migrations.CreateModel(
            name='Representative',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('key', models.TextField(unique=True)),
                ('account_id', models.BigIntegerField(null=True)),
                ('kind', models.TextField()),
                ('name', models.BinaryField()),
                ('point_kind', models.TextField()),
                ('point', models.BinaryField()),
                ('authority_from', models.DateField()),
                ('authority_to', models.DateField(null=True)),
                ('block_id', models.BigIntegerField(null=True)),
            ],
            options={
                'db_table': 'care_representative',
                'indexes': [models.Index(fields=['borrower_id'], name='care_representative_borrower')],
            },
        ),
        migrations.RunSQL(refusing(TABLES)),
        WithoutModels(granting(TABLES), WithoutModels.noop),
    ]
