"""Strategies and cases: what they are, what became of them, who works on them."""

import django.db.models.functions.datetime
from django.db import migrations, models

from ._added_only import granting
from ._without_models import WithoutModels

TABLES = (
    "recovery_strategy", "recovery_strategy_state", "recovery_case", "recovery_case_state", "recovery_case_owner",
    "recovery_case_work", "recovery_case_day",
)  # fmt: skip


class Migration(migrations.Migration):

    dependencies = [
        ('duecourse', '0017_contacts_by_day'),
    ]

    operations = [
        migrations.CreateModel(
            name='CaseDay',
            fields=[
                ('day', models.DateField(primary_key=True, serialize=False)),
                ('cases', models.IntegerField()),
                ('moves', models.IntegerField()),
                ('by', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'recovery_case_day',
            },
        ),
        migrations.CreateModel(
            name='CaseWork',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('state_id', models.BigIntegerField(unique=True)),
                ('done', models.BooleanField()),
                ('decision_id', models.BigIntegerField(null=True)),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'recovery_case_work',
            },
        ),
        migrations.CreateModel(
            name='Strategy',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('name', models.TextField()),
                ('digest', models.TextField(unique=True)),
                ('body', models.TextField()),
                ('by', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'recovery_strategy',
            },
        ),
        migrations.CreateModel(
            name='StrategyState',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('strategy_id', models.BigIntegerField()),
                ('state', models.TextField()),
                ('experiment', models.TextField()),
                ('challenger_ppm', models.IntegerField()),
                ('control_ppm', models.IntegerField()),
                ('on', models.DateField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'recovery_strategy_state',
            },
        ),
        migrations.CreateModel(
            name='Case',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('opened_on', models.DateField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'recovery_case',
                'constraints': [models.UniqueConstraint(fields=('borrower_id', 'opened_on'), name='recovery_case_once')],
            },
        ),
        migrations.CreateModel(
            name='CaseOwner',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('case_id', models.BigIntegerField()),
                ('owner', models.TextField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'recovery_case_owner',
                'indexes': [models.Index(fields=['case_id', 'id'], name='recovery_owner_case')],
            },
        ),
        migrations.CreateModel(
            name='CaseState',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('case_id', models.BigIntegerField()),
                ('on', models.DateField()),
                ('stage', models.TextField()),
                ('treatment', models.TextField()),
                ('channel', models.TextField()),
                ('arm', models.TextField()),
                ('strategy_id', models.BigIntegerField()),
                ('rule', models.TextField()),
                ('currency', models.CharField(max_length=3)),
                ('facts', models.JSONField()),
                ('by', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'recovery_case_state',
                'constraints': [models.UniqueConstraint(fields=('case_id', 'on'), name='recovery_case_state_once')],
            },
        ),
        WithoutModels(granting(TABLES), WithoutModels.noop),
    ]
