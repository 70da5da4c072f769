"""Keys may be exchanged: the owner of a table who says so changes what is sealed in a row, and nothing else of it."""

from django.db import migrations

from ._added_only import resealing

SEALED = {
    "borrowers_contact_point": ("value", "digest"),
    "borrowers_name": ("value", "digest"),
    "borrowers_phone_end": ("digest",),
    "care_complaint": ("text",),
    "care_complaint_state": ("text",),
    "care_dispute": ("text",),
    "care_hardship": ("told",),
    "care_hardship_document": ("content",),
    "care_note": ("text",),
    "care_circumstance": ("kind", "note"),
    "care_representative": ("name", "point"),
    "outreach_reply": ("sender", "text"),
    "outreach_attachment": ("content",),
    "partners_webhook_endpoint": ("secret",),
    "recovery_proceeding_document": ("content",),
}
REFUSE = """
CREATE OR REPLACE FUNCTION risk_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_LEVEL = 'ROW' AND TG_OP = 'UPDATE' AND TG_NARGS > 0 THEN
        IF current_setting('duecourse.rotating', true) = 'on'
            AND current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID)
            AND to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'risk_append_only: % of % is never changed nor removed; write another',
        coalesce('row ' || (to_jsonb(OLD) ->> 'id'), 'a row'), TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = (("duecourse", "0037_checkouts"),)

    operations = (migrations.RunSQL(REFUSE + resealing(SEALED)),)
