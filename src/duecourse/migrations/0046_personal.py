"""What a person asked about their own data; and the one function that erases what no duty keeps, of whom it was granted."""

from typing import Any

import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from ._added_only import granting, refusing
from ._without_models import WithoutModels

TABLES = ("personal_export", "personal_erasure", "personal_erasure_state")
REFUSE = """
CREATE OR REPLACE FUNCTION risk_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_owner boolean := current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID);
BEGIN
    IF TG_LEVEL = 'ROW' AND TG_OP = 'UPDATE' AND TG_NARGS > 0 THEN
        IF current_setting('duecourse.rotating', true) = 'on' AND is_owner
            AND to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV THEN
            RETURN NEW;
        END IF;
    ELSIF TG_LEVEL = 'ROW' AND TG_OP = 'DELETE' AND current_setting('duecourse.erasing', true) = 'on' AND is_owner
        AND TG_TABLE_NAME IN ('outreach_wish', 'outreach_calendar_feed', 'outreach_calendar_feed_end',
            'outreach_sign_in_code', 'outreach_sign_in_try') THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'risk_append_only: % of % is never changed nor removed; write another',
        coalesce('row ' || (to_jsonb(OLD) ->> 'id'), 'a row'), TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""
ERASE = """
CREATE FUNCTION personal_erase(asked bigint, part text, nothing bytea, no_household bytea, no_kind bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    person bigint;
    state text;
BEGIN
    SELECT e.borrower_id, (SELECT s.state FROM personal_erasure_state s WHERE s.erasure_id = e.id
        ORDER BY s.id DESC LIMIT 1) INTO person, state FROM personal_erasure e WHERE e.id = asked;
    IF state IS DISTINCT FROM 'granted' OR part NOT IN ('now', 'later') THEN
        RAISE EXCEPTION 'personal_erase: erasure % is not granted', asked
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    PERFORM set_config('duecourse.rotating', 'on', true), set_config('duecourse.erasing', 'on', true);
    IF part = 'now' THEN
        UPDATE borrowers_contact_point SET value = nothing,
            digest = sha256(convert_to(gen_random_uuid()::text, 'UTF8')) WHERE borrower_id = person;
        UPDATE borrowers_phone_end SET digest = sha256(convert_to(gen_random_uuid()::text, 'UTF8'))
            WHERE borrower_id = person;
        DELETE FROM outreach_sign_in_try WHERE code_id IN (SELECT id FROM outreach_sign_in_code
            WHERE borrower_id = person);
        DELETE FROM outreach_sign_in_code WHERE borrower_id = person;
        DELETE FROM outreach_wish WHERE borrower_id = person;
        DELETE FROM outreach_calendar_feed_end WHERE borrower_id = person;
        DELETE FROM outreach_calendar_feed WHERE borrower_id = person;
    ELSE
        UPDATE borrowers_name SET value = nothing, digest = sha256(convert_to(gen_random_uuid()::text, 'UTF8'))
            WHERE borrower_id = person;
        UPDATE care_note SET text = nothing WHERE borrower_id = person;
        UPDATE care_dispute SET text = nothing WHERE borrower_id = person;
        UPDATE care_complaint_state SET text = nothing WHERE text IS NOT NULL AND complaint_id IN (SELECT id
            FROM care_complaint WHERE borrower_id = person);
        UPDATE care_complaint SET text = nothing WHERE borrower_id = person;
        UPDATE care_hardship_document SET content = nothing WHERE hardship_id IN (SELECT id FROM care_hardship
            WHERE borrower_id = person);
        UPDATE care_hardship SET told = no_household WHERE borrower_id = person;
        UPDATE care_circumstance SET kind = no_kind, note = nothing WHERE borrower_id = person;
        UPDATE care_representative SET name = nothing, point = nothing WHERE borrower_id = person;
        UPDATE outreach_attachment SET content = nothing WHERE message_id IN (SELECT id FROM outreach_message
            WHERE borrower_id = person);
        UPDATE outreach_reply SET sender = nothing, text = nothing WHERE id IN (SELECT reply_id
            FROM outreach_reply_person WHERE borrower_id = person);
    END IF;
    PERFORM set_config('duecourse.rotating', 'off', true), set_config('duecourse.erasing', 'off', true);
END $$;
REVOKE ALL ON FUNCTION personal_erase(bigint, text, bytea, bytea, bytea) FROM PUBLIC;
"""


def grant(apps: Any, schema_editor: Any) -> None:
    """The application's role may ask for what was granted to be erased."""
    connection = schema_editor.connection
    app = settings.DATABASES["default"]["USER"]
    if app != connection.settings_dict["USER"]:
        role = connection.ops.quote_name(app)
        schema_editor.execute(
            f"GRANT EXECUTE ON FUNCTION personal_erase(bigint, text, bytea, bytea, bytea) TO {role}"
        )


class Migration(migrations.Migration):
    dependencies = (("duecourse", "0045_second_factor"),)

    operations = (
        migrations.CreateModel(
            name="Export",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("borrower_id", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("tables", models.IntegerField()),
                ("rows", models.IntegerField()),
                ("digest", models.BinaryField()),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "personal_export",
                "indexes": [models.Index(fields=["borrower_id", "id"], name="personal_export_of")],
            },
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("borrower_id", models.BigIntegerField()),
                ("on", models.DateField()),
                ("by", models.TextField()),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "personal_erasure",
                "indexes": [models.Index(fields=["borrower_id", "id"], name="personal_erasure_of")],
            },
        ),
        migrations.CreateModel(
            name="ErasureState",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("erasure_id", models.BigIntegerField()),
                ("state", models.TextField()),
                ("on", models.DateField()),
                ("until", models.DateField(null=True)),
                ("rules", models.JSONField(default=list)),
                ("by", models.TextField()),
                ("reason", models.TextField()),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "personal_erasure_state",
                "indexes": [models.Index(fields=["erasure_id", "id"], name="personal_erasure_state_of")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ("asked", "refused", "granted", "erased"))),
                        name="personal_erasure_state_known",
                    )
                ],
            },
        ),
        migrations.RunSQL(refusing(TABLES)),
        WithoutModels(granting(TABLES), WithoutModels.noop),
        migrations.RunSQL(REFUSE + ERASE),
        WithoutModels(grant, WithoutModels.noop),
    )
