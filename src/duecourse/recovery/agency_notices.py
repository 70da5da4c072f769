"""The person is told that an agency works on their case: one message for a placement, queued once, ended by a recall.

No law that is kept here asks for it where an agency works on our behalf: it is the house's choice. It is asked of the
contact gate as collection, since it speaks of what is past due.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction

from duecourse.borrowers import reach
from duecourse.outreach import compose, messages, reminders
from duecourse.rules import agency_rules, reminder_terms

from . import agencies, facts, legal
from .agency_tables import Placement

PREFIX, MOMENT = "agency:", "agency"
QUEUED, NO_WAY, REFUSED = "queued", reminders.NOBODY, "refused"
RECALLED = "the case came back from the agency"
TO_TELL = """
SELECT p.id, p.reference, p."on", g.name, g.contact,
    (SELECT array_agg(a.account_id ORDER BY a.number) FROM recovery_placed_account a WHERE a.placement_id = p.id)
FROM recovery_placement p JOIN recovery_agency g ON g.id = p.agency_id
WHERE p."on" > %s AND NOT EXISTS (SELECT FROM recovery_recall r WHERE r.placement_id = p.id)
  AND NOT EXISTS (SELECT FROM outreach_message m WHERE m.borrower_id = p.borrower_id AND m.key = %s || p.id)
ORDER BY p.id
"""


class ToTell(NamedTuple):
    """A placement of which the person was not told, since when, and with whom it is."""

    placement: int
    reference: str
    on: date
    agency: str
    contact: str
    accounts: list[int]


class Told(NamedTuple):
    """What came of the message of a placement: QUEUED, NO_WAY or REFUSED, and then why, with its code."""

    reference: str
    how: str
    why: str = ""


def queue(*, at: datetime, by: str) -> list[Told]:
    """Queue a message for each new placement of which nobody was told; one that is refused keeps no other back.

    Of placements that began longer ago than the message is of use nothing is told any more. Refuses while the lender is
    not named. No recall comes between: it would not see the message that it has to end.
    """
    reach.zoned("at", at)
    on = legal.day_of(at)
    of_use = timedelta(days=agency_rules.notice_days(on=on))
    terms = reminder_terms.reminder_terms(on=on)
    with transaction.atomic():
        agencies.alone()
        with connection.cursor() as cursor:
            cursor.execute(TO_TELL, [on - of_use, PREFIX])
            rows = [ToTell._make(row) for row in cursor.fetchall()]
        accounts = sorted(account for one in rows for account in one.accounts)
        known = {one.account: one for one in reminders.people(accounts, terms)}
        return [queue_one(one, known, at, of_use, by) for one in rows]


def queue_one(
    one: ToTell, known: Mapping[int, reminders.Person], at: datetime, of_use: timedelta, by: str
) -> Told:  # fmt: skip
    """The same of one placement. A lender without a name is a refusal of all."""
    try:
        with transaction.atomic():
            drafted = draft(one, known, at, of_use, by)
            if drafted:
                messages.queue(draft=drafted)
    except Exception as fault:
        code = getattr(type(fault), "code", None)
        if isinstance(fault, compose.LenderNotNamed) or not isinstance(code, str):
            raise
        return Told(one.reference, REFUSED, f"{code}: {fault}")
    return Told(one.reference, QUEUED if drafted else NO_WAY)


def draft(
    one: ToTell, known: Mapping[int, reminders.Person], at: datetime, of_use: timedelta, by: str
) -> messages.Draft | None:
    """The message of a placement in words; None where no way leads to the person."""
    people = [known[account] for account in sorted(one.accounts)]
    person = people[0]
    found = reminders.way(person, one.on)
    if found is None:
        return None
    channel, point = found
    between = "、" if person.language == "zh" else ", "
    about = compose.About(
        person.borrower, person.place, one.on, reminders.COLLECTION,
        between.join(each.number[-reminders.TAIL :] for each in people), 0, person.currency, person.exponent, one.on,
        accounts=tuple((each.account, "") for each in people),
    )  # fmt: skip
    told = compose.words(
        moment=MOMENT, channel=channel, language=person.language, about=about, around=compose.NOTICE,
        also={"agency": one.agency, "agency_contact": one.contact},
    )  # fmt: skip
    return messages.Draft(
        key=f"{PREFIX}{one.placement}", borrower_id=person.borrower,
        account_id=person.account if len(people) == 1 else None, point_id=point, purpose=about.purpose, moment=MOMENT,
        channel=channel, language=person.language, template=told.template, template_version=told.version,
        values=compose.values_of(about), subject=told.subject, text=told.text, html=told.html, not_before=at,
        not_after=at + of_use, by=by,
    )  # fmt: skip


def withdraw(row: Placement, day: date, by: str) -> None:
    """End the message of a placement that is recalled on a sealed day, if it waits still; never before it began."""
    key = f"{PREFIX}{row.id}"
    waits = messages.under_way(people=[row.borrower_id], prefix=key)
    for number in [number for number, name in waits.items() if name == key]:
        at = max(facts.end_of(day), messages.newest_at(message=number))
        messages.withdraw(people=[row.borrower_id], numbers=[number], at=at, by=by, why=RECALLED)
