"""The facts that a strategy may look at, by name and what they say."""

OF_BOOK = {
    "days_past_due": "days since the oldest due of any account that is not met",
    "past_due_minor": "what is past due, in the currency of the account that is late the longest, minor units",
    "owed_minor": "what is owed in that currency, interest to date with it",
    "accounts": "how many accounts the person has",
    "accounts_late": "how many of them are late",
    "charged_off_minor": "what was charged off and is not recovered",
    "kind": "line or loan: the account that is late the longest",
    "place": "where the person lives, a state without its country's letters left in (US-MA); empty if not known",
}
OF_BLOCKS = {
    "has_promise": "promise", "has_arrangement": "arrangement", "has_dispute": "dispute", "has_hardship": "hardship",
    "in_breathing_space": "breathing_space", "is_represented": "represented", "is_deceased": "deceased",
    "is_minor": "minor", "is_incapable": "incapacity", "is_insolvent": "insolvency", "asked_to_cease": "cease",
}  # fmt: skip
"""Facts that are blocks standing against contact at the close of the day."""
OF_CASE = {
    "stage": "the stage of the case, none before there is one",
    "days_in_stage": "for how many days it has been in it",
    "days_since_treatment": "days since the last treatment, 9999 where there was none",
    "contacts_in_week": "contacts within seven days: allowed by the gate, or made by an agency all the same",
}
NAMES = (*OF_BOOK, *OF_BLOCKS, *OF_CASE)
LONG_AGO = 9_999
