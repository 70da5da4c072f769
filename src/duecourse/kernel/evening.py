"""One account's end of day: interest, the due day, a late fee, the statement; and which day comes next.

Order within a day (docs/decisions 6.1): interest on the balance after all entries effective that day; then unmet dues
become missed, the late fee, the statement, the ageing.
"""

from typing import NamedTuple

from .account import (
    ASKED,
    WIDTH,
    Account,
    Accrued,
    Beside,
    Dues,
    Kept,
    Owed,
    Principal,
    component_in_dues,
    drop_met,
    due_left,
    is_dormant,
    owed_total,
    principal_total,
    with_money,
)
from .accrual import grow, interest
from .ageing import days_past_due, oldest_due
from .allocation import EVER, Met, allocate
from .days import Calendar, business_day, next_cycle
from .money import PPM, SPAN_MAX, portion, share_up
from .terms import FEE, INTEREST, PENALTY, PRINCIPAL, PURCHASE_DAY, WHOLE_STATEMENT, LineTerms


class Night(NamedTuple):
    """What an evening did. Amounts in minor units; all zero on an evening that only let time pass.

    interest, penalty, fee: charged. suspended: the part of interest and penalty of which no income is recognised.
    recognised: income recognised again. credit_used: credit balance that met charges. late_days: amount x days of a
    window that was lost, which bear interest from the purchase day. statement: 1 when one was issued, with its
    balance (below zero: in the borrower's favour), minimum due (past_due is in it) and due day (0: nothing to pay).
    """

    interest: int
    penalty: int
    fee: int
    suspended: int
    recognised: int
    credit_used: int
    late_days: int
    statement: int
    balance: int
    minimum: int
    past_due: int
    due_on: int


class Evening(NamedTuple):
    """The account at the close of the day, how many dues are open, and what the evening did."""

    account: Account
    open_dues: int
    night: Night


class Closed(NamedTuple):
    """An account after its due day was closed, and the amount x days that bear interest in arrears for it."""

    account: Account
    late_days: int


def end_window(account: Account, terms: LineTerms) -> Closed:
    """Close the due day of the latest statement: paid in full it leaves nothing; otherwise what is left revolves."""
    principal, kept, accrued = account.principal, account.kept, account.accrued
    late_days = 0
    paid_bearing = kept.paid_bearing
    if account.statement_left > 0:
        if terms.interest_from == PURCHASE_DAY:
            late_days = kept.window
            grown = interest(
                late_days, terms.rate_ppm, account.day - 1, account.day, accrued.interest_carry, terms.year_days
            )
            accrued = Accrued(accrued.interest + grown.interest, grown.carry, accrued.penalty, accrued.penalty_carry)
        if terms.interest_base == WHOLE_STATEMENT:
            paid_bearing += kept.paid_in_window
    else:
        assert principal.window == 0, "evening: a statement paid in full leaves principal in its window"
    return Closed(
        Account(
            account.day,
            account.statement_on,
            0,
            account.limit,
            Principal(
                principal.unbilled,
                principal.bearing,
                0,
                principal.revolving + principal.window,
                principal.past_due,
            ),
            account.owed,
            account.credit,
            accrued,
            Kept(kept.unbilled, 0, 0, paid_bearing),
            account.statement_left,
            account.suspended,
            account.nonaccrual,
            account.beside,
        ),
        late_days,
    )


def miss(account: Account, dues: Dues, at: int, count: int, terms: LineTerms) -> Account:
    """Make the dues of this day that are not met past due; one met but for the tolerance counts as met.

    A due that was deferred, re-aged or bounced may come while a later statement's window is open. Where refunds have
    left less outside the window than it claims, the rest of the claim comes out of it.
    """
    revolving, past_due = account.principal.revolving, account.principal.past_due
    owed = account.owed
    window = account.principal.window
    for i in range(count):
        place = at + i * WIDTH
        if dues[place] == account.day:
            if due_left(dues, place) * PPM <= terms.tolerance_ppm * dues[place + ASKED]:
                for component in range(PRINCIPAL, PENALTY + 1):
                    dues[place + component] = 0
            elif terms.past_due_whole == 1:
                dues[place + ASKED] = due_left(dues, place)
                later = component_in_dues(dues, place + WIDTH, count - 1 - i, PRINCIPAL, EVER)
                dues[place + PRINCIPAL] = max(dues[place + PRINCIPAL], revolving - max(0, later - window))
                dues[place + INTEREST] += owed.interest - component_in_dues(dues, at, count, INTEREST, EVER)
                dues[place + FEE] += owed.fee - owed.unbilled_fee - component_in_dues(dues, at, count, FEE, EVER)
                dues[place + PENALTY] += owed.penalty - component_in_dues(dues, at, count, PENALTY, EVER)
            revolving -= dues[place + PRINCIPAL]
            past_due += dues[place + PRINCIPAL]
    from_window = max(0, -revolving)
    assert from_window <= window, "evening: dues claim more principal than was billed"
    principal, kept = account.principal, account.kept
    kept_window = kept.window
    if from_window > 0:
        kept_window -= portion(kept.window, from_window, window + kept.paid_in_window)
    return Account(
        account.day,
        account.statement_on,
        account.due_on,
        account.limit,
        Principal(principal.unbilled, principal.bearing, window - from_window, revolving + from_window, past_due),
        owed,
        account.credit,
        account.accrued,
        Kept(kept.unbilled, kept_window, kept.paid_in_window, kept.paid_bearing),
        account.statement_left,
        account.suspended,
        account.nonaccrual,
        account.beside,
    )


