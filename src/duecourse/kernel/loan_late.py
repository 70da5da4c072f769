"""Late interest (罚息) of a loan: on principal past due, at its own rate in place of the ordinary one.

Principal bears it for each night from that of its due day on: a payment on the day after the due day pays one night.
Where the terms give days of grace, an installment met within them bears nothing; one that is not is late from its due
day, or from the end of the grace, as the terms say. It becomes owed on due days and when something is done to the
loan; the fraction is carried.
"""

from typing import NamedTuple

from .day_count import LEAP_AND_OTHER, YEAR_DAYS, year_part
from .loan_dues import Due, Part, add_part
from .loan_events import Event
from .loan_state import LATE, LateInterest, Loan
from .loan_terms import ACCELERATED_NO_MORE, ACTUAL_ACTUAL, END_OF_GRACE, NO_MORE_INTEREST, LoanTerms
from .money import PPM
from .terms import NEVER, PENALTY, PRINCIPAL


class Stretch(NamedTuple):
    """Nights on which one base bears: the due it lies in, from the day `start` until `stop`, and base x rate x part of
    a year, in parts of which `parts_of` make one minor unit."""

    due: Due
    start: int
    stop: int
    base: int
    parts: int


def parts_of(terms: LoanTerms) -> int:
    """Into how many parts late interest divides one minor unit.

    >>> from .loan_terms import PLAIN_LOAN
    >>> parts_of(PLAIN_LOAN)
    365000000
    """
    return PPM * (LEAP_AND_OTHER if terms.day_count == ACTUAL_ACTUAL else YEAR_DAYS[terms.day_count])


def rate_of(loan: Loan) -> int:
    """The late rate that a loan bears: none after a charge-off that ends interest."""
    ended = loan.charged_off_on and loan.terms.charge_off in (NO_MORE_INTEREST, ACCELERATED_NO_MORE)
    return 0 if ended else loan.terms.late_rate_ppm


def nights(loan: Loan, start: int, stop: int) -> int:
    """The part of a year from day to day, in the smallest parts of its day count; nights of a pause are not in it."""
    counts, by = loan.terms.draw_day_counts, loan.terms.day_count
    found, passed = 0, start
    for since, until in sorted(loan.pauses + loan.late_pauses):
        if passed < min(since, stop):
            found += year_part(by, passed, min(since, stop), counts)[0]
        passed = max(passed, until)
    return found + (year_part(by, passed, stop, counts)[0] if passed < stop else 0)


def stretches(loan: Loan, until: int, missed_by: int) -> list[Stretch]:
    """What bears and is not owed yet: of each due whose grace was over on the day `missed_by`, its nights until a day.

    A base is what is left of a due's principal; whatever changes it makes what it bore owed first.
    """
    rate_ppm = rate_of(loan)
    found: list[Stretch] = []
    if not rate_ppm:
        return found
    grace = loan.terms.late_grace_days
    after = grace if loan.terms.late_from == END_OF_GRACE else 0
    for due in loan.dues:
        if due.due_on + grace > missed_by or due.due_on >= until:
            break
        base, start = due.left_of(PRINCIPAL), max(due.due_on + after, due.bore)
        if base > 0 and start < until:
            found.append(Stretch(due, start, until, base, base * rate_ppm * nights(loan, start, until)))
    return found


def bear(loan: Loan, day: int, until: int, missed_by: int) -> None:
    """Let late interest until a day become owed on `day`, in whole units; the fraction is kept for the next time.

    >>> from .loan_terms import PLAIN_LOAN
    >>> late = Loan(PLAIN_LOAN._replace(late_rate_ppm=182_500), None, None, 0)
    >>> late.dues = [Due(0, 70, 100, 100_000, 0)]
    >>> bear(late, 110, 110, 109)
    >>> late.dues[0].owed[PENALTY], late.late_carry
    (500, 0)
    """
    if not loan.terms.late_rate_ppm:
        return
    per = parts_of(loan.terms)
    for due, start, stop, base, parts in stretches(loan, until, missed_by):
        amount, carry = divmod(parts + loan.late_carry, per)
        loan.late.append(LateInterest(day, due.due_on, start, stop, base, parts, amount, carry - loan.late_carry))
        loan.late_carry = carry
        if amount:
            owe(due, amount)
    for due in loan.dues:
        if due.due_on + loan.terms.late_grace_days > missed_by or due.due_on >= until:
            break
        due.bore = max(due.bore, until)


def owe(due: Due, amount: int) -> None:
    """Put late interest on the due that bore it."""
    for at, part in enumerate(due.parts):
        if part.charge == LATE:
            due.parts[at] = part._replace(amount=part.amount + amount)
            due.owed[PENALTY] += amount
            due.met_on = 0
            return
    add_part(due, Part(LATE, PENALTY, due.due_on, amount, 0, 0))


def pause(loan: Loan, event: Event) -> None:
    """Bear no late interest for the nights from a day on, through a day or without end."""
    loan.late_pauses.append((event.day, event.until + 1 if event.until else NEVER))


def accrued(loan: Loan, day: int) -> int:
    """What has been borne through the close of a day and is not owed, in parts (`parts_of`)."""
    found = stretches(loan, day + 1, day)
    return sum(one.parts for one in found) + loan.late_carry if found else 0
