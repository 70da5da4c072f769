"""Which tables hold something of a person, by which condition; and which are not given to that person, and why."""

from typing import NamedTuple

PERSON = "borrower_id = %(person)s"
ACCOUNT = "account_id IN (SELECT id FROM servicing_account WHERE borrower_id = %(person)s)"


class Kept(NamedTuple):
    """A table, and which of its rows are of a person; number: what its rows are told apart by."""

    table: str
    of: str = PERSON
    number: str = "id"


def below(column: str, table: str, of: str = PERSON, number: str = "id") -> str:
    """The rows that belong to rows of another table."""
    return f"{column} IN (SELECT {number} FROM {table} WHERE {of})"


KEPT = (
    Kept("borrowers_name"),
    Kept("borrowers_contact_point"),
    Kept("borrowers_point_state"),
    Kept("borrowers_residence"),
    Kept("borrowers_consent"),
    Kept("borrowers_block"),
    Kept("borrowers_block_end"),
    Kept("borrowers_notice"),
    Kept("borrowers_inbound_contact"),
    Kept("borrowers_contact_decision"),
    Kept("borrowers_contact_outcome", below("decision_id", "borrowers_contact_decision")),
    Kept("borrowers_contact_breach", number="decision_id"),
    Kept("borrowers_reading"),
    Kept("servicing_account"),
    Kept("ledger_balance", ACCOUNT, number="account_id"),
    Kept("ledger_entry", ACCOUNT),
    Kept("servicing_statement", ACCOUNT),
    Kept("servicing_act", ACCOUNT),
    Kept("servicing_arrangement", ACCOUNT),
    Kept("servicing_arrangement_state", below("arrangement_id", "servicing_arrangement", ACCOUNT)),
    Kept("servicing_plan", below("arrangement_id", "servicing_arrangement", ACCOUNT)),
    Kept("servicing_schedule", ACCOUNT),
    Kept("servicing_breach", ACCOUNT),
    Kept("servicing_change", ACCOUNT),
    Kept("servicing_mandate", ACCOUNT),
    Kept("servicing_mandate_state", below("mandate_id", "servicing_mandate", ACCOUNT)),
    Kept("servicing_debit_source", below("mandate_id", "servicing_mandate", ACCOUNT)),
    Kept("servicing_debit_notice", below("mandate_id", "servicing_mandate", ACCOUNT)),
    Kept("servicing_debit_order", ACCOUNT),
    Kept("servicing_debit_answer", below("order_id", "servicing_debit_order", ACCOUNT)),
    Kept("servicing_disbursement", ACCOUNT),
    Kept("servicing_document", ACCOUNT),
    Kept("servicing_income_day", ACCOUNT),
    Kept("servicing_purchase_category", ACCOUNT, number="entry_id"),
    Kept("servicing_suspense_move", ACCOUNT),
    Kept("partners_checkout", ACCOUNT),
    Kept("partners_checkout_state", below("checkout_id", "partners_checkout", ACCOUNT)),
    Kept("care_promise"),
    Kept("care_promise_state", below("promise_id", "care_promise")),
    Kept("care_hardship"),
    Kept("care_hardship_draft", number="borrower_id"),
    Kept("care_hardship_document", below("hardship_id", "care_hardship")),
    Kept("care_hardship_answer", below("hardship_id", "care_hardship")),
    Kept("care_offer", ACCOUNT),
    Kept("care_dispute"),
    Kept("care_dispute_state", below("dispute_id", "care_dispute")),
    Kept("care_complaint"),
    Kept("care_complaint_state", below("complaint_id", "care_complaint")),
    Kept("care_circumstance"),
    Kept("care_circumstance_state", below("circumstance_id", "care_circumstance")),
    Kept("care_representative"),
    Kept("care_representative_end", below("representative_id", "care_representative")),
    Kept("care_breathing_space"),
    Kept("care_breathing_space_state", below("breathing_space_id", "care_breathing_space")),
    Kept("care_freeze", ACCOUNT),
    Kept("care_note"),
    Kept("care_incident_attempt", ACCOUNT),
    Kept("care_incident_finding", ACCOUNT),
    Kept("care_incident_outcome", ACCOUNT),
    Kept("care_incident_undone", ACCOUNT),
    Kept("outreach_message"),
    Kept("outreach_message_step", below("message_id", "outreach_message")),
    Kept("outreach_attachment", below("message_id", "outreach_message"), number="message_id"),
    Kept("outreach_inbox_item"),
    Kept("outreach_reply", below("id", "outreach_reply_person", number="reply_id")),
    Kept("outreach_wish"),
    Kept("outreach_calendar_feed"),
    Kept("outreach_calendar_feed_end"),
    Kept("outreach_sign_in_code"),
    Kept("recovery_case"),
    Kept("recovery_demand"),
    Kept("recovery_help_offer"),
    Kept("recovery_acknowledgement"),
    Kept("recovery_proceeding"),
    Kept("recovery_proceeding_stage", below("proceeding_id", "recovery_proceeding")),
    Kept("recovery_proceeding_document", below("proceeding_id", "recovery_proceeding")),
    Kept("recovery_placement"),
    Kept("recovery_placed_account", ACCOUNT),
    Kept("recovery_agency_report", ACCOUNT),
    Kept("recovery_small_balance", ACCOUNT, number="act_id"),
    Kept("risk_warning", ACCOUNT),
    Kept("risk_debt_report", ACCOUNT),
    Kept("personal_export"),
    Kept("personal_erasure"),
    Kept("personal_erasure_state", below("erasure_id", "personal_erasure")),
)
"""What a person is given."""

METHOD, CONTRACT, DEFENCE, AGAIN = "method", "contract", "defence", "again"
WITHHELD = {
    "risk_watched": METHOD,
    "recovery_proposed": METHOD,
    "servicing_funding": CONTRACT,
    "servicing_share": CONTRACT,
    "servicing_sale": CONTRACT,
    "servicing_claim": CONTRACT,
    "recovery_evidence_pack": DEFENCE,
    "borrowers_phone_end": AGAIN,
    "outreach_reply_person": AGAIN,
    "ledger_due": AGAIN,
    "ledger_posting": AGAIN,
    "ledger_agenda": AGAIN,
    "servicing_opening": AGAIN,
    "book_set_aside": AGAIN,
    "intake_match": AGAIN,
    "intake_open_item": AGAIN,
    "partners_webhook_event": AGAIN,
}
"""What a person is not given: how the lender ranks whom to contact, its contracts with others, what it prepares for a
court, and what says again what is given."""
