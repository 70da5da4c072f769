"""A case's treatments that are messages: queued once after a move, true when they leave, their work told by what came.

A key is the move. The sender (outreach.send) looks the amount up on the ledger and asks the contact gate right before;
`ended` writes the treatment's work in the transaction in which a message comes to its end.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Max

from duecourse.kernel.account import WIDTH, due_left
from duecourse.ledger.journal import Refused
from duecourse.outreach import compose, messages, reminders
from duecourse.outreach.channels import CHANNELS
from duecourse.outreach.tables import Message
from duecourse.rules import recovery_terms, reminder_terms
from duecourse.rules.read import day_number, to_date

from .case_tables import CaseDay, CaseWork

SENT_BY = ("message", "letter", "offer_help")
"""Treatments that are sent: a message always, the others where their channel is one of messages."""
MOMENTS = {
    "none": "case_early", "reminder": "case_early", "early": "case_early", "late": "case_late",
    "pre_legal": "case_pre_legal", "legal": "case_pre_legal", "after_charge_off": "case_charged_off",
}  # fmt: skip
HELP, OFFER_HELP = "case_help", "offer_help"
PREFIX = "case:"
BY = "system"
"""Who does what no person gave the command for."""
PAID, NO_WAY, QUEUED, BEFORE = "paid", reminders.NOBODY, "queued", "queued before"
MOVED_ON = "the case moved on"
BATCH = 2_000
TO_SEND = """
SELECT s.id, s."on", s.stage, s.treatment, s.channel, s.currency, (s.facts ->> 'days_past_due')::int, c.borrower_id
FROM recovery_case c JOIN LATERAL (SELECT * FROM recovery_case_state
    WHERE case_id = c.id ORDER BY "on" DESC LIMIT 1) s ON true
WHERE s."on" > %(since)s
  AND (s.treatment = 'message' OR (s.treatment = ANY(%(sent)s) AND s.channel = ANY(%(channels)s)))
  AND NOT EXISTS (SELECT FROM recovery_case_work w WHERE w.state_id = s.id)
  AND NOT EXISTS (SELECT FROM recovery_placement p WHERE p.borrower_id = c.borrower_id
      AND NOT EXISTS (SELECT FROM recovery_recall r WHERE r.placement_id = p.id))
ORDER BY s.id
"""
OWED = f"""
SELECT a.borrower_id, a.id, b.charged_off, b.dues, {compose.OWED_NOW}
FROM servicing_account a JOIN ledger_balance b ON b.account_id = a.id
JOIN ledger_product p ON p.id = a.product_id WHERE a.borrower_id = ANY(%s) AND p.currency = %s ORDER BY a.id
"""
ENDED = """
INSERT INTO recovery_case_work (state_id, done, decision_id, by, reason)
SELECT state, step IN ('sent', 'delivered'), CASE WHEN step IN ('sent', 'delivered') THEN decision_id END, %(by)s,
    CASE WHEN detail = '' THEN step ELSE step || ': ' || detail END || ' (message ' || id || ')'
FROM (SELECT DISTINCT ON (state) state, id, s.* FROM
        (SELECT id, substring(key FROM '^case:([0-9]{1,18})(~|$)')::bigint AS state FROM outreach_message
         WHERE borrower_id = ANY(%(people)s) AND starts_with(key, 'case:')) m
    LEFT JOIN LATERAL (SELECT step, next_at, decision_id, detail FROM outreach_message_step
        WHERE message_id = m.id ORDER BY number DESC LIMIT 1) s ON true
    WHERE state IS NOT NULL ORDER BY state, id DESC) newest
