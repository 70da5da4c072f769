"""Promises to pay, what became of them, the days by which they were judged."""

import django.db.models.functions.datetime
from django.db import migrations, models

from ._added_only import granting, refusing
from ._without_models import WithoutModels

TABLES = (
    "care_promise", "care_promise_state", "care_promise_judging",
)  # fmt: skip


class Migration(migrations.Migration):

    dependencies = [
        ('duecourse', '0012_messages'),
    ]

    operations = [
        migrations.CreateModel(
            name='PromiseJudging',
            fields=[
                ('day', models.DateField(primary_key=True, serialize=False)),
                ('by', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'care_promise_judging',
            },
        ),
        migrations.CreateModel(
            name='Promise',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('key', models.TextField(unique=True)),
                ('account_id', models.BigIntegerField(null=True)),
                ('amount_minor', models.BigIntegerField(db_default=0, default=0)),
                ('made_on', models.DateField()),
                ('due_on', models.DateField()),
                ('last_on', models.DateField()),
                ('channel', models.TextField()),
                ('before', models.JSONField(default=dict)),
                ('block_id', models.BigIntegerField()),
            ],
            options={
                'db_table': 'care_promise',
                'indexes': [models.Index(fields=['borrower_id', 'id'], name='care_promise_borrower')],
            },
        ),
        migrations.CreateModel(
            name='PromiseState',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('promise_id', models.BigIntegerField()),
                ('state', models.TextField()),
                ('on', models.DateField()),
                ('through', models.DateField(null=True)),
                ('paid_minor', models.BigIntegerField(db_default=0, default=0)),
                ('block_id', models.BigIntegerField(null=True)),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'care_promise_state',
                'indexes': [models.Index(fields=['promise_id', 'id'], name='care_promise_state_of')],
            },
        ),
        migrations.RunSQL(refusing(TABLES)),
        WithoutModels(granting(TABLES), WithoutModels.noop),
    ]
