"""How an amount is shared out: the oldest minimum first, then the rest of the statement, then the open cycle."""

from typing import NamedTuple

from .account import (
    ASKED,
    WIDTH,
    Account,
    Beside,
    Dues,
    Kept,
    Owed,
    Principal,
    component_in_dues,
    drop_met,
    due_left,
    with_money,
)
from .money import PPM, portion
from .terms import FEE, INTEREST, PENALTY, PRINCIPAL, WHOLE_STATEMENT, LineTerms, Order

EVER = 2**40
"""Later than any day."""


class Met(NamedTuple):
    """The account after an amount has met what is owed, how many dues stay open, and what nothing owed could take."""

    account: Account
    open_dues: int
    excess: int


class Taken(NamedTuple):
    """What was taken from some dues or a statement: principal past due, other principal, interest, fee, penalty."""

    missed: int
    billed: int
    interest: int
    fee: int
    penalty: int


def component_at(order: Order, place: int) -> int:
    """The component that stands at a place 0..3 of the order."""
    if place == 0:
        return order.first
    if place == 1:
        return order.second
    if place == 2:
        return order.third
    return order.fourth


def meet_dues(dues: Dues, at: int, count: int, terms: LineTerms, amount: int, closed: int) -> Taken:
    """Take up to `amount` from the open dues; those due on or before the day `closed` are past due."""
    missed, billed, interest, fee, penalty = 0, 0, 0, 0, 0
    left = amount
    for step in range(4 * count):
        if left == 0:
            break
        if terms.oldest_first == 1:
            place = at + step // 4 * WIDTH
            component = component_at(terms.order, step % 4)
        else:
            place = at + step % count * WIDTH
            component = component_at(terms.order, step // count)
        taken = min(left, dues[place + component])
        dues[place + component] -= taken
        left -= taken
        if component == INTEREST:
            interest += taken
        elif component == FEE:
            fee += taken
        elif component == PENALTY:
            penalty += taken
        elif dues[place] <= closed:
            missed += taken
        else:
            billed += taken
    return Taken(missed, billed, interest, fee, penalty)


def meet_billed(account: Account, dues: Dues, at: int, count: int, terms: LineTerms, amount: int, due: Taken) -> Taken:
    """What up to `amount` takes of the billed part that is in no due, after `meet_dues` took `due` from the dues."""
    in_dues = component_in_dues(dues, at, count, PRINCIPAL, EVER) - component_in_dues(
        dues, at, count, PRINCIPAL, account.day
    )
    billed, interest, fee, penalty = 0, 0, 0, 0
    left = amount
    for k in range(4):
        component = component_at(terms.order, k)
        if component == PRINCIPAL:
            billed = min(left, account.principal.revolving + account.principal.window - due.billed - in_dues)
            left -= billed
        elif component == INTEREST:
            in_no_due = account.owed.interest - due.interest - component_in_dues(dues, at, count, INTEREST, EVER)
            interest = min(left, in_no_due)
            left -= interest
        elif component == FEE:
            billed_fee = account.owed.fee - account.owed.unbilled_fee - due.fee
            fee = min(left, billed_fee - component_in_dues(dues, at, count, FEE, EVER))
            left -= fee
        else:
            in_no_due = account.owed.penalty - due.penalty - component_in_dues(dues, at, count, PENALTY, EVER)
            penalty = min(left, in_no_due)
            left -= penalty
    return Taken(0, billed, interest, fee, penalty)


def total(taken: Taken) -> int:
    """The sum of what was taken."""
    return taken.missed + taken.billed + taken.interest + taken.fee + taken.penalty


def repay(account: Account, taken: Taken, new_fee: int, open_cycle: int, stays_in_base: int) -> Account:
    """The account less what was taken of its statement, of unbilled fees and of the open cycle's purchases.

    Of the billed principal what revolves goes first, of the open cycle what bears interest. Where the whole statement
    bears interest until it is paid, what a payment took stays in the base (`stays_in_base` is 1); a refund does not.
    """
    principal, kept = account.principal, account.kept
    revolving = min(taken.billed, principal.revolving)
    window = taken.billed - revolving
    bearing = min(open_cycle, principal.bearing)
    unbilled = open_cycle - bearing
    kept_window = kept.window
    paid_in_window = kept.paid_in_window
    if stays_in_base == 1:
        paid_in_window += window
    elif window > 0:
        kept_window -= portion(kept.window, window, principal.window + paid_in_window)
    kept_unbilled = kept.unbilled
    if unbilled > 0:
        kept_unbilled -= portion(kept.unbilled, unbilled, principal.unbilled)
    left = Principal(
        principal.unbilled - unbilled,
        principal.bearing - bearing,
        principal.window - window,
        principal.revolving - revolving,
        principal.past_due - taken.missed,
    )
    assert left.unbilled >= 0, "allocation: more principal is repaid than was bought"
    assert left.window >= 0, "allocation: more principal is repaid than was billed"
    assert left.past_due >= 0, "allocation: more principal is repaid than is past due"
    statement_left = max(0, account.statement_left - total(taken))
    paid_bearing = kept.paid_bearing + stays_in_base * revolving
    if left.revolving + left.past_due == 0:
        paid_bearing = 0
    owed = account.owed
    return Account(
        account.day,
        account.statement_on,
        account.due_on,
        account.limit,
        left,
        Owed(
            owed.interest - taken.interest,
            owed.fee - taken.fee - new_fee,
            owed.penalty - taken.penalty,
            owed.unbilled_fee - new_fee,
        ),
        account.credit,
        account.accrued,
        Kept(kept_unbilled, kept_window, paid_in_window, paid_bearing),
        statement_left,
        account.suspended,
        account.nonaccrual,
        Beside(
            account.beside.apart, min(account.beside.in_full, left.unbilled + left.window), account.beside.charged_off
        ),
    )


def tolerate(account: Account, dues: Dues, at: int, count: int, terms: LineTerms) -> Account:
    """Close missed dues of which at most the tolerance is left; their principal revolves again, nothing is forgiven."""
    principal = account.principal
    moved = 0
    for i in range(count):
        place = at + i * WIDTH
        if dues[place] <= account.day and due_left(dues, place) * PPM <= terms.tolerance_ppm * dues[place + ASKED]:
            moved += dues[place + PRINCIPAL]
            for component in range(PRINCIPAL, PENALTY + 1):
                dues[place + component] = 0
    return with_money(
        account,
        Principal(
            principal.unbilled,
            principal.bearing,
            principal.window,
            principal.revolving + moved,
            principal.past_due - moved,
        ),
        account.owed,
    )


def allocate(account: Account, dues: Dues, at: int, count: int, terms: LineTerms, amount: int) -> Met:
    """Share an amount out in the order of the terms; what is left when nothing is owed is excess.

    Open dues come first, oldest first or component first; then the rest of what is billed, by component; then unbilled
    fees and the purchases of the open cycle. Accrued interest is not owed yet and is not met (docs/decisions 6.5).
    """
    assert amount >= 0, "allocation: an amount below zero"
    due = meet_dues(dues, at, count, terms, amount, account.day)
    left = amount - total(due)
    rest = meet_billed(account, dues, at, count, terms, left, due)
    left -= total(rest)
    new_fee = min(left, account.owed.unbilled_fee)
    left -= new_fee
    open_cycle = min(left, account.principal.unbilled + account.principal.bearing)
    left -= open_cycle
    taken = Taken(
        due.missed,
        due.billed + rest.billed,
        due.interest + rest.interest,
        due.fee + rest.fee,
        due.penalty + rest.penalty,
    )
    stays_in_base = int(terms.interest_base == WHOLE_STATEMENT)
    paid = tolerate(repay(account, taken, new_fee, open_cycle, stays_in_base), dues, at, count, terms)
    return Met(paid, drop_met(dues, at, count), left)


def give_back(account: Account, dues: Dues, at: int, count: int, terms: LineTerms, amount: int) -> Met:
    """Take a merchant's refund off the principal: what is billed first, then the open cycle, then what is past due.

    So a refund after the statement counts towards its full payment, and it no longer bears interest under any terms.
    Towards the minimum it counts as the terms say: if it does, it meets the oldest due before all else; if not, a due
    falls only as far as there is no principal left for it to claim.
    """
    assert amount >= 0, "refund: an amount below zero"
    principal = account.principal
    left = amount
    billed = 0
    missed = 0
    if terms.refund_meets_minimum == 1:
        for i in range(count):
            place = at + i * WIDTH
            part = min(left, dues[place + PRINCIPAL])
            dues[place + PRINCIPAL] -= part
            left -= part
            if dues[place] <= account.day:
                missed += part
            else:
                billed += part
    rest = min(left, principal.window + principal.revolving - billed)
    billed += rest
    left -= rest
    claim = component_in_dues(dues, at, count, PRINCIPAL, EVER) - component_in_dues(
        dues, at, count, PRINCIPAL, account.day
    )
    unclaimed = principal.window + principal.revolving - billed
    for i in range(count):
        place = at + (count - 1 - i) * WIDTH
        if dues[place] > account.day:
            cut = min(max(0, claim - unclaimed), dues[place + PRINCIPAL])
            dues[place + PRINCIPAL] -= cut
            claim -= cut
    open_cycle = min(left, principal.unbilled + principal.bearing)
    left -= open_cycle
    for i in range(count):
        place = at + i * WIDTH
        if dues[place] <= account.day:
            part = min(left, dues[place + PRINCIPAL])
            dues[place + PRINCIPAL] -= part
            left -= part
            missed += part
    done = repay(account, Taken(missed, billed, 0, 0, 0), 0, open_cycle, 0)
    met = allocate(done, dues, at, drop_met(dues, at, count), terms, left)
    return Met(met.account, met.open_dues, met.excess)
