"""One entry on one account: decide with the kernel, then post. Purchases, payments and refunds are worded with it."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from duecourse.kernel import posting
from duecourse.kernel.account import WIDTH, Account, principal_total
from duecourse.kernel.accrual import bases, grow
from duecourse.kernel.columns import account_from, fields_of
from duecourse.kernel.evening import next_event
from duecourse.kernel.money import AMOUNT_MAX
from duecourse.ledger import chart, journal
from duecourse.ledger.journal import Entry, Locked
from duecourse.rules.read import day_number, to_date

from . import agreed, changes, correction, replay
from .refusals import AfterOpenDay, CloseBehind, Faulty, NotAnAmount


class Act(NamedTuple):
    """What is asked: an entry of this kind and amount, effective on this day, under this request key."""

    account: int
    kind: int
    amount_minor: int
    on: date
    key: str
    channel: int = 0

    @property
    def body(self) -> bytes:
        """What the request key stands for."""
        return journal.body_of(self.account, self.kind, self.amount_minor, day_number(self.on))


class Receipt(NamedTuple):
    """What an act did: its entry, and how much went where (an entry's signs: debit positive)."""

    entry_id: int
    again: bool
    amounts: dict[str, int]


def perform(act: Act, *, may: Callable[[Locked, Account, agreed.Agreed, int], None] | None = None) -> Receipt:
    """Do it once: the same request key with the same body answers what was done the first time.

    `may` looks at the locked account, closed through the day before the open day, and refuses by raising.
    """
    if not 0 < act.amount_minor <= AMOUNT_MAX:
        raise NotAnAmount(f"account {act.account}: {act.amount_minor} is not between 1 and {AMOUNT_MAX}")
    try:
        entry_id, again, amounts = journal.atomically(lambda: _perform(act, may), pipelined=True)
    except AssertionError as fault:
        raise Faulty(f"account {act.account}: {fault}") from fault
    return Receipt(entry_id(), again, amounts)


def perform_as(act: Act, *, kind: str, by: str, reason: str, body: Mapping[str, Any]) -> Receipt:
    """Do it once, and keep with it who did it and why, as an act of this kind."""

    def work() -> Receipt:
        receipt = perform(act)
        if not receipt.again:
            changes.record(
                account=act.account, kind=kind, on=act.on, entry=receipt.entry_id, by=by, reason=reason, body=body
            )
        return receipt

    return journal.atomically(work)


def _perform(
    act: Act, may: Callable[[Locked, Account, agreed.Agreed, int], None] | None
) -> tuple[Callable[[], int], bool, dict[str, int]]:
    body = act.body
    locked = journal.lock(act.account, key=act.key, body=body)
    if locked.answered is not None:
        first = locked.answered
        return lambda: first, True, entry_amounts(first)
    if act.on > locked.open_day:
        raise AfterOpenDay(f"account {act.account}: {act.on} is after the open day {locked.open_day}")
    told = agreed.of(locked.terms_id)
    today = day_number(act.on)
    before = account_from(locked.fields)
    if act.kind == chart.PURCHASE and principal_total(before.principal) + act.amount_minor > AMOUNT_MAX:
        raise NotAnAmount(f"account {act.account}: its principal would be above {AMOUNT_MAX}")
    if act.on < locked.open_day:
        if may is not None:
            closed = day_number(locked.open_day) - 1
            now = grow(before, locked.dues, 0, len(locked.dues) // WIDTH, told.terms, closed)
            may(locked, now, told, closed + 1)
        event = replay.Event(act.kind, today, act.amount_minor, None)
        with connection.cursor() as cursor:
            corrected = correction.correct(
                cursor, locked, told, added=event, channel=act.channel, key=act.key, body=body
            )
        return lambda: corrected, False, entry_amounts(corrected)
    dues = list(locked.dues)
    count = len(dues) // WIDTH
    grown = grow(before, dues, 0, count, told.terms, today - 1)
    if next_event(before, dues, 0, count, told.terms) < today:
        raise CloseBehind(f"account {act.account} is set aside, or its close is behind: it cannot take an entry")
    if may is not None:
        may(locked, grown, told, today)
    base = bases(grown, dues, 0, count, told.terms)
    posted = posting.post(grown, dues, 0, count, told.terms, act.kind, act.amount_minor, today)
    after = posted.account
    dues = dues[: posted.open_dues * WIDTH]
    then = bases(after, dues, 0, posted.open_dues, told.terms)
    amounts = replay.event_amounts(grown, posted, act.kind, act.amount_minor)
    earning = 1 - after.nonaccrual
    coming = next_event(after, dues, 0, posted.open_dues, told.terms)
    wake = coming < next_event(before, locked.dues, 0, count, told.terms)
    entry_id = journal.post(
        [
            Entry(
                act.account,
                locked.product_id,
                act.kind,
                act.on,
                locked.open_day,
                told.product.currency,
                amounts,
                (then.ordinary - base.ordinary) * told.terms.rate_ppm * earning,
                (then.late - base.late) * told.terms.late_rate_ppm * earning,
                channel=act.channel,
            )
        ],
        fields=fields_of(after),
        dues=dues,
        key=act.key,
        body=body,
        wake_on=to_date(coming) if wake else None,
    )
    return entry_id, False, {name: amount for name, amount in amounts.items() if amount}


def entry_amounts(entry_id: int) -> dict[str, int]:
    """The control accounts that an entry touched, with their amounts; nothing for an act without one (below zero)."""
    if entry_id < 0:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(chart.COLUMNS)} FROM ledger_entry WHERE id = %s", [entry_id])
        row = cursor.fetchone()
    return {name: amount for name, amount in zip(chart.COLUMNS, row, strict=True) if amount}
