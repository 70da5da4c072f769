"""What an entry does to an account: a purchase, a payment, a refund, an adjustment."""

from typing import NamedTuple

from .account import Account, Beside, Dues, Principal, is_dormant, owed_total, principal_total
from .allocation import Met, allocate, give_back
from .days import next_cycle
from .money import AMOUNT_MAX
from .terms import LOSE_WINDOW, LineTerms

PURCHASE, REFUND, ADJUSTMENT, PAYMENT = 1, 2, 3, 4
"""Kinds, in the order in which they apply within one day. An adjustment is a credit given by the lender."""


class Posted(NamedTuple):
    """The account after an entry, how many dues are open, and suspended income that the money has made good."""

    account: Account
    open_dues: int
    recognised: int


def buy(account: Account, terms: LineTerms, amount: int, day: int) -> Account:
    """Post a purchase effective `day` on an account closed through the day before.

    A credit balance pays first. Where the terms say so, a purchase made while an older statement revolves has no
    interest-free window.
    """
    principal = account.principal
    from_credit = min(account.credit, amount)
    bought = amount - from_credit
    assert principal_total(principal) + bought <= AMOUNT_MAX, "posting: the principal is above AMOUNT_MAX"
    no_window = terms.new_purchases == LOSE_WINDOW and principal.revolving + principal.past_due > 0
    statement_on = account.statement_on
    if statement_on < day:
        statement_on = next_cycle(day - 1, terms.cycle_day)
    return Account(
        account.day,
        statement_on,
        account.due_on,
        account.limit,
        Principal(
            principal.unbilled + bought * int(not no_window),
            principal.bearing + bought * int(no_window),
            principal.window,
            principal.revolving,
            principal.past_due,
        ),
        account.owed,
        account.credit - from_credit,
        account.accrued,
        account.kept,
        account.statement_left,
        account.suspended,
        account.nonaccrual,
        account.beside,
    )


def post(
    account: Account, dues: Dues, at: int, count: int, terms: LineTerms, kind: int, amount: int, day: int
) -> Posted:
    """Post one entry effective `day` on an account that is closed through the day before."""
    assert amount > 0, "posting: the amount is not above zero"
    assert amount <= AMOUNT_MAX, "posting: the amount is above AMOUNT_MAX"
    assert account.day == day - 1, "posting: the account is not closed through the day before"
    assert account.due_on == 0 or account.due_on >= day, "posting: a due day went by without its close"
    assert account.statement_on >= day or is_dormant(account), "posting: a cycle day went by without its statement"
    assert kind >= PURCHASE, "posting: an unknown kind of entry"
    assert kind <= PAYMENT, "posting: an unknown kind of entry"
    if kind == PURCHASE:
        return Posted(buy(account, terms, amount, day), count, 0)
    if kind == REFUND:
        met = give_back(account, dues, at, count, terms, amount)
    else:
        met = allocate(account, dues, at, count, terms, amount)
    return received(account, met, terms, day)


def received(before: Account, met: Met, terms: LineTerms, day: int) -> Posted:
    """Keep the excess as a credit balance, and recognise suspended income as far as charges were met.

    Of a debt that was charged off, what is met otherwise is recovered.
    """
    after = met.account
    charges_met = before.owed.interest + before.owed.penalty - after.owed.interest - after.owed.penalty
    recognised = min(before.suspended, charges_met)
    beside = after.beside
    recovered = min(beside.charged_off, owed_total(before) - owed_total(after) - recognised)
    statement_on = after.statement_on
    if statement_on < day:
        statement_on = next_cycle(day - 1, terms.cycle_day)
    return Posted(
        Account(
            after.day,
            statement_on,
            after.due_on,
            after.limit,
            after.principal,
            after.owed,
            after.credit + met.excess,
            after.accrued,
            after.kept,
            after.statement_left,
            after.suspended - recognised,
            after.nonaccrual,
            Beside(beside.apart, beside.in_full, beside.charged_off - recovered),
        ),
        met.open_dues,
        recognised,
    )
