"""Promises to pay: made, withdrawn, and judged by what came in, on sealed days."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction

from duecourse.book import marks
from duecourse.book import read as book
from duecourse.borrowers import reach
from duecourse.kernel.money import AMOUNT_MAX
from duecourse.ledger import chart
from duecourse.rules import lender
from duecourse.rules.care_terms import promise_terms
from duecourse.rules.contact_rules import CHANNELS

from . import accounts, standing_blocks
from .keeping import OPEN, WITHDRAWN, Came, Promised, Verdict, judged
from .keyed import CareRefused, alone, among, before
from .promise_tables import Promise, PromiseJudging, PromiseState

BATCH = 1_000
"""How many people are judged together."""
WHY = {
    "open": "what had come in was taken back",
    "kept": "all that was promised came in",
    "partly_kept": "part of what was promised came in",
    "broken": "nothing of what was promised came in",
}
"""Why a promise turned, by what it became."""


class TooManyPromises(Exception):
    """As many promises of the person are open as may be."""

    code = "too_many_promises"


class NotOpen(Exception):
    """There is no such promise, or it is not open."""

    code = "promise_not_open"


class JudgedLater(Exception):
    """Promises were judged by a later day already."""

    code = "promises_judged_later"


class Made(NamedTuple):
    """A promise that was made: its last day, the day's grace in it, and whether the key was used before."""

    promise: int
    last_on: date
    again: bool


class Judging(NamedTuple):
    """What a judging found: of the promises that it looked at, how many became what."""

    day: date
    looked_at: int
    turned: Counter[str]


def promise(
    *,
    person: int,
    amount_minor: int,
    due_on: date,
    at: datetime,
    channel: str,
    by: str,
    reason: str,
    key: str,
    account: int | None = None,
) -> Made:
    """Note what a person promised to pay by a day, on an account or on all they have, and stop dunning for it.

    The block ends with the grace of the day, on the person's own clock. Refused where too many promises are open, where
    the day lies before today or too far away.
    """
    reach.zoned("at", at)
    made_on = lender.clock(on=at.date()).day_of(at)
    terms = promise_terms(on=made_on)
    told = {"borrower_id": person, "account_id": account, "amount_minor": amount_minor, "due_on": due_on}
    with transaction.atomic():
        alone(person)
        if row := before(Promise, key, told):
            return Made(row.id, row.last_on, True)
        among("channel", channel, CHANNELS)
        if not 0 < amount_minor <= AMOUNT_MAX:
            raise CareRefused(f"amount_minor: {amount_minor} is not from 1 to {AMOUNT_MAX}")
        if not made_on <= due_on <= made_on + timedelta(days=terms.longest_days):
            raise CareRefused(f"due_on: {due_on} is not within {terms.longest_days} days of {made_on}")
        last_on = due_on + timedelta(days=terms.grace_days)
        own = accounts.own(person, account)
        if len({*own.values()}) > 1:
            raise CareRefused(f"account: person {person} has accounts in several currencies; name one")
        still = sum(state == OPEN for state in states_of(person).values())
        if still >= terms.most_open:
            raise TooManyPromises(f"person {person}: {still} promises are open, and no more may be")
        block = reach.block(
            borrower=person, kind="promise", account=account, since=at, by=by, reason=reason,
            until=standing_blocks.end_of(person, last_on),
        )  # fmt: skip
        row = Promise.objects.create(
            **told, made_on=made_on, last_on=last_on, channel=channel, block_id=block, by=by, reason=reason, key=key,
            before=came_on(sorted(own), made_on),
        )  # fmt: skip
        return Made(row.id, last_on, False)


def came_on(of: Sequence[int], day: date) -> dict[str, int]:
    """What came in on a day, by account, as far as it is known now."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT account_id, {SUM} FROM ledger_entry WHERE account_id = ANY(%s) AND kind = ANY(%s) "
            "AND effective_day = %s GROUP BY account_id",
            [list(of), MONEY, day],
        )
        return {str(account): int(came) for account, came in cursor.fetchall() if came > 0}


def withdraw(*, promise: int, at: datetime, by: str, reason: str) -> None:
    """Take a promise out that was noted by mistake or is replaced: its block ends, it is not judged any more."""
    reach.zoned("at", at)
    row = Promise.objects.filter(id=promise).first()
    if row is None:
        raise NotOpen(f"there is no promise {promise}")
    with transaction.atomic():
        alone(row.borrower_id)
        state = states_of(row.borrower_id)[promise]
        if state != OPEN:
            raise NotOpen(f"promise {promise} is {state}")
        on = lender.clock(on=at.date()).day_of(at)
        PromiseState.objects.create(promise_id=promise, state=WITHDRAWN, on=on, by=by, reason=reason)
        block = block_of(row, newest([promise]).get(promise))
        standing_blocks.end(borrower=row.borrower_id, block=block, at=at, by=by, reason=f"withdrawn: {reason}")


def states_of(person: int) -> dict[int, str]:
    """What each of a person's promises is as it was judged last, oldest first."""
    ids = list(Promise.objects.filter(borrower_id=person).order_by("id").values_list("id", flat=True))
    last = newest(ids)
    return {one: last[one].state if one in last else OPEN for one in ids}


def counted(*, person: int) -> Counter[str]:
    """How many of a person's promises were kept, partly kept, broken, are open, were withdrawn."""
    return Counter(states_of(person).values())


def newest(promises: Sequence[int]) -> dict[int, PromiseState]:
    """The newest row of each of these promises, where there is one."""
    rows = PromiseState.objects.filter(promise_id__in=promises).order_by("promise_id", "-id").distinct("promise_id")
    return {row.promise_id: row for row in rows}


def block_of(row: Promise, last: PromiseState | None) -> int:
    """The block that stands for a promise."""
    return row.block_id if last is None or last.block_id is None else last.block_id


