"""A loan on other terms: a due day moved, new installments for what is owed, everything due at once."""

from . import loan_changes
from .asking import settle
from .days import civil
from .due_days import whole_periods
from .loan_credits import spend_when_due
from .loan_dues import (
    ADDITIONAL,
    COMPONENTS,
    DOWN_PAYMENT,
    RE_AGED,
    Due,
    add_part,
    additional,
    evenly,
    in_order,
    pay,
)
from .loan_events import ALL_INTEREST, NO_INTEREST, PAYABLE_INTEREST, Event
from .loan_interest import catch_up, follows_payments, mirror
from .loan_payments import meet_whatever
from .loan_state import Loan, note, regular_dues
from .loan_terms import ACCELERATED, ACCELERATED_NO_MORE, GOODWILL, NO_MORE_INTEREST, LoanTerms
from .terms import FEE, INTEREST, PENALTY, PRINCIPAL
from .walking import walk


def reschedule(loan: Loan, event: Event) -> None:
    """Move the installment due on a day and those after it, spare it principal, add installments, change the rate."""
    rows = loan.rows
    assert rows is not None, "the installments of this loan no longer follow a schedule"
    first = next((number for number, due in enumerate(rows.due) if due >= event.since), len(rows.due) - 1)
    more = event.number + event.grace
    if more:
        days = periods_after(rows.terms, rows.start[0], len(rows.due), more)
        if days[0] <= rows.due[-1]:  # the due days were moved later: the new ones are counted from the last
            days = periods_after(rows.terms, rows.due[-1], 0, more)
        principal = rows.asked[first:]
        loan_changes.add_rows(rows, tuple(days))
        shifted = [0] * event.grace + principal
        for place, asked in enumerate(shifted[: len(rows.due) - first]):
            rows.asked[first + place] = rows.agreed[first + place] = asked
        for _ in days:
            loan.dues.append(Due(0, 0, 0, 0, 0))
        if event.number:
            loan_changes.re_ask(rows, first + event.grace)
        settle(rows)
    if event.until:
        loan_changes.move_due(rows, first, event.until)
    if event.rate_ppm >= 0:
        loan_changes.change_rate(rows, rows.start[first] + 1, event.rate_ppm)
    match_dues(loan)
    mirror(loan, rows, loan.draws[0].day)
    in_order(loan.dues)


def periods_after(terms: LoanTerms, anchor: int, passed: int, count: int) -> list[int]:
    """So many due days after the first `passed`, in whole periods from a day."""
    return [whole_periods(terms, civil(anchor), passed + place + 1) for place in range(count)]


def match_dues(loan: Loan) -> None:
    """Give new dues their days before they are sorted in."""
    rows = loan.rows
    assert rows is not None
    for number, due in enumerate(regular_dues(loan)):
        due.start, due.due_on = rows.start[number], rows.due[number]


def later_days(terms: LoanTerms, first: int, count: int, every: int, unit: int) -> list[int]:
    """The due days of new installments, from the first one on."""
    counted = terms._replace(every=every, unit=unit)
    return [whole_periods(counted, civil(first), place) for place in range(count)]


