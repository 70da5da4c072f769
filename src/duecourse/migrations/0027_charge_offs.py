"""Charge-offs by rule, targets of what comes back of them, small balances; what is charged off and comes back is found."""

import django.contrib.postgres.fields
import django.db.models.functions.datetime
from django.db import migrations, models

from ._added_only import granting, refusing
from ._without_models import WithoutModels

TABLES = (
    "recovery_proposal",
    "recovery_proposal_outcome",
    "recovery_proposed",
    "recovery_small_balance",
    "recovery_target",
)
FOUND = """
CREATE INDEX ledger_entry_charged_off ON ledger_entry (account_id)
    WHERE charged_off IS NOT NULL OR recovered IS NOT NULL
"""


class Migration(migrations.Migration):

    dependencies = [
        ('duecourse', '0026_replies'),
    ]

    operations = [
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('rule', models.TextField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'recovery_proposal',
            },
        ),
        migrations.CreateModel(
            name='ProposalOutcome',
            fields=[
                ('proposed_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('on', models.DateField()),
                ('act_id', models.BigIntegerField(null=True)),
                ('lost_minor', models.BigIntegerField(db_default=0, default=0)),
                ('refused', models.TextField()),
                ('detail', models.TextField()),
                ('by', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'recovery_proposal_outcome',
            },
        ),
        migrations.CreateModel(
            name='Target',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('product', models.TextField()),
                ('since', models.DateField()),
                ('months', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('share_ppm', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'recovery_target',
            },
        ),
        migrations.CreateModel(
            name='Proposed',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('proposal_id', models.BigIntegerField()),
                ('account_id', models.BigIntegerField()),
                ('days_past_due', models.IntegerField()),
                ('principal_minor', models.BigIntegerField(db_default=0, default=0)),
                ('interest_minor', models.BigIntegerField(db_default=0, default=0)),
                ('fee_minor', models.BigIntegerField(db_default=0, default=0)),
                ('penalty_minor', models.BigIntegerField(db_default=0, default=0)),
                ('lost_minor', models.BigIntegerField(db_default=0, default=0)),
            ],
            options={
                'db_table': 'recovery_proposed',
                'indexes': [models.Index(fields=['account_id'], name='recovery_proposed_account')],
                'constraints': [models.UniqueConstraint(fields=('proposal_id', 'account_id'), name='recovery_proposed_once')],
            },
        ),
        migrations.CreateModel(
            name='SmallBalance',
            fields=[
                ('act_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('account_id', models.BigIntegerField()),
                ('on', models.DateField()),
                ('amount_minor', models.BigIntegerField(db_default=0, default=0)),
                ('rule', models.TextField()),
                ('closes_line', models.BooleanField()),
                ('by', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'recovery_small_balance',
                'indexes': [models.Index(fields=['account_id'], name='recovery_small_account')],
            },
        ),
        migrations.RunSQL(FOUND),
        migrations.RunSQL(refusing(TABLES)),
        WithoutModels(granting(TABLES), WithoutModels.noop),
    ]