MONEY = [chart.PAYMENT, chart.CHARGEBACK]
SUM = (
    "-sum(coalesce(principal, 0) + coalesce(interest, 0) + coalesce(fee, 0) + coalesce(penalty, 0) "
    "+ coalesce(credit, 0))"
)
"""What came in, as servicing.arrangement_review counts it."""
LOOKED_AT = f"""
    SELECT p.borrower_id FROM care_promise p
    WHERE p.made_on <= %(day)s
      AND coalesce((SELECT s.state FROM care_promise_state s WHERE s.promise_id = p.id ORDER BY s.id DESC LIMIT 1),
                   '{OPEN}') = '{OPEN}'
    UNION
    SELECT c.borrower_id FROM servicing_account c
    WHERE c.id IN (SELECT e.account_id FROM ledger_entry e
                   WHERE e.id > %(mark)s AND e.booked_day > %(last)s AND e.booked_day <= %(day)s
                     AND e.kind = ANY(%(kinds)s))
      AND EXISTS (SELECT FROM care_promise p WHERE p.borrower_id = c.borrower_id AND p.made_on <= %(day)s)
    ORDER BY 1
"""
"""Who has an open promise, or money booked since the judging before: a payment told late may change what was found."""
CAME = f"""
    SELECT c.borrower_id, e.effective_day, e.account_id, {SUM}
    FROM servicing_account c
    JOIN (SELECT borrower_id, min(made_on) AS first FROM care_promise WHERE borrower_id = ANY(%(people)s) GROUP BY 1) p
      ON p.borrower_id = c.borrower_id
    JOIN ledger_entry e ON e.account_id = c.id AND e.kind = ANY(%(kinds)s) AND e.effective_day >= p.first
      AND e.booked_day <= %(day)s
    GROUP BY 1, 2, 3
"""


def judge(*, day: date, at: datetime, by: str) -> Judging:
    """Judge promises by what a sealed day knows; again, it writes nothing new. `at`: when a kept one's block ends.

    A day before one by which was judged already is refused: what is known then is known better.
    """
    book.require_sealed(day)
    reach.zoned("at", at)
    turned: Counter[str] = Counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(9, -1)")  # one judging at a time
        last = PromiseJudging.objects.order_by("-day").first()
        if last and last.day > day:
            raise JudgedLater(f"promises were judged by {last.day} already")
        before_it = PromiseJudging.objects.filter(day__lt=day).order_by("-day").first()
        since = before_it.day if before_it else date.min
        told = {"day": day, "last": since, "mark": marks.before(since + timedelta(days=1)).entry, "kinds": MONEY}
        cursor.execute(LOOKED_AT, told)
        people = [row[0] for row in cursor.fetchall()]
        looked_at = 0
        for first in range(0, len(people), BATCH):
            told_of = list(judged_of(people[first : first + BATCH], day))
            blocks = standing_blocks.standing([block_of(row, held) for row, _, held in told_of], at)
            rows = [turn(row, found, held, day, at, by, blocks) for row, found, held in told_of]
            written = PromiseState.objects.bulk_create(row for row in rows if row is not None)
            looked_at += len(told_of)
            turned.update(row.state for row in written)
        PromiseJudging.objects.get_or_create(day=day, defaults={"by": by})
    return Judging(day, looked_at, turned)


def judged_of(people: Sequence[int], day: date) -> Iterator[tuple[Promise, Verdict, PromiseState | None]]:
    """The promises of these people, but withdrawn ones, with what each is by a sealed day and its newest row."""
    rows = list(Promise.objects.filter(borrower_id__in=people, made_on__lte=day).order_by("id"))
    last = newest([row.id for row in rows])
    with connection.cursor() as cursor:
        cursor.execute(CAME, {"people": list(people), "kinds": MONEY, "day": day})
        came: dict[int, list[Came]] = {}
        for person, on, account, amount in cursor.fetchall():
            came.setdefault(person, []).append(Came(on, account, int(amount)))
    own: dict[int, list[Promise]] = {}
    for row in rows:
        if row.id not in last or last[row.id].state != WITHDRAWN:
            own.setdefault(row.borrower_id, []).append(row)
    for person, promises in own.items():
        found = judged([promised(row) for row in promises], came.get(person, []), day)
        for row in promises:
            yield row, found[row.id], last.get(row.id)


def promised(row: Promise) -> Promised:
    """A promise as it is judged."""
    known = {int(account): minor for account, minor in row.before.items()}
    return Promised(row.id, row.account_id, row.made_on, row.last_on, row.amount_minor, known)


def turn(
    row: Promise, found: Verdict, held: PromiseState | None, day: date, at: datetime, by: str, blocks: Collection[int]
) -> PromiseState | None:
    """What a promise has become, to be written down, if that is something else than before; its block follows.

    `blocks`: those that still stand.
    """
    was = (held.state, held.on, held.paid_minor) if held else (OPEN, row.made_on, 0)
    if found.state == was[0] and (found.state == OPEN or (found.on, found.paid) == was[1:]):
        return None
    block, why = None, WHY[found.state]
    if found.state == OPEN:
        until = standing_blocks.end_of(row.borrower_id, row.last_on)
        if until > at:
            block = reach.block(
                borrower=row.borrower_id, kind="promise", account=row.account_id, since=at, by=by, reason=why,
                until=until,
            )  # fmt: skip
    elif block_of(row, held) in blocks:
        reach.end_block(borrower=row.borrower_id, block=block_of(row, held), at=at, by=by, reason=why)
    return PromiseState(
        promise_id=row.id, state=found.state, on=found.on, through=day, paid_minor=found.paid, block_id=block, by=by,
        reason=why,
    )  # fmt: skip
