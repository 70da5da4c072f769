"""Complaints and disputes, and how each went on."""

import django.db.models.functions.datetime
from django.db import migrations, models

from ._added_only import granting, refusing
from ._without_models import WithoutModels

TABLES = (
    "care_complaint", "care_complaint_state", "care_dispute", "care_dispute_state",
)  # fmt: skip


class Migration(migrations.Migration):

    dependencies = [
        ('duecourse', '0013_promises'),
    ]

    operations = [
        migrations.CreateModel(
            name='Complaint',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('key', models.TextField(unique=True)),
                ('account_id', models.BigIntegerField(null=True)),
                ('product', models.TextField()),
                ('channel', models.TextField()),
                ('about', models.TextField()),
                ('agency', models.TextField()),
                ('received_on', models.DateField()),
                ('place', models.TextField()),
                ('text', models.BinaryField()),
            ],
            options={
                'db_table': 'care_complaint',
                'indexes': [models.Index(fields=['borrower_id', 'id'], name='care_complaint_borrower')],
            },
        ),
        migrations.CreateModel(
            name='ComplaintState',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('complaint_id', models.BigIntegerField()),
                ('state', models.TextField()),
                ('on', models.DateField()),
                ('outcome', models.TextField()),
                ('root_cause', models.TextField()),
                ('text', models.BinaryField(null=True)),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'care_complaint_state',
                'indexes': [models.Index(fields=['complaint_id', 'id'], name='care_complaint_state_of')],
            },
        ),
        migrations.CreateModel(
            name='Dispute',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('key', models.TextField(unique=True)),
                ('account_id', models.BigIntegerField(null=True)),
                ('kind', models.TextField()),
                ('amount_minor', models.BigIntegerField(null=True)),
                ('channel', models.TextField()),
                ('opened_on', models.DateField()),
                ('place', models.TextField()),
                ('text', models.BinaryField()),
                ('block_id', models.BigIntegerField()),
            ],
            options={
                'db_table': 'care_dispute',
                'indexes': [models.Index(fields=['borrower_id', 'id'], name='care_dispute_borrower')],
            },
        ),
        migrations.CreateModel(
            name='DisputeState',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('dispute_id', models.BigIntegerField()),
                ('state', models.TextField()),
                ('on', models.DateField()),
                ('amount_minor', models.BigIntegerField(null=True)),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'care_dispute_state',
                'indexes': [models.Index(fields=['dispute_id', 'id'], name='care_dispute_state_of')],
            },
        ),
        migrations.RunSQL(refusing(TABLES)),
        WithoutModels(granting(TABLES), WithoutModels.noop),
    ]