def re_age(loan: Loan, event: Event) -> None:
    """Replace all that is owed by new installments from a day on, alike but for the last.

    Principal past due and to come is spread alike; of interest what the event says; fees and penalties stay where they
    are, unless interest is spread, when they are too. What was paid ahead stays as a due of its own, met on that day.
    """
    catch_up(loan, event.day)
    interest = interest_to_spread(loan, event)
    cut_short(loan, event)
    with_charges = follows_payments(loan) or event.mode != NO_INTEREST
    lifted = [0, 0, interest, 0, 0]
    for due in loan.dues:
        for component in (PRINCIPAL, *((FEE, PENALTY) if with_charges else ())):
            left = due.left_of(component)
            lifted[component] += left
            due.owed[component] -= left
            if component != PRINCIPAL:
                due.parts = [part._replace(amount=part.paid + part.waived) if part.component == component else part
                             for part in due.parts]  # fmt: skip
        due.owed[INTEREST] -= due.left_of(INTEREST)
        due.settle(event.day)
    days = later_days(loan.terms, event.until, event.number, event.every, event.unit)
    for due in [due for due in loan.dues if due.due_on >= event.until and due.kind not in (DOWN_PAYMENT, ADDITIONAL)]:
        loan.dues.remove(due)
    start = max((due.due_on for due in loan.dues if due.due_on < event.until), default=loan.draws[0].day)
    multiple = loan.terms.multiple_minor if not with_charges else 1
    shares = {c: evenly(lifted[c], event.number, 1) for c in (INTEREST, FEE, PENALTY)}
    total = evenly(sum(lifted), event.number, multiple)
    principal = [total[0] - sum(shares[c][0] for c in shares)] * event.number
    principal[-1] = lifted[PRINCIPAL] - principal[0] * (event.number - 1)
    for place, day in enumerate(days):
        made = Due(RE_AGED, start, day, principal[place], shares[INTEREST][place])
        made.owed[FEE], made.owed[PENALTY] = shares[FEE][place], shares[PENALTY][place]
        start = day
        loan.dues.append(made)
    loan.rows = None
    in_order(loan.dues)
    note(loan, event, sum(lifted), lifted)


def interest_to_spread(loan: Loan, event: Event) -> int:
    """The interest that a re-age puts into its installments."""
    if event.mode == NO_INTEREST:
        return 0
    if event.mode == PAYABLE_INTEREST and loan.rows is not None:
        figures = walk(loan.rows, event.day)
        return max(sum(figures.interest) + figures.unmet[-1] - sum(loan.rows.paid_interest), 0)
    assert event.mode in (ALL_INTEREST, PAYABLE_INTEREST)
    return sum(due.left_of(INTEREST) for due in loan.dues)


def cut_short(loan: Loan, event: Event) -> None:
    """End the period in which a re-age falls on its day, and move what was paid on later ones into it.

    Without interest periods stay as they are, and only what was paid on later ones becomes a due of that day.
    """
    later = [due for due in regular_dues(loan) if due.due_on >= event.day]
    ahead = [due for due in later if sum(due.paid)]
    current = next((due for due in later if due.start < event.day), None)
    if follows_payments(loan) and current is not None:
        current.due_on = event.day
        holder = current
    elif ahead:
        start = max((due.due_on for due in loan.dues if due.due_on < event.day), default=loan.draws[0].day)
        holder = Due(RE_AGED, start, event.day, 0, 0)
        loan.dues.append(holder)
    else:
        return
    for due in later:
        if due is holder:
            continue
        for component in (PRINCIPAL, INTEREST, FEE, PENALTY):
            holder.owed[component] += due.paid[component]
            holder.paid[component] += due.paid[component]
            due.owed[component] -= due.paid[component]
            due.paid[component] = 0
        holder.in_advance += due.in_advance
        due.in_advance = 0
        if follows_payments(loan):
            holder.owed[PRINCIPAL] += due.owed[PRINCIPAL]
            loan.dues.remove(due)
    in_order(loan.dues)


def re_amortise(loan: Loan, event: Event) -> None:
    """Spread the principal past due over the installments still to come, alike but for the last."""
    catch_up(loan, event.day)
    past = [due for due in loan.dues if due.due_on <= event.day]
    later = [due for due in regular_dues(loan) if due.due_on > event.day and due.kind != RE_AGED]
    assert later, "no installment is left to come"
    moved = 0
    for due in past:
        left = due.left_of(PRINCIPAL)
        moved += left
        due.owed[PRINCIPAL] -= left
        due.settle(event.day)
    for due, share in zip(later, evenly(moved, len(later), loan.terms.multiple_minor), strict=True):
        due.owed[PRINCIPAL] += share
        due.settle(event.day)
    loan.rows = None
    note(loan, event, moved, [0, moved, 0, 0, 0])


