"""Incidents: what was tried and found, chosen, approved, undone, and what became of each account."""

import django.contrib.postgres.fields
import django.db.models.functions.datetime
from django.db import migrations, models

from ._added_only import granting, refusing
from ._without_models import WithoutModels

TABLES = (
    "care_incident", "care_incident_attempt", "care_incident_finding", "care_incident_choice",
    "care_incident_approval", "care_incident_undone", "care_incident_outcome",
)  # fmt: skip


class Migration(migrations.Migration):

    dependencies = [
        ('duecourse', '0018_recovery'),
    ]

    operations = [
        migrations.CreateModel(
            name='Incident',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('from_at', models.DateTimeField()),
                ('to_at', models.DateTimeField()),
                ('channels', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None)),
                ('cause', models.TextField(choices=[('ours', 'ours'), ('bank', "a bank's"), ('partner', "a partner's")])),
                ('description', models.TextField()),
                ('within_days', models.SmallIntegerField()),
                ('by', models.TextField()),
                ('key', models.TextField(unique=True)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'care_incident',
            },
        ),
        migrations.CreateModel(
            name='IncidentApproval',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('incident_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('digest', models.BinaryField()),
                ('reason', models.TextField()),
            ],
            options={
                'db_table': 'care_incident_approval',
                'constraints': [models.UniqueConstraint(fields=('incident_id', 'digest', 'by'), name='care_incident_approval_once')],
            },
        ),
        migrations.CreateModel(
            name='IncidentAttempt',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('incident_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('account_id', models.BigIntegerField()),
                ('tried_at', models.DateTimeField()),
                ('tried_on', models.DateField()),
                ('amount_minor', models.BigIntegerField()),
                ('reference', models.TextField()),
                ('keys', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
            ],
            options={
                'db_table': 'care_incident_attempt',
                'constraints': [models.UniqueConstraint(fields=('incident_id', 'account_id', 'reference'), name='care_incident_attempt_once')],
            },
        ),
        migrations.CreateModel(
            name='IncidentChoice',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('incident_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('finding_id', models.BigIntegerField()),
                ('state', models.TextField(choices=[('left_out', 'left out'), ('taken_in', 'taken in')])),
                ('reason', models.TextField()),
            ],
            options={
                'db_table': 'care_incident_choice',
                'indexes': [models.Index(fields=['incident_id'], name='care_incident_choice_of')],
            },
        ),
        migrations.CreateModel(
            name='IncidentFinding',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('incident_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('account_id', models.BigIntegerField()),
                ('payment', models.BigIntegerField()),
                ('paid_on', models.DateField()),
                ('tried_on', models.DateField()),
                ('amount_minor', models.BigIntegerField()),
                ('kind', models.TextField()),
                ('source', models.TextField()),
                ('evidence', models.TextField()),
            ],
            options={
                'db_table': 'care_incident_finding',
                'indexes': [models.Index(fields=['account_id'], name='care_incident_finding_account')],
                'constraints': [models.UniqueConstraint(fields=('incident_id', 'payment'), name='care_incident_finding_once'), models.UniqueConstraint(fields=('incident_id', 'source'), name='care_incident_finding_source')],
            },
        ),
        migrations.CreateModel(
            name='IncidentOutcome',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('incident_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('account_id', models.BigIntegerField()),
                ('code', models.TextField()),
                ('message', models.TextField()),
                ('before', models.JSONField(null=True)),
                ('after', models.JSONField(null=True)),
            ],
            options={
                'db_table': 'care_incident_outcome',
                'indexes': [models.Index(fields=['incident_id', 'account_id'], name='care_incident_outcome_of'), models.Index(fields=['account_id'], name='care_incident_outcome_account')],
            },
        ),
        migrations.CreateModel(
            name='IncidentUndone',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('incident_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('finding_id', models.BigIntegerField()),
                ('account_id', models.BigIntegerField()),
                ('payment', models.BigIntegerField(unique=True)),
                ('entry_id', models.BigIntegerField(unique=True)),
            ],
            options={
                'db_table': 'care_incident_undone',
                'indexes': [models.Index(fields=['incident_id'], name='care_incident_undone_of')],
            },
        ),
        migrations.AlterField(
            model_name='file',
            name='kind',
            field=models.TextField(choices=[('card', 'card book'), ('payments', 'payments'), ('loans', 'loan book'), ('loan_months', 'months of a loan book'), ('debit_answers', 'answers to debit orders'), ('acts', 'acts on accounts'), ('bank', 'bank statement'), ('merchant', 'merchant settlement'), ('debts', 'debts with others'), ('attempts', 'attempts to pay')], default='card'),
        ),
        migrations.RunSQL(refusing(TABLES)),
        WithoutModels(granting(TABLES), WithoutModels.noop),
    ]
