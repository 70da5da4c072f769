"""Telling those whom an incident concerned that it is undone: a message for each payment, queued once."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from duecourse.borrowers import reach
from duecourse.outreach import compose, messages, reminders
from duecourse.rules import reminder_terms

from . import incidents
from .incident_finding import day_of
from .incident_tables import IncidentFinding, IncidentUndone

PURPOSE, MOMENT = "service", "incident"
DAYS = 14
"""For how many days the message is of use."""
QUEUED, BEFORE, NO_WAY = "queued", "queued before", reminders.NOBODY


class Told(NamedTuple):
    """A borrower who is to be told of a payment: the account's number, and whether a message is queued, was, or no way
    leads to them."""

    number: str
    finding: IncidentFinding
    currency: str
    exponent: int
    how: str


def tell(*, incident: int, at: datetime, by: str) -> Iterator[Told]:
    """Queue a message for each payment that the incident moved; told again, nothing is queued twice."""
    reach.zoned("at", at)
    cause = incidents.get(incident).cause
    done = list(IncidentUndone.objects.filter(incident_id=incident).values_list("finding_id", flat=True))
    findings = incidents.by_account(list(IncidentFinding.objects.filter(id__in=done).order_by("account_id", "id")))
    terms = reminder_terms.reminder_terms(on=day_of(at))
    for person in reminders.people(sorted(findings), terms):
        for one in findings[person.account]:
            found = draft(person, one, cause, at, by)
            how = NO_WAY
            if found is not None:
                how = QUEUED if messages.queue(draft=found)[1] else BEFORE
            yield Told(person.number, one, person.currency, person.exponent, how)


def draft(
    person: reminders.Person, one: IncidentFinding, cause: str, at: datetime, by: str
) -> messages.Draft | None:  # fmt: skip
    """What a borrower is told of a payment; None where no way leads to them."""
    on = day_of(at)
    found = reminders.way(person, on)
    if found is None:
        return None
    channel, point = found
    about = compose.About(
        person.borrower, person.place, on, PURPOSE, person.number[-reminders.TAIL :], one.amount_minor,
        person.currency, person.exponent, one.tried_on,
    )  # fmt: skip
    told = compose.words(
        moment=MOMENT, channel=channel, language=person.language, about=about, around=compose.NOTICE, cause=cause
    )
    return messages.Draft(
        key=f"incident:{one.incident_id}:{one.payment}", borrower_id=person.borrower, account_id=person.account,
        point_id=point, purpose=PURPOSE, moment=MOMENT, channel=channel, language=person.language,
        template=told.template, template_version=told.version, values=compose.values_of(about), subject=told.subject,
        text=told.text, html=told.html, not_before=at, not_after=at + timedelta(days=DAYS), by=by,
    )  # fmt: skip
