"""Reaching borrowers: where they are, how, what they agreed to, what stands against it, decisions and outcomes."""

from importlib.resources import files

import django.db.models.functions.datetime
from django.db import migrations, models

from ._added_only import granting, refusing
from ._without_models import WithoutModels

TABLES = (
    "borrowers_residence", "borrowers_contact_point", "borrowers_point_state", "borrowers_consent", "borrowers_block",
    "borrowers_block_end", "borrowers_notice", "borrowers_inbound_contact", "borrowers_contact_decision",
    "borrowers_contact_outcome",
)  # fmt: skip
FACTS = files("duecourse.outreach").joinpath("contact_facts.sql").read_text()


class Migration(migrations.Migration):

    dependencies = [
        ('duecourse', '0008_beside'),
    ]

    operations = [
        migrations.CreateModel(
            name='BlockEnd',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('block_id', models.BigIntegerField(unique=True)),
                ('at', models.DateTimeField()),
            ],
            options={
                'db_table': 'borrowers_block_end',
            },
        ),
        migrations.CreateModel(
            name='RuleSet',
            fields=[
                ('digest', models.TextField(primary_key=True, serialize=False)),
                ('place', models.TextField()),
                ('rules', models.JSONField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'borrowers_rule_set',
            },
        ),
        migrations.CreateModel(
            name='Block',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('kind', models.TextField()),
                ('account_id', models.BigIntegerField(null=True)),
                ('channel', models.TextField()),
                ('purpose', models.TextField()),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField(null=True)),
                ('opens', models.SmallIntegerField()),
                ('shuts', models.SmallIntegerField()),
                ('weekdays', models.JSONField(null=True)),
            ],
            options={
                'db_table': 'borrowers_block',
                'indexes': [models.Index(fields=['borrower_id'], name='borrowers_block_borrower')],
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('kind', models.TextField()),
                ('channel', models.TextField()),
                ('purpose', models.TextField()),
                ('given', models.BooleanField()),
                ('at', models.DateTimeField()),
                ('until', models.DateTimeField(null=True)),
                ('opens', models.SmallIntegerField(db_default=0, default=0)),
                ('shuts', models.SmallIntegerField(db_default=1440, default=1440)),
            ],
            options={
                'db_table': 'borrowers_consent',
                'indexes': [models.Index(fields=['borrower_id', 'id'], name='borrowers_consent_borrower')],
            },
        ),
        migrations.CreateModel(
            name='ContactDecision',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('account_id', models.BigIntegerField(null=True)),
                ('channel', models.TextField()),
                ('purpose', models.TextField()),
                ('relation', models.TextField()),
                ('point_id', models.BigIntegerField(null=True)),
                ('at', models.DateTimeField()),
                ('allowed', models.BooleanField()),
                ('refusals', models.JSONField()),
                ('next_at', models.DateTimeField(null=True)),
                ('fault', models.TextField()),
                ('inputs', models.JSONField()),
                ('rule_set', models.TextField()),
                ('key', models.TextField()),
                ('by', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'borrowers_contact_decision',
                'indexes': [models.Index(fields=['borrower_id', 'at'], name='borrowers_decision_borrower')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('key', ''), _negated=True), fields=('key',), name='borrowers_decision_key')],
            },
        ),
        migrations.CreateModel(
            name='ContactOutcome',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('decision_id', models.BigIntegerField()),
                ('outcome', models.TextField()),
                ('at', models.DateTimeField()),
                ('by', models.TextField()),
                ('note', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'borrowers_contact_outcome',
                'indexes': [models.Index(fields=['decision_id', 'id'], name='borrowers_outcome_decision')],
            },
        ),
        migrations.CreateModel(
            name='ContactPoint',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('kind', models.TextField()),
                ('value', models.BinaryField()),
                ('digest', models.BinaryField()),
                ('at_work', models.BooleanField()),
                ('source', models.TextField()),
            ],
            options={
                'db_table': 'borrowers_contact_point',
                'indexes': [models.Index(fields=['borrower_id', 'id'], name='borrowers_point_borrower')],
                'constraints': [models.UniqueConstraint(fields=('borrower_id', 'kind', 'digest'), name='borrowers_point_once')],
            },
        ),
        migrations.CreateModel(
            name='InboundContact',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('account_id', models.BigIntegerField(null=True)),
                ('channel', models.TextField()),
                ('outcome', models.TextField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'db_table': 'borrowers_inbound_contact',
                'indexes': [models.Index(fields=['borrower_id', 'at'], name='borrowers_inbound_borrower')],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('kind', models.TextField()),
                ('account_id', models.BigIntegerField(null=True)),
                ('sent_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'borrowers_notice',
                'indexes': [models.Index(fields=['borrower_id'], name='borrowers_notice_borrower')],
            },
        ),
        migrations.CreateModel(
            name='PointState',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('point_id', models.BigIntegerField()),
                ('state', models.TextField()),
            ],
            options={
                'db_table': 'borrowers_point_state',
                'indexes': [models.Index(fields=['borrower_id'], name='borrowers_point_state_borrower')],
            },
        ),
        migrations.CreateModel(
            name='Residence',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('place', models.TextField()),
                ('zone', models.TextField()),
                ('language', models.TextField()),
            ],
            options={
                'db_table': 'borrowers_residence',
                'indexes': [models.Index(fields=['borrower_id', 'id'], name='borrowers_residence_borrower')],
            },
        ),
        migrations.RunSQL(refusing(TABLES) + FACTS),
        WithoutModels(granting((*TABLES, "borrowers_rule_set")), WithoutModels.noop),
    ]
