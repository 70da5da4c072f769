"""What a person turned down: charge-off lists, terms of agencies, incidents, models."""

import django.db.models.functions.datetime
from django.db import migrations, models

from ._added_only import granting, refusing
from ._without_models import WithoutModels

TABLES = ("recovery_proposal_turned_down", "recovery_agency_terms_turned_down", "care_incident_turned_down")
STATES = """
ALTER TABLE risk_model_state DROP CONSTRAINT risk_model_state_known;
ALTER TABLE risk_model_state ADD CONSTRAINT risk_model_state_known
    CHECK (state IN ('registered', 'live', 'retired', 'rolled_back', 'turned_down'));
"""
NOW = django.db.models.functions.datetime.Now()


class Migration(migrations.Migration):
    dependencies = (("duecourse", "0041_staff_tries"),)

    operations = (
        migrations.CreateModel(
            name="ProposalTurnedDown",
            fields=[
                ("proposal_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("on", models.DateField()),
                ("by", models.TextField()),
                ("reason", models.TextField()),
                ("recorded_at", models.DateTimeField(db_default=NOW)),
            ],
            options={"db_table": "recovery_proposal_turned_down"},
        ),
        migrations.CreateModel(
            name="AgencyTermsTurnedDown",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("by", models.TextField()),
                ("reason", models.TextField()),
                ("recorded_at", models.DateTimeField(db_default=NOW)),
                ("terms_id", models.BigIntegerField(unique=True)),
                ("on", models.DateField()),
            ],
            options={"db_table": "recovery_agency_terms_turned_down"},
        ),
        migrations.CreateModel(
            name="IncidentTurnedDown",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("incident_id", models.BigIntegerField()),
                ("by", models.TextField()),
                ("recorded_at", models.DateTimeField(db_default=NOW)),
                ("reason", models.TextField()),
            ],
            options={
                "db_table": "care_incident_turned_down",
                "constraints": [
                    models.UniqueConstraint(fields=["incident_id"], name="care_incident_turned_down_once")
                ],
            },
        ),
        migrations.RunSQL(STATES),
        migrations.RunSQL(refusing(TABLES)),
        WithoutModels(granting(TABLES), WithoutModels.noop),
    )
