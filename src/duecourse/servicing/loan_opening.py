"""Opening loans, one or many: terms frozen, and nothing drawn yet or, for loans kept elsewhere, with their past.

What is said to have happened before the open day is booked on it: the days sealed in between stay as they were.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from duecourse.kernel import loan, loan_row
from duecourse.kernel.account import Account
from duecourse.kernel.columns import fields_of
from duecourse.kernel.loan_events import Event
from duecourse.kernel.money import AMOUNT_MAX
from duecourse.ledger.balances import SHARD_SIZE
from duecourse.ledger.journal import atomically
from duecourse.ledger.tables import Shift
from duecourse.rules.funding_terms import FundingTerms
from duecourse.rules.read import day_number

from . import agreed, funding, loan_life
from .accounts import NotOpenDay, NumberTaken, open_shards, write_rows
from .bearing import named
from .correction import copy_lines
from .loan_checks import event_of
from .loans import OPENED, moved_by
from .refusals import NotAnAmount
from .tables import Account as Contract
from .tables import Act, Change, Schedule

TAKEN_ON = "taken on"


class Past(NamedTuple):
    """Something that has happened to a loan before it was taken on: a kind of `loan_checks.KINDS`, its day, numbers."""

    kind: str
    on: date
    body: Mapping[str, int]


class NewLoan(NamedTuple):
    """A loan to be opened: its number, whose it is, what is approved, and the days of its schedule where chosen.

    `funding`: who funds it, where that is not as the product's file says.
    """

    number: str
    borrower_id: int
    approved_minor: int
    start: date | None = None
    first_due: date | None = None
    funding: FundingTerms | None = None


def open_loan(
    *,
    number: str,
    borrower_id: int,
    product: str,
    approved_minor: int,
    on: date,
    by: str,
    start: date | None = None,
    first_due: date | None = None,
    funded: FundingTerms | None = None,
    **changed: Any,
) -> int:
    """Open one loan with the terms in force that day, some of them changed by name; answers the account's id."""
    terms = agreed.loan_in_force(product=product, day=on)._replace(**changed)
    new = NewLoan(number, borrower_id, approved_minor, start, first_due, funded)
    terms_id = agreed.freeze(product=product, agreed=terms)
    return open_loans(product=product, terms_ids=[terms_id], on=on, new=[new], by=by)[0]


def open_loans(
    *,
    product: str,
    terms_ids: Sequence[int],
    on: date,
    new: Sequence[NewLoan],
    by: str,
    past: Sequence[Sequence[Past]] = (),
) -> list[int]:
    """Open loans, each under its own frozen terms; all of them or none. Answers their ids, in order.

    `past`: what has happened to each since, in the order in which it was recorded. With a past `on` may be earlier
    than the open day.
    """
    for one in new:
        if not 0 < one.approved_minor <= AMOUNT_MAX:
            raise NotAnAmount(f"account {one.number}: {one.approved_minor} is not between 1 and {AMOUNT_MAX}")
    if not new:
        return []
    return atomically(lambda: _open(product, terms_ids, on, new, by, past or [()] * len(new)))


