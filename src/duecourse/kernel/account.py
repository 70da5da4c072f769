"""What one account is tonight: a row of the book and its open dues.

Open dues (billed, not yet met) are a flat sequence of ints, WIDTH to a due, oldest first:
due day, principal, interest, fee, penalty, and what was asked at first (where the terms make the whole statement past
due: of a missed due, what was unmet of the minimum). In plain Python it is a list, in the compiled
lane the account's stretch of one array; kernel functions change it in place between `at` and `at + WIDTH * count`.
A due is *missed* once its due day is closed: due day <= account.day.
"""

from collections.abc import MutableSequence
from typing import NamedTuple

Dues = MutableSequence[int]
WIDTH = 6
ASKED = 5


class Principal(NamedTuple):
    """Principal by how it bears interest; the sum is what was bought and not repaid.

    unbilled: in the open cycle, bears nothing. bearing: in the open cycle, without a window. window: billed, until the
    due day bears nothing. revolving: billed, past its window, ordinary rate. past_due: in missed dues, late rate.
    """

    unbilled: int
    bearing: int
    window: int
    revolving: int
    past_due: int


class Owed(NamedTuple):
    """Charged and unpaid. `unbilled_fee` is the part of `fee` that no statement has billed yet."""

    interest: int
    fee: int
    penalty: int
    unbilled_fee: int


class Accrued(NamedTuple):
    """Grown and not yet charged: whole minor units and the carried fraction, ordinary and late.

    A carry counts units of 1 / (PPM * year_days) of a minor unit (actual basis: 1 / (PPM * 365 * 366)).
    """

    interest: int
    interest_carry: int
    penalty: int
    penalty_carry: int


class Kept(NamedTuple):
    """What the terms 'from the purchase day' and 'the whole statement' need to remember.

    unbilled and window: amount x days so far of the principal of that name. paid_in_window: what was paid of the
    latest statement's window. paid_bearing: paid, and yet still in the base until all that is billed and past its
    window is paid.
    """

    unbilled: int
    window: int
    paid_in_window: int
    paid_bearing: int


class Beside(NamedTuple):
    """What stands beside the revolving principal.

    apart: what uses the limit and is in no statement: authorised and not yet posted, disputed, converted into
    installments that are still to come. in_full: the part of the unbilled principal that the coming minimum due asks in
    full (the installment of the cycle). charged_off: what has left the books and is not recovered.
    """

    apart: int
    in_full: int
    charged_off: int


NOTHING_BESIDE = Beside(0, 0, 0)


class Account(NamedTuple):
    """A line at the close of `day`.

    statement_on: the next cycle day. due_on: the due day of the latest statement while its window is open, else 0.
    statement_left: what is still to be paid of the latest statement for it to count as paid in full.
    suspended: interest and penalty owed of which the income is not recognised. nonaccrual: 1 while none is.
    """

    day: int
    statement_on: int
    due_on: int
    limit: int
    principal: Principal
    owed: Owed
    credit: int
    accrued: Accrued
    kept: Kept
    statement_left: int
    suspended: int
    nonaccrual: int
    beside: Beside = NOTHING_BESIDE


def opened(day: int, limit: int, statement_on: int) -> Account:
    """A new line: nothing bought, nothing owed, open from the close of `day`."""
    nothing = Principal(0, 0, 0, 0, 0)
    return Account(
        day,
        statement_on,
        0,
        limit,
        nothing,
        Owed(0, 0, 0, 0),
        0,
        Accrued(0, 0, 0, 0),
        Kept(0, 0, 0, 0),
        0,
        0,
        0,
        Beside(0, 0, 0),
    )


def principal_total(principal: Principal) -> int:
    """All principal of a line."""
    return principal.unbilled + principal.bearing + principal.window + principal.revolving + principal.past_due


def owed_total(account: Account) -> int:
    """All that is owed and charged: principal, interest, fee, penalty. Accrued interest is not in it."""
    owed = account.owed
    return principal_total(account.principal) + owed.interest + owed.fee + owed.penalty


def available(account: Account) -> int:
    """What may still be bought: the limit less the principal and what is set apart, plus a credit balance.

    Below zero when over the limit.
    """
    return account.limit - principal_total(account.principal) - account.beside.apart + account.credit


def is_dormant(account: Account) -> bool:
    """Nothing owed, nothing accrued, no credit balance: no statement is due until something happens."""
    return owed_total(account) == 0 and account.accrued.interest + account.accrued.penalty == 0 and account.credit == 0


def with_money(account: Account, principal: Principal, owed: Owed) -> Account:
    """The account with other principal and other charges owed."""
    return Account(
        account.day,
        account.statement_on,
        account.due_on,
        account.limit,
        principal,
        owed,
        account.credit,
        account.accrued,
        account.kept,
        account.statement_left,
        account.suspended,
        account.nonaccrual,
        account.beside,
    )


def due_left(dues: Dues, at: int) -> int:
    """What is left of the due that starts at `at`."""
    return dues[at + 1] + dues[at + 2] + dues[at + 3] + dues[at + 4]


def component_in_dues(dues: Dues, at: int, count: int, component: int, through: int) -> int:
    """The sum of one component over the open dues whose due day is at most `through`."""
    total = 0
    for i in range(count):
        place = at + i * WIDTH
        if dues[place] <= through:
            total += dues[place + component]
    return total


def drop_met(dues: Dues, at: int, count: int) -> int:
    """Close the gaps that met dues leave; returns how many remain open."""
    kept = 0
    for i in range(count):
        place = at + i * WIDTH
        if due_left(dues, place) > 0:
            if kept < i:
                for k in range(WIDTH):
                    dues[at + kept * WIDTH + k] = dues[place + k]
            kept += 1
    return kept