WHERE (step = ANY(%(ends)s) OR (step = 'failed' AND next_at IS NULL))
ON CONFLICT (state_id) DO NOTHING
"""
OLD = """
SELECT s.id FROM recovery_case c JOIN recovery_case_state s ON s.case_id = c.id
WHERE c.borrower_id = ANY(%s) AND EXISTS (SELECT FROM recovery_case_state l WHERE l.case_id = c.id AND l."on" > s."on")
"""


class NotMoved(Refused):
    """The cases of a day have not been moved, or moved on since: nobody knows whom to write to."""

    code = "cases_not_moved"


class ToSend(NamedTuple):
    """A move whose treatment is a message."""

    state: int
    on: date
    stage: str
    treatment: str
    channel: str
    currency: str
    days_past_due: int
    person: int


class PastDue(NamedTuple):
    """What a person has past due on an account: up to which due day ("": all, charged off), since when, how much."""

    account: int
    through: str
    since: date | None
    left_minor: int


def queue(*, day: date, by: str) -> Counter[str]:
    """Queue the messages of the cases as they stand since the last day on which they were moved; run again, nothing is
    queued twice.

    Who has nothing to pay any more, and to whom no way leads, has the treatment left with that reason.
    """
    last = CaseDay.objects.aggregate(last=Max("day"))["last"]
    if last != day:
        raise NotMoved(f"{day}: the cases were last moved on {last or 'no day'}")
    of_use = timedelta(days=recovery_terms.message_days(on=day))
    with connection.cursor() as cursor:
        cursor.execute(TO_SEND, {"since": day - of_use, "sent": list(SENT_BY), "channels": list(CHANNELS)})
        rows = [ToSend._make(row) for row in cursor.fetchall()]
    came: Counter[str] = Counter()
    for currency in sorted({one.currency for one in rows}):
        of_it = [one for one in rows if one.currency == currency]
        for at in range(0, len(of_it), BATCH):
            came += queue_some(of_it[at : at + BATCH], of_use, by)
    return came


def queue_some(rows: Sequence[ToSend], of_use: timedelta, by: str) -> Counter[str]:
    """The same of moves of one currency, all of them or none."""
    came: Counter[str] = Counter()
    owed = past_due(rows)
    terms = reminder_terms.reminder_terms(on=max(one.on for one in rows) + timedelta(days=1))
    accounts = sorted(own.account for of_person in owed.values() for own in of_person)
    known = {one.account: one for one in reminders.people(accounts, terms)}
    drafts, left = [], []
    for one in rows:
        own = owed.get(one.person, [])
        minor = sum(each.left_minor for each in own)
        found = draft(one, own, minor, known, of_use, by) if minor > 0 else None
        if found:
            drafts.append(found)
        else:
            why = NO_WAY if minor > 0 else PAID
            left.append(CaseWork(state_id=one.state, done=False, decision_id=None, by=BY, reason=why))
            came[why] += 1
    with transaction.atomic():
        for _, is_new in messages.queue_all(drafts=drafts).values():
            came[QUEUED if is_new else BEFORE] += 1
        CaseWork.objects.bulk_create(left, ignore_conflicts=True)
    return came


def past_due(rows: Sequence[ToSend]) -> dict[int, list[PastDue]]:
    """What each person of these moves has past due now, account by account, of what was due by the day of the move."""
    days = {one.person: one.on for one in rows}
    found: dict[int, list[PastDue]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(OWED, [list(days), rows[0].currency])
        for person, account, charged_off, dues, all_of_it in cursor.fetchall():
            last = day_number(days[person])
            missed = [dues[at] for at in range(0, len(dues), WIDTH) if dues[at] <= last and due_left(dues, at) > 0]
            since = to_date(min(missed)) if missed else None
            if charged_off > 0:
                found[person].append(PastDue(account, "", since, all_of_it))
            elif missed:
                left = compose.left_of(dues, max(missed))
                found[person].append(PastDue(account, str(to_date(max(missed))), since, left))
    return found


def draft(
    one: ToSend, own: Sequence[PastDue], minor: int, known: dict[int, reminders.Person], of_use: timedelta, by: str
) -> messages.Draft | None:
    """A move's message in words; None where no way leads to the person."""
    person = known[own[0].account]
    on = one.on + timedelta(days=1)
    found = reminders.way(person._replace(wishes_channel=person.wishes_channel or one.channel), on)
    if found is None:
        return None
    channel, point = found
    is_help = one.treatment == OFFER_HELP
    since = min((each.since for each in own if each.since), default=one.on - timedelta(days=one.days_past_due))
    between = "、" if person.language == "zh" else ", "
    about = compose.About(
        person.borrower, person.place, on, "service" if is_help else reminders.COLLECTION,
        between.join(known[each.account].number[-reminders.TAIL :] for each in own), minor, person.currency,
        person.exponent, since, (on - since).days, tuple((each.account, each.through) for each in own),
    )  # fmt: skip
    moment = HELP if is_help else MOMENTS[one.stage]
    told = compose.words(moment=moment, channel=channel, language=person.language, about=about)
    return messages.Draft(
        key=f"{PREFIX}{one.state}", borrower_id=person.borrower,
        account_id=own[0].account if len(own) == 1 else None, due_on=since, amount_minor=minor, point_id=point,
        purpose=about.purpose, moment=moment, channel=channel, language=person.language, template=told.template,
        template_version=told.version, values=compose.values_of(about), subject=told.subject, text=told.text,
        html=told.html, not_before=reminders.instant(on, time(person.hour), person.zone),
        not_after=reminders.instant(one.on + of_use, time(23, 59, 59), person.zone), by=by,
    )  # fmt: skip


def ended(message: Message) -> None:
    """Write the work of the treatment that a message was, now that it has come to its end: done by the contact that was
    allowed, or left with the rules that refused. Where another message took its place, that one decides."""
    if message.key.startswith(PREFIX):
        settle(people=[message.borrower_id])


def settle(*, people: Sequence[int]) -> int:
    """The same for all messages to people that have ended; answers how many treatments got their work now."""
    with connection.cursor() as cursor:
        cursor.execute(ENDED, {"people": list(people), "by": BY, "ends": list(messages.ENDS)})
        return int(cursor.rowcount)


def withdraw_old(*, people: Sequence[int], at: datetime) -> int:
    """End the messages of moves that are not their case's newest any more, and leave their treatments.

    One that is being handed over at this moment goes on.
    """
    waits = messages.under_way(people=people, prefix=PREFIX)
    if not waits:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(OLD, [list(people)])
        old = {row[0] for row in cursor.fetchall()}
        numbers = {number for number, key in waits.items() if state_of(key) in old}
        count = messages.withdraw(people=people, numbers=numbers, at=at, by=BY, why=MOVED_ON)
        settle(people=people)
    return count


def waits(*, person: int, state: int) -> int | None:
    """The message of a move that has not come to its end, if there is one."""
    found = messages.under_way(people=[person], prefix=f"{PREFIX}{state}")
    return next((number for number, key in found.items() if state_of(key) == state), None)


def state_of(key: str) -> int:
    """The move that a message's key names."""
    return int(key.removeprefix(PREFIX).partition("~")[0])