def late_fee(unmet: int, terms: LineTerms) -> int:
    """The fee for a missed minimum: flat, or a share between floor and cap; never above the unmet minimum."""
    if terms.late_fee_share_ppm == 0:
        return min(terms.late_fee_minor, unmet)
    share = share_up(unmet, terms.late_fee_share_ppm)
    return min(max(terms.late_fee_floor_minor, min(share, terms.late_fee_cap_minor)), unmet)


def late_fees(dues: Dues, at: int, count: int, terms: LineTerms, day: int) -> int:
    """The late fees of dues whose days of grace end today and that are not met: each due has one such day."""
    fees = 0
    for i in range(count):
        place = at + i * WIDTH
        if dues[place] + terms.grace_days == day:
            fees += late_fee(min(due_left(dues, place), dues[place + ASKED]), terms)
    return fees


def charge(account: Account) -> Account:
    """Charge what has accrued and put the purchases of the open cycle on the bill."""
    principal, owed, accrued, kept = account.principal, account.owed, account.accrued, account.kept
    suspended = account.suspended
    if account.nonaccrual == 1:
        suspended += accrued.interest + accrued.penalty
    return Account(
        account.day,
        account.statement_on,
        account.due_on,
        account.limit,
        Principal(
            0,
            0,
            principal.window + principal.unbilled,
            principal.revolving + principal.bearing,
            principal.past_due,
        ),
        Owed(owed.interest + accrued.interest, owed.fee, owed.penalty + accrued.penalty, 0),
        account.credit,
        Accrued(0, accrued.interest_carry, 0, accrued.penalty_carry),
        Kept(0, kept.window + kept.unbilled, 0, kept.paid_bearing),
        account.statement_left,
        suspended,
        account.nonaccrual,
        account.beside,
    )


def open_due(account: Account, dues: Dues, at: int, count: int, terms: LineTerms, due_on: int) -> int:
    """Append the statement's own part of the minimum due as an open due; returns how many are open.

    minimum due = min(balance, max(floor, ceil(share x billed principal)) + the cycle's installment and the components
    that the terms name, in full, + what is over the limit) + past due (docs/decisions 6.3); past due stays in its old
    dues, and what was deferred to a later day in its own. Where the floor is more than the principal, it takes in the
    components that the terms do not name.
    """
    principal, owed = account.principal, account.owed
    billed = principal.window + principal.revolving - component_in_dues(dues, at, count, PRINCIPAL, EVER)
    billed += component_in_dues(dues, at, count, PRINCIPAL, account.day)
    in_full = min(account.beside.in_full, billed)
    share = max(terms.minimum_floor_minor, share_up(billed - in_full, terms.minimum_share_ppm)) + in_full
    if terms.minimum_has_over_limit == 1:
        share += max(0, principal_total(principal) - account.limit)
    place = at + count * WIDTH
    for k in range(WIDTH):
        dues[place + k] = 0
    in_interest = component_in_dues(dues, at, count, INTEREST, EVER)
    in_fee = component_in_dues(dues, at, count, FEE, EVER)
    in_penalty = component_in_dues(dues, at, count, PENALTY, EVER)
    dues[place] = due_on
    dues[place + PRINCIPAL] = min(billed, share)
    share -= dues[place + PRINCIPAL]
    dues[place + INTEREST] = owed.interest - in_interest
    if terms.minimum_has_interest == 0:
        dues[place + INTEREST] = min(dues[place + INTEREST], share)
        share -= dues[place + INTEREST]
    dues[place + FEE] = owed.fee - in_fee
    if terms.minimum_has_fees == 0:
        dues[place + FEE] = min(dues[place + FEE], share)
        share -= dues[place + FEE]
    dues[place + PENALTY] = owed.penalty - in_penalty
    if terms.minimum_has_penalty == 0:
        dues[place + PENALTY] = min(dues[place + PENALTY], share)
    dues[place + ASKED] = due_left(dues, place)
    return count + int(dues[place + ASKED] > 0)


def put_in_order(dues: Dues, at: int, count: int) -> None:
    """Move the last open due before those that were deferred to a later day."""
    for i in range(count - 1):
        place = at + (count - 1 - i) * WIDTH
        if dues[place - WIDTH] <= dues[place]:
            break
        for k in range(WIDTH):
            later = dues[place - WIDTH + k]
            dues[place - WIDTH + k] = dues[place + k]
            dues[place + k] = later