def _open(
    product: str, terms_ids: Sequence[int], on: date, new: Sequence[NewLoan], by: str, past: Sequence[Sequence[Past]]
) -> list[int]:
    product_row = agreed.product_row(product)
    with connection.cursor() as cursor:
        taken = Contract.objects.filter(number__in=[one.number for one in new]).first()
        if taken:
            raise NumberTaken(f"there is an account {taken.number} already")
        cursor.execute("SELECT nextval('servicing_account_id') FROM generate_series(1, %s)", [len(new)])
        ids = [row[0] for row in cursor.fetchall()]
        open_day = open_shards(cursor, sorted({account_id // SHARD_SIZE for account_id in ids}), on)
        if on > open_day or (on < open_day and not any(past)):
            raise NotOpenDay(f"an account opens on the open day, which is {open_day}, not on {on}")
        Contract.objects.bulk_create(
            Contract(
                id=account_id,
                number=one.number,
                borrower_id=one.borrower_id,
                product_id=product_row.id,
                terms_id=terms_id,
                limit_minor=one.approved_minor,
                opened_on=on,
            )
            for account_id, terms_id, one in zip(ids, terms_ids, new, strict=True)
        )
        begun = [begun_as(one) for one in new]
        events = keep_acts(cursor, ids, begun, past, on, open_day, by)
        closed = day_number(open_day) - 1
        lived = [
            loan_life.live(agreed.loan(terms_id).terms, began, happened, closed)
            for terms_id, began, happened in zip(terms_ids, begun, events, strict=True)
        ]
        rows, dues = zip(*(loan_row.row_of(one.loan, closed + 1, closed) for one in lived), strict=True)
        coming = [account.statement_on for account in rows]
        write_rows(cursor, ids, list(map(fields_of, rows)), dues, product_row.id, terms_ids, closed + 1, coming)
        of_each = ((account_id, line) for account_id, one in zip(ids, lived, strict=True) for line in one.lines)
        copy_lines(cursor, of_each, agreed.loan(terms_ids[0]), open_day)
        tell_seal(rows, lived, product_row.id, open_day)
        rates, chosen = [agreed.loan(one).terms.rate_ppm for one in terms_ids], [one.funding for one in new]
        funding.by_product(accounts=ids, product=product, opened_on=on, open_day=open_day, rates=rates, chosen=chosen)
        Schedule.objects.bulk_create(
            Schedule(
                account_id=account_id,
                act_id=one.loan.log[-1].seq,
                booked_day=open_day,
                rows=loan_row.installments_of(one.loan),
            )
            for account_id, one in zip(ids, lived, strict=True)
            if one.loan.log
        )
        if on < open_day:
            told = {"since_day": on, "booked_day": open_day, "by": by, "reason": TAKEN_ON}
            Change.objects.bulk_create(Change(account_id=account_id, **told) for account_id in ids)
    return ids


def keep_acts(
    cursor: CursorWrapper,
    ids: Sequence[int],
    begun: Sequence[loan_life.Begun],
    past: Sequence[Sequence[Past]],
    on: date,
    open_day: date,
    by: str,
) -> list[list[Event]]:
    """Keep what was agreed and what has happened as acts; answers the events of each loan."""
    cursor.execute(
        "SELECT nextval('servicing_act_id_seq') FROM generate_series(1, %s)", [sum(map(len, past)) + len(ids)]
    )
    numbers = iter(row[0] for row in cursor.fetchall())
    acts, events = [], []
    for account_id, began, happened in zip(ids, begun, past, strict=True):
        told = {"account_id": account_id, "booked_day": open_day, "by": by}
        agreed_on = {"id": next(numbers), "kind": OPENED, "effective_day": on, "reason": "agreed"}
        acts.append(Act(**told, **agreed_on, body=began._asdict()))
        own = []
        for one in happened:
            seq = next(numbers)
            acts.append(Act(**told, id=seq, kind=one.kind, effective_day=one.on, reason=TAKEN_ON, body=dict(one.body)))
            own.append(event_of(one.kind, seq, one.on, open_day, one.body))
        events.append(own)
    Act.objects.bulk_create(acts)
    return events


def tell_seal(rows: Sequence[Account], lived: Sequence[loan_life.Lived], product_id: int, open_day: date) -> None:
    """Tell the seal what loans with a past earn a day and have earned."""
    closed = day_number(open_day) - 1
    sums = [0, 0, 0, 0]
    for row, one in zip(rows, lived, strict=True):
        nothing = loan_row.row_of(loan.opened(one.loan.terms), closed + 1, closed)[0]
        moved = moved_by(nothing, row, closed, list(map(named, one.lines)))
        sums = [one + more for one, more in zip(sums, moved, strict=True)]
    if any(sums):
        names = ("during_interest", "during_penalty", "jump_interest", "jump_penalty")
        Shift.objects.create(booked_day=open_day, product_id=product_id, **dict(zip(names, sums, strict=True)))


def begun_as(new: NewLoan) -> loan_life.Begun:
    """How the kernel is told that a loan began."""
    return loan_life.Begun(
        None if new.start is None else day_number(new.start),
        None if new.first_due is None else day_number(new.first_due),
        new.approved_minor,
    )