def accelerate(loan: Loan, day: int) -> None:
    """Let everything fall due on a day: principal at once, interest to the day; charges keep their own days."""
    catch_up(loan, day)
    later = [due for due in regular_dues(loan) if due.due_on >= day]
    if not later:
        return
    current = later[0]
    if loan.rows is not None:
        loan_changes.end_on(loan.rows, day)
    parts = []
    if loan.rows is None:
        keep_earned(current, day)
    for due in later[1:]:
        current.owed[PRINCIPAL] += due.owed[PRINCIPAL]
        current.owed[INTEREST] += due.paid[INTEREST] + due.waived[INTEREST]
        current.waived[INTEREST] += due.waived[INTEREST]
        for component in COMPONENTS:
            current.paid[component] += due.paid[component]
            current.back[component] += due.back[component]
            current.ahead[component] += due.ahead[component]
        for component in (FEE, PENALTY):
            put_back = due.owed[component] - sum(part.amount for part in due.parts if part.component == component)
            current.owed[component] += put_back
        parts += [part._replace(due_on=part.due_on or due.due_on) for part in due.parts]
        current.in_advance += due.in_advance
        current.credited += due.credited
        loan.dues.remove(due)
    current.due_on = day
    current.met_on = 0
    for part in parts:
        # What is paid of it stays on the due that was paid, the charge itself keeps its own day.
        current.owed[part.component] += part.paid
        add_part(additional(loan.dues, part.due_on), part._replace(amount=part.amount - part.paid, paid=0))
    if loan.rows is not None:
        mirror(loan, loan.rows, day)
    current.settle(day)
    in_order(loan.dues)


def keep_earned(due: Due, day: int) -> None:
    """Let an installment that follows no schedule any more ask the interest of its days until a day only."""
    if due.due_on <= day or due.start >= due.due_on:
        return
    passed = due.owed[INTEREST] * max(day - due.start, 0) // (due.due_on - due.start)
    due.owed[INTEREST] = max(passed, due.paid[INTEREST] + due.waived[INTEREST])
    due.settle(day)


def charge_off(loan: Loan, event: Event) -> None:
    """Take the loan out of the assets; what is owed stays owed. What else happens is a term."""
    catch_up(loan, event.day)
    if loan.terms.charge_off in (ACCELERATED, ACCELERATED_NO_MORE):
        accelerate(loan, event.day)
    elif loan.terms.charge_off == NO_MORE_INTEREST and loan.rows is not None:
        loan_changes.pause(loan.rows, event.day + 1, max(loan.rows.due[-1], event.day + 1))
        mirror(loan, loan.rows, event.day)
    elif loan.terms.charge_off == NO_MORE_INTEREST:
        for due in loan.dues:
            keep_earned(due, event.day)
    loan.charged_off_on = event.day
    loan.rows = None
    left = [0] + [sum(due.left_of(component) for due in loan.dues) for component in range(1, 5)]
    note(loan, event, sum(left), left)


def terminate(loan: Loan, event: Event) -> None:
    """End the contract: everything is due on the day."""
    accelerate(loan, event.day)
    loan.terminated_on = event.day
    loan.rows = None
    left = [0] + [sum(due.left_of(component) for due in loan.dues) for component in range(1, 5)]
    note(loan, event, sum(left), left)


def write_off(loan: Loan, event: Event) -> None:
    """Give up an amount of what is owed, met as a payment would meet it; 0 gives up all of it: the borrower owes no
    more, and interest is none after the day. A credit balance meets it first. Charges whose day has not come fall away.
    """
    catch_up(loan, event.day)
    if event.amount:
        taken = meet_whatever(loan, event.day, event.amount, GOODWILL)
    else:
        accelerate(loan, event.day)
        loan.rows = None
        spend_when_due(loan, event.day)
        taken = give_up(loan, event.day)
    loan.written_off_on = event.day
    note(loan, event, sum(taken[1:]), taken)


def give_up(loan: Loan, day: int) -> list[int]:
    """Let all that is left count as met on a day; gives what was owed, by component."""
    taken = [0, 0, 0, 0, 0]
    for due in loan.dues:
        for component in COMPONENTS:
            if due.due_on > day and component != PRINCIPAL:
                waived = due.left_of(component)
                due.parts = [
                    part._replace(waived=part.waived + part.left) if part.component == component else part
                    for part in due.parts
                ]
                due.waived[component] += waived
            taken[component] += pay(due, component, due.left_of(component), day)
        due.settle(day)
    loan.principal -= taken[PRINCIPAL]
    return taken
