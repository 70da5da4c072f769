"""Contacts that another made for us: judged by the rules in force at their moment, and counted whatever the answer is.

A contact that the gate would have refused was made all the same: it is a breach, and no cap forgets it.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from duecourse.borrowers.contact_tables import ContactBreach, ContactDecision, ContactOutcome

from . import contact, known
from .asked import Asked
from .contact import Decision

LATER = (("attempts", 0), ("inbound", 0), ("unnoticed", 1))
"""What is told with its instant, and where in a row that stands: what came later says nothing against a contact."""


def made(
    *, person: int, channel: str, purpose: str, at: datetime, outcome: str, by: str, reason: str, key: str,
    relation: str = "self",
) -> Decision:  # fmt: skip
    """Keep a contact that another made for us about all accounts of a person, judged by what was known of its moment.

    `outcome`: what became of it (contact.OUTCOMES_OF_CALLS and _MESSAGES). The same key again answers the same; used
    for another contact it is refused.
    """
    contact.refuse_outcome(channel, outcome)
    with transaction.atomic():
        told = contact.facts(person=person, channel=channel, purpose=purpose, at=at)
        before = ContactDecision.objects.filter(key=key).first()
        if before is not None:
            if before.at != at:
                raise contact.OtherContact(f"key {key!r} was used for a contact at {before.at}")
            return contact.kept(before, (person, channel, purpose, None, relation, None))
        asked = Asked(channel, purpose, at, relation=relation, forbearance_offered=None)
        decision = contact.keep(person, None, until(told, at), asked, point=None, key=key, by=by)
        ContactOutcome.objects.create(decision_id=decision.id, outcome=outcome, at=at, by=by, note=reason)
        if not decision.answer.allowed:
            ContactBreach.objects.create(decision_id=decision.id, borrower_id=person, at=at, by=by, reason=reason)
    return decision


def until(told: dict[str, Any], at: datetime) -> dict[str, Any]:
    """What is told of a person, without contacts that came after an instant."""
    earlier = {name: [row for row in told[name] or () if known.at_of(row[place]) < at] for name, place in LATER}
    return {**told, **earlier}