def issue_statement(account: Account, dues: Dues, at: int, count: int, terms: LineTerms, calendar: Calendar) -> Evening:
    """Bill the cycle that ends today: charge what accrued, let a credit balance meet it, open the minimum due."""
    billed = charge(account)
    night = Night(
        account.accrued.interest,
        account.accrued.penalty,
        0,
        billed.suspended - account.suspended,
        0, 0, 0, 1, 0, 0, 0, 0,
    )  # fmt: skip
    met = Met(billed, count, 0)
    if billed.credit > 0:
        met = allocate(billed, dues, at, count, terms, billed.credit)
    after = met.account
    past_due = 0
    for i in range(met.open_dues):
        if dues[at + i * WIDTH] <= after.day:
            past_due += due_left(dues, at + i * WIDTH)
    statement_on = next_cycle(account.day, terms.cycle_day)
    balance = owed_total(after)
    due_on = 0
    open_count = met.open_dues
    if balance > 0:
        moved = business_day(account.day + terms.due_after_days, terms.due_shift, calendar)
        due_on = max(account.day + 1, min(moved, statement_on - 1))
        open_count = open_due(after, dues, at, met.open_dues, terms, due_on)
    minimum = past_due
    if open_count > met.open_dues:
        minimum += dues[at + met.open_dues * WIDTH + ASKED]
        put_in_order(dues, at, open_count)
    late = days_past_due(oldest_due(dues, at, met.open_dues), account.day, terms.first_day)
    nonaccrual = max(int(late >= terms.nonaccrual_days), int(after.beside.charged_off > 0))
    recognised = after.suspended if nonaccrual == 0 else 0
    return Evening(
        Account(
            after.day,
            statement_on,
            due_on,
            after.limit,
            after.principal,
            after.owed,
            met.excess,
            after.accrued,
            after.kept,
            balance,
            after.suspended - recognised,
            nonaccrual,
            Beside(after.beside.apart, 0, after.beside.charged_off),
        ),
        open_count,
        Night(
            night.interest,
            night.penalty,
            0,
            night.suspended,
            recognised,
            billed.credit - met.excess,
            0,
            1,
            balance - met.excess,
            minimum,
            past_due,
            due_on,
        ),
    )


def evening(
    account: Account, dues: Dues, at: int, count: int, terms: LineTerms, calendar: Calendar, day: int
) -> Evening:
    """Close `day` for one account. `dues` has one spare slot: an evening adds at most one due.

    >>> from .account import opened
    >>> from .days import Calendar
    >>> from .terms import PLAIN_LINE
    >>> evening(opened(100, 5_000, 120), [0] * 6, 0, 0, PLAIN_LINE, Calendar(0, ()), 110).account.day
    110
    """
    assert day > account.day, "evening: this day is closed already"
    assert account.due_on == 0 or account.due_on >= day, "evening: a due day went by without its close"
    now = grow(account, dues, at, count, terms, day)
    late_days = 0
    if now.due_on == day:
        closed = end_window(now, terms)
        now = closed.account
        late_days = closed.late_days
    left = count
    fee = 0
    if count > 0:
        now = miss(now, dues, at, count, terms)
        left = drop_met(dues, at, count)
        fee = late_fees(dues, at, left, terms, day)
        if fee > 0:
            owed = now.owed
            now = with_money(
                now, now.principal, Owed(owed.interest, owed.fee + fee, owed.penalty, owed.unbilled_fee + fee)
            )  # fmt: skip
    if now.statement_on <= day and not is_dormant(now):
        assert now.statement_on == day, "evening: a cycle day went by without its statement"
        issued = issue_statement(now, dues, at, left, terms, calendar)
        night = issued.night
        return Evening(
            issued.account,
            issued.open_dues,
            Night(
                night.interest,
                night.penalty,
                fee,
                night.suspended,
                night.recognised,
                night.credit_used,
                late_days,
                1,
                night.balance,
                night.minimum,
                night.past_due,
                night.due_on,
            ),
        )
    return Evening(now, left, Night(0, 0, fee, 0, 0, 0, late_days, 0, 0, 0, 0, 0))


def next_event(account: Account, dues: Dues, at: int, count: int, terms: LineTerms) -> int:
    """The next day on which the calendar alone makes something happen to the account.

    A due day, the end of a due's grace, a cycle day; for a dormant account the yearly touch. Payments and purchases
    do not make it earlier, except that they wake a dormant account.
    """
    day = account.day + SPAN_MAX - 1 if is_dormant(account) else account.statement_on
    if account.due_on > account.day:
        day = min(day, account.due_on)
    for i in range(count):
        due_on = dues[at + i * WIDTH]
        if due_on > account.day:
            day = min(day, due_on)
        elif due_on + terms.grace_days > account.day:
            day = min(day, due_on + terms.grace_days)
    return day
