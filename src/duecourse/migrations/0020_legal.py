"""The way to court: acknowledgements, help offered, demands, proceedings, evidence packs."""

import django.db.models.functions.datetime
from django.db import migrations, models

from ._added_only import granting, refusing
from ._without_models import WithoutModels

TABLES = (
    "recovery_demand_posted",
    "recovery_acknowledgement",
    "recovery_demand",
    "recovery_evidence_pack",
    "recovery_help_offer",
    "recovery_proceeding",
    "recovery_proceeding_document",
    "recovery_proceeding_stage",
)


class Migration(migrations.Migration):

    dependencies = [
        ('duecourse', '0019_incidents'),
    ]

    operations = [
        migrations.CreateModel(
            name='DemandPosted',
            fields=[
                ('demand_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('on', models.DateField()),
                ('pay_by', models.DateField()),
                ('reference', models.TextField()),
                ('by', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'recovery_demand_posted',
            },
        ),
        migrations.CreateModel(
            name='Acknowledgement',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('account_id', models.BigIntegerField()),
                ('key', models.TextField(unique=True)),
                ('kind', models.TextField(choices=[('written', 'written'), ('spoken', 'spoken')])),
                ('on', models.DateField()),
                ('source', models.TextField()),
            ],
            options={
                'db_table': 'recovery_acknowledgement',
                'indexes': [models.Index(fields=['account_id', 'id'], name='recovery_acknowledged_account')],
            },
        ),
        migrations.CreateModel(
            name='Demand',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('account_id', models.BigIntegerField()),
                ('key', models.TextField(unique=True)),
                ('day', models.DateField()),
                ('pay_by', models.DateField()),
                ('place', models.TextField()),
                ('language', models.TextField()),
                ('decision_id', models.BigIntegerField()),
                ('body', models.JSONField()),
                ('digest', models.BinaryField()),
                ('file_digest', models.BinaryField()),
            ],
            options={
                'db_table': 'recovery_demand',
                'indexes': [models.Index(fields=['account_id', 'id'], name='recovery_demand_account')],
            },
        ),
        migrations.CreateModel(
            name='EvidencePack',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('account_id', models.BigIntegerField()),
                ('day', models.DateField()),
                ('language', models.TextField()),
                ('digest', models.BinaryField()),
            ],
            options={
                'db_table': 'recovery_evidence_pack',
                'indexes': [models.Index(fields=['account_id', 'id'], name='recovery_pack_account')],
            },
        ),
        migrations.CreateModel(
            name='HelpOffer',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('account_id', models.BigIntegerField()),
                ('key', models.TextField(unique=True)),
                ('on', models.DateField()),
                ('channel', models.TextField()),
                ('what', models.TextField()),
            ],
            options={
                'db_table': 'recovery_help_offer',
                'indexes': [models.Index(fields=['account_id', 'id'], name='recovery_help_account')],
            },
        ),
        migrations.CreateModel(
            name='Proceeding',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('account_id', models.BigIntegerField()),
                ('key', models.TextField(unique=True)),
                ('kind', models.TextField(choices=[('court', 'court'), ('arbitration', 'arbitration')])),
                ('on', models.DateField()),
                ('checks', models.JSONField()),
                ('demand_id', models.BigIntegerField()),
            ],
            options={
                'db_table': 'recovery_proceeding',
                'indexes': [models.Index(fields=['account_id', 'id'], name='recovery_proceeding_account')],
            },
        ),
        migrations.CreateModel(
            name='ProceedingDocument',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('proceeding_id', models.BigIntegerField()),
                ('name', models.TextField()),
                ('content', models.BinaryField()),
                ('digest', models.BinaryField()),
                ('by', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'recovery_proceeding_document',
                'indexes': [models.Index(fields=['proceeding_id'], name='recovery_document_of')],
            },
        ),
        migrations.CreateModel(
            name='ProceedingStage',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('proceeding_id', models.BigIntegerField()),
                ('stage', models.TextField()),
                ('on', models.DateField()),
                ('reference', models.TextField()),
                ('amount_minor', models.BigIntegerField(db_default=0, default=0)),
                ('costs_minor', models.BigIntegerField(db_default=0, default=0)),
                ('interest_ppm', models.IntegerField(null=True)),
                ('acts', models.JSONField(default=list)),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'recovery_proceeding_stage',
                'indexes': [models.Index(fields=['proceeding_id', 'id'], name='recovery_stage_of')],
            },
        ),
        migrations.RunSQL(refusing(TABLES)),
        WithoutModels(granting(TABLES), WithoutModels.noop),
    ]
