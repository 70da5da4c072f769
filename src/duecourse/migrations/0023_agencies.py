"""Collection agencies: terms, placements, files, reports, reviews, commission; contacts made although refused."""

from importlib.resources import files

import django.db.models.functions.datetime
from django.db import migrations, models

from ._added_only import granting, refusing
from ._without_models import WithoutModels

TABLES = (
    "borrowers_contact_breach",
    "care_complaint_agency",
    "recovery_agency",
    "recovery_agency_approval",
    "recovery_agency_file",
    "recovery_agency_file_row",
    "recovery_agency_report",
    "recovery_agency_review",
    "recovery_agency_state",
    "recovery_agency_terms",
    "recovery_commission_line",
    "recovery_commission_statement",
    "recovery_placed_account",
    "recovery_placement",
    "recovery_recall",
)
ATTEMPTS = files("duecourse.outreach").joinpath("contact_breaches.sql").read_text()
ALONE = """
CREATE FUNCTION recovery_one_agency() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(13, 2);
    IF EXISTS (SELECT FROM recovery_placement p WHERE p.borrower_id = NEW.borrower_id
        AND NOT EXISTS (SELECT FROM recovery_recall r WHERE r.placement_id = p.id)) THEN
        RAISE EXCEPTION 'recovery_one_agency: borrower % is with an agency already', NEW.borrower_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER recovery_placement_alone BEFORE INSERT ON recovery_placement
    FOR EACH ROW EXECUTE FUNCTION recovery_one_agency();
ALTER TABLE recovery_agency_state ADD CONSTRAINT recovery_agency_state_known
    CHECK (state IN ('engaged', 'suspended', 'ended'));
ALTER TABLE recovery_commission_statement ADD CONSTRAINT recovery_commission_exact
    CHECK (brought_micro + exact_micro = commission_minor * 1000000::numeric + carried_micro AND carried_micro BETWEEN 0 AND 999999);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('duecourse', '0022_never_changed'),
    ]

    operations = [
        migrations.CreateModel(
            name='Agency',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('code', models.TextField(unique=True)),
                ('name', models.TextField()),
                ('contact', models.TextField()),
                ('places', models.JSONField()),
            ],
            options={
                'db_table': 'recovery_agency',
            },
        ),
        migrations.CreateModel(
            name='Recall',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('placement_id', models.BigIntegerField(unique=True)),
                ('on', models.DateField()),
                ('kind', models.TextField()),
            ],
            options={
                'db_table': 'recovery_recall',
            },
        ),
        migrations.AlterField(
            model_name='file',
            name='kind',
            field=models.TextField(choices=[('card', 'card book'), ('payments', 'payments'), ('loans', 'loan book'), ('loan_months', 'months of a loan book'), ('debit_answers', 'answers to debit orders'), ('acts', 'acts on accounts'), ('bank', 'bank statement'), ('merchant', 'merchant settlement'), ('debts', 'debts with others'), ('attempts', 'attempts to pay'), ('agency', 'what an agency reports')], default='card'),
        ),
        migrations.CreateModel(
            name='AgencyApproval',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('terms_id', models.BigIntegerField()),
                ('on', models.DateField()),
            ],
            options={
                'db_table': 'recovery_agency_approval',
                'constraints': [models.UniqueConstraint(fields=('terms_id', 'by'), name='recovery_agency_approval_once')],
            },
        ),
        migrations.CreateModel(
            name='AgencyFile',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('agency_id', models.BigIntegerField()),
                ('kind', models.TextField()),
                ('day', models.DateField()),
                ('rows', models.IntegerField()),
                ('digest', models.BinaryField()),
                ('audit_place', models.BigIntegerField()),
                ('by', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'recovery_agency_file',
                'indexes': [models.Index(fields=['agency_id', 'id'], name='recovery_agency_file_of')],
            },
        ),
        migrations.CreateModel(
            name='AgencyFileRow',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('file_id', models.BigIntegerField()),
                ('placement_id', models.BigIntegerField()),
            ],
            options={
                'db_table': 'recovery_agency_file_row',
                'indexes': [models.Index(fields=['placement_id'], name='recovery_agency_file_row_of')],
                'constraints': [models.UniqueConstraint(fields=('file_id', 'placement_id'), name='recovery_agency_file_row_once')],
            },
        ),
        migrations.CreateModel(
            name='AgencyReport',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('agency_id', models.BigIntegerField()),
                ('placement_id', models.BigIntegerField()),
                ('reference', models.TextField()),
                ('kind', models.TextField()),
                ('at', models.DateTimeField()),
                ('account_id', models.BigIntegerField(null=True)),
                ('amount_minor', models.BigIntegerField(null=True)),
                ('row_id', models.BigIntegerField()),
                ('day', models.DateField()),
                ('late', models.BooleanField()),
                ('breaches', models.JSONField(default=list)),
                ('file_id', models.BigIntegerField()),
                ('digest', models.BinaryField()),
                ('by', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'recovery_agency_report',
                'indexes': [models.Index(fields=['placement_id'], name='recovery_agency_report_of')],
                'constraints': [models.UniqueConstraint(fields=('agency_id', 'reference'), name='recovery_agency_report_once')],
            },
        ),
        migrations.CreateModel(
            name='AgencyReview',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('agency_id', models.BigIntegerField()),
                ('on', models.DateField()),
                ('since', models.DateField()),
                ('figures', models.JSONField()),
                ('result', models.TextField()),
                ('next_on', models.DateField()),
                ('rule', models.TextField()),
            ],
            options={
                'db_table': 'recovery_agency_review',
                'indexes': [models.Index(fields=['agency_id', 'id'], name='recovery_agency_review_of')],
            },
        ),
        migrations.CreateModel(
            name='AgencyState',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('agency_id', models.BigIntegerField()),
                ('state', models.TextField()),
                ('on', models.DateField()),
            ],
            options={
                'db_table': 'recovery_agency_state',
                'indexes': [models.Index(fields=['agency_id', 'id'], name='recovery_agency_state_of')],
            },
        ),
        migrations.CreateModel(
            name='AgencyTerms',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('agency_id', models.BigIntegerField()),
                ('contract_from', models.DateField()),
                ('contract_to', models.DateField()),
                ('body', models.JSONField()),
                ('digest', models.TextField()),
            ],
            options={
                'db_table': 'recovery_agency_terms',
                'constraints': [models.UniqueConstraint(fields=('agency_id', 'digest'), name='recovery_agency_terms_once')],
            },
        ),
        migrations.CreateModel(
            name='CommissionLine',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('statement_id', models.BigIntegerField()),
                ('entry_id', models.BigIntegerField(unique=True)),
                ('placed_account_id', models.BigIntegerField()),
                ('amount_minor', models.BigIntegerField(db_default=0, default=0)),
                ('commission_ppm', models.IntegerField()),
                ('counted_on', models.DateField()),
                ('by_agency', models.BooleanField()),
            ],
            options={
                'db_table': 'recovery_commission_line',
                'indexes': [models.Index(fields=['statement_id'], name='recovery_commission_line_of')],
            },
        ),
        migrations.CreateModel(
            name='CommissionStatement',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('agency_id', models.BigIntegerField()),
                ('month', models.DateField()),
                ('currency', models.CharField(max_length=3)),
                ('payments', models.IntegerField()),
                ('received_minor', models.BigIntegerField(db_default=0, default=0)),
                ('taken_minor', models.BigIntegerField(db_default=0, default=0)),
                ('exact_micro', models.DecimalField(decimal_places=0, default=0, max_digits=40)),
                ('brought_micro', models.BigIntegerField()),
                ('commission_minor', models.BigIntegerField(db_default=0, default=0)),
                ('carried_micro', models.BigIntegerField()),
                ('by', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'recovery_commission_statement',
                'constraints': [models.UniqueConstraint(fields=('agency_id', 'month', 'currency'), name='recovery_commission_once')],
            },
        ),
        migrations.CreateModel(
            name='ComplaintAgency',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('complaint_id', models.BigIntegerField()),
                ('agency', models.TextField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'care_complaint_agency',
                'constraints': [models.UniqueConstraint(fields=('complaint_id', 'agency'), name='care_complaint_agency_once')],
            },
        ),
        migrations.CreateModel(
            name='ContactBreach',
            fields=[
                ('decision_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'borrowers_contact_breach',
                'indexes': [models.Index(fields=['borrower_id', 'at'], name='borrowers_breach_borrower'), models.Index(fields=['at'], name='borrowers_breach_at')],
            },
        ),
        migrations.CreateModel(
            name='PlacedAccount',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('placement_id', models.BigIntegerField()),
                ('number', models.IntegerField()),
                ('account_id', models.BigIntegerField()),
                ('on', models.DateField()),
                ('currency', models.CharField(max_length=3)),
                ('days_past_due', models.IntegerField()),
                ('owed_minor', models.BigIntegerField(db_default=0, default=0)),
                ('commission_ppm', models.IntegerField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'recovery_placed_account',
                'indexes': [models.Index(fields=['account_id'], name='recovery_placed_account_of')],
                'constraints': [models.UniqueConstraint(fields=('placement_id', 'account_id'), name='recovery_placed_account_once'), models.UniqueConstraint(fields=('placement_id', 'number'), name='recovery_placed_account_number')],
            },
        ),
        migrations.CreateModel(
            name='Placement',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('reference', models.TextField(unique=True)),
                ('agency_id', models.BigIntegerField()),
                ('terms_id', models.BigIntegerField()),
                ('case_id', models.BigIntegerField()),
                ('borrower_id', models.BigIntegerField()),
                ('on', models.DateField()),
                ('state_id', models.BigIntegerField(null=True)),
                ('stage', models.TextField()),
            ],
            options={
                'db_table': 'recovery_placement',
                'indexes': [models.Index(fields=['borrower_id', 'id'], name='recovery_placement_borrower'), models.Index(fields=['agency_id', 'id'], name='recovery_placement_agency')],
            },
        ),
        migrations.RunSQL(refusing(TABLES) + ALONE + ATTEMPTS),
        WithoutModels(granting(TABLES), WithoutModels.noop),
    ]
