"""Rows about borrowers, contacts, care and cases are never changed, removed or emptied, whoever asks; open disputes are
found without all other acts."""

from django.db import migrations, models

from ._added_only import refusing

TABLES = (
    "borrowers_block",
    "borrowers_block_end",
    "borrowers_consent",
    "borrowers_contact_decision",
    "borrowers_contact_outcome",
    "borrowers_contact_point",
    "borrowers_inbound_contact",
    "borrowers_notice",
    "borrowers_point_state",
    "borrowers_residence",
    "borrowers_rule_set",
    "care_breathing_space",
    "care_breathing_space_state",
    "care_circumstance",
    "care_circumstance_state",
    "care_complaint",
    "care_complaint_state",
    "care_dispute",
    "care_dispute_state",
    "care_hardship",
    "care_hardship_answer",
    "care_hardship_document",
    "care_incident",
    "care_incident_approval",
    "care_incident_attempt",
    "care_incident_choice",
    "care_incident_finding",
    "care_incident_outcome",
    "care_incident_undone",
    "care_offer",
    "care_promise",
    "care_promise_judging",
    "care_promise_state",
    "care_representative",
    "care_representative_end",
    "outreach_calendar_feed",
    "outreach_calendar_feed_end",
    "outreach_inbox_item",
    "outreach_message",
    "outreach_message_step",
    "outreach_wish",
    "recovery_acknowledgement",
    "recovery_case",
    "recovery_case_day",
    "recovery_case_owner",
    "recovery_case_state",
    "recovery_case_work",
    "recovery_demand",
    "recovery_demand_posted",
    "recovery_evidence_pack",
    "recovery_help_offer",
    "recovery_judgment_interest",
    "recovery_proceeding",
    "recovery_proceeding_document",
    "recovery_proceeding_stage",
    "recovery_strategy",
    "recovery_strategy_state",
)
REFUSE = """
CREATE OR REPLACE FUNCTION risk_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'risk_append_only: % of % is never changed nor removed; write another',
        coalesce('row ' || (to_jsonb(OLD) ->> 'id'), 'a row'), TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = (("duecourse", "0021_judgment_interest"),)

    operations = (
        migrations.RunSQL(REFUSE + refusing(TABLES)),
        migrations.AddIndex(
            "act", models.Index(fields=["account_id"], condition=models.Q(kind="dispute"), name="servicing_act_dispute")
        ),
    )
