"""A payoff quote, good to its day: what is billed, unbilled and accrued, and paying it leaves nothing.

It is worked out as the closes to come would: due days, late fees, statements and acts that are to come before the day
happen in it. A payment made before the day, a purchase or another act makes another quote of it.
"""

from datetime import date
from typing import NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from duecourse.kernel.account import WIDTH, Account, principal_total
from duecourse.kernel.accrual import grow
from duecourse.kernel.columns import FIELDS, account_from
from duecourse.kernel.loan import Quote
from duecourse.kernel.money import SPAN_MAX
from duecourse.ledger.balances import SHARD_SIZE
from duecourse.ledger.journal import NoSuchAccount, Refused
from duecourse.rules.read import day_number

from . import agreed, loan_read, past_events, replay


class DayNotQuoted(Refused):
    """A quote is for the open day or one within a year of it."""

    code = "day_not_quoted"


class Payoff(NamedTuple):
    """What pays an account off on a day, by component, in minor units; `quote.credit` is the borrower's already.

    accrued: the part of interest and penalty that is not charged yet. apart: what is in no quote, since it is disputed,
    authorised and not posted, or to come in installments.
    """

    number: str
    day: date
    currency: str
    exponent: int
    quote: Quote
    accrued: int
    apart: int


def quote(*, number: str, day: date) -> Payoff:
    """What pays the account with this number off on a day, if nothing else is done to it until then."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.id, b.terms_id, s.open_day, b.dues, " + ", ".join(f'b."{field}"' for field in FIELDS) + " "
            "FROM servicing_account a JOIN ledger_balance b ON b.account_id = a.id "
            "JOIN ledger_shard s ON s.shard = a.id / %s WHERE a.number = %s",
            [SHARD_SIZE, number],
        )
        row = cursor.fetchone()
        if row is None:
            raise NoSuchAccount(f"there is no account {number}")
        account, terms_id, open_day, dues = row[:4]
        if not 0 <= (day - open_day).days < SPAN_MAX:
            raise DayNotQuoted(f"account {number}: {day} is not within a year from the open day {open_day}")
        held = account_from(row[4:])
        if agreed.is_loan(terms_id):
            told = agreed.loan(terms_id).product
            found, accrued = loan_read.quote(account=account, day=day)
            return Payoff(number, day, told.currency, told.exponent, found, accrued, 0)
        told = agreed.of(terms_id).product
        then = on_the_eve(cursor, account, held, dues, open_day, day)
    owed, grown = then.owed, then.accrued
    found = Quote(
        day_number(day),
        principal_total(then.principal),
        owed.interest + grown.interest,
        owed.fee,
        owed.penalty + grown.penalty,
        then.credit,
    )
    accrued = grown.interest + grown.penalty
    return Payoff(number, day, told.currency, told.exponent, found, accrued, then.beside.apart)


def on_the_eve(
    cursor: CursorWrapper, account: int, held: Account, dues: list[int], open_day: date, day: date
) -> Account:
    """A line at the close of the day before, with the evenings and the acts that are to come until then."""
    first = past_events.first_agreed(account)
    acts = past_events.acts_of(cursor, account, day)
    today = day_number(open_day)
    coming = [act for act in acts if act.deed is not None and act.deed.by_close and act.day >= today]
    before = [act for act in acts if act not in coming]
    ran = replay.run(
        held,
        dues,
        first,
        sorted(coming, key=past_events.in_order),
        day_number(day) - 1,
        given=past_events.given_by(first, before),
    )
    return grow(ran.account, ran.dues, 0, len(ran.dues) // WIDTH, ran.told.terms, day_number(day) - 1)
