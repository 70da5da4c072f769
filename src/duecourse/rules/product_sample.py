"""What a product does to one borrower: a line bought on and paid by habit, a loan over its term; and its flows."""

from collections.abc import Sequence
from typing import NamedTuple

from duecourse.kernel import schedule, unit_periods
from duecourse.kernel.account import WIDTH, Account, opened, owed_total
from duecourse.kernel.accrual import grow
from duecourse.kernel.apr import ANNUAL, Flow, Yearly
from duecourse.kernel.days import Calendar, next_cycle
from duecourse.kernel.evening import evening, next_event
from duecourse.kernel.loan_terms import LoanTerms
from duecourse.kernel.posting import PAYMENT, buy, post
from duecourse.kernel.terms import LineTerms
from duecourse.kernel.unit_periods import MONTH, UnitPeriod

STATEMENTS = 12
"""After so many statements the borrower of a sample pays all."""
MINIMUM, IN_FULL, LATE_ONCE = "the minimum", "in full", "late once"
HABITS = (MINIMUM, IN_FULL, LATE_ONCE)


class Cost(NamedTuple):
    """Flows as the borrower sees them, at times in units of which `year` says how many a year has."""

    flows: tuple[Flow, ...]
    year: Yearly


class Row(NamedTuple):
    """A statement or an installment: its day (where its period begins, for an installment), what it asks and when.

    balance: what the statement bills; of an installment the principal left after it. interest, charges: in it.
    """

    day: int
    due_on: int
    balance: int
    asked: int
    interest: int
    charges: int


class Sample(NamedTuple):
    """A borrower's life with the product: rows, what was lent and paid, and the flows by unit-period and year."""

    name: str
    rows: tuple[Row, ...]
    lent: int
    paid: int
    by_unit: Cost
    by_year: Cost

    @property
    def cost(self) -> int:
        return self.paid - self.lent


def line_samples(terms: LineTerms, calendar: Calendar, amount: int, day: int) -> tuple[Sample, ...]:
    """A line on which one purchase is made on a day, paid by each habit; after a year the rest is paid."""
    return tuple(line_sample(terms, calendar, amount, day, habit) for habit in HABITS)


def line_sample(terms: LineTerms, calendar: Calendar, amount: int, day: int, habit: str) -> Sample:
    """One habit: the minimum on each due day, the whole balance, or the minimum with the first one missed."""
    now = opened(day - 1, amount, next_cycle(day - 1, terms.cycle_day))
    now = buy(now, terms, amount, day)
    dues: list[int] = []
    rows: list[Row] = []
    paid: list[tuple[int, int]] = []
    to_pay: tuple[int, int] | None = None
    charges = 0
    while owed_total(now) + now.accrued.interest + now.accrued.penalty:
        evening_on = next_event(now, dues, 0, len(dues) // WIDTH, terms)
        if to_pay is not None and to_pay[0] <= evening_on:
            on, asked = to_pay
            now = grow(now, dues, 0, len(dues) // WIDTH, terms, on - 1)
            if len(rows) == STATEMENTS:
                paid.append((on, owed_total(now) + now.accrued.interest + now.accrued.penalty))
                break
            now, dues = after_payment(now, dues, terms, asked, on)
            paid.append((on, asked))
            to_pay = None
            continue
        dues += [0] * WIDTH
        closed = evening(now, dues, 0, len(dues) // WIDTH - 1, terms, calendar, evening_on)
        now, dues, night = closed.account, dues[: closed.open_dues * WIDTH], closed.night
        charges += night.fee + night.penalty
        if night.statement:
            rows.append(Row(evening_on, night.due_on, night.balance, night.minimum, night.interest, charges))
            charges = 0
            asked = night.balance if habit == IN_FULL else night.minimum
            if asked > 0 and not (habit == LATE_ONCE and len(rows) == 1):
                to_pay = (night.due_on, asked)
            elif len(rows) == STATEMENTS:
                to_pay = (night.due_on or evening_on + 1, 0)
    by_month = UnitPeriod(MONTH, 1)
    return Sample(habit, tuple(rows), amount, sum(one for _, one in paid), *told_as(day, amount, paid, by_month))


def after_payment(now: Account, dues: list[int], terms: LineTerms, amount: int, day: int) -> tuple[Account, list[int]]:
    """The line after a payment."""
    posted = post(now, dues, 0, len(dues) // WIDTH, terms, PAYMENT, amount, day)
    return posted.account, dues[: posted.open_dues * WIDTH]


def loan_sample(terms: LoanTerms, amount: int, day: int) -> Sample:
    """A loan drawn at once on a day and paid as its schedule asks; interest taken at the draw is paid there.

    Refuses an installment that never repays (NeverRepaid).
    """
    plan = schedule.plan(terms, [(day, amount)])
    rows = tuple(
        Row(one.start, one.due_on, left, sum(one[3:]), one.interest, one.fee + one.penalty)
        for one, left in zip(plan.installments, plan.left, strict=True)
    )
    paid = [(row.due_on, row.asked) for row in rows if row.asked]
    if plan.up_front:
        paid.insert(0, (day, plan.up_front))
    return Sample("its term", rows, amount, sum(one for _, one in paid), *told_as(day, amount, paid, None))


def told_as(start: int, amount: int, paid: Sequence[tuple[int, int]], kind: UnitPeriod | None) -> tuple[Cost, Cost]:
    """The flows of an advance and what was paid for it by unit-period (the most frequent if none is given) and by year.

    What is paid on the day of the advance has the time of the advance.
    """
    at_once = tuple(Flow(-one) for on, one in paid if on == start)
    later = [(on, one) for on, one in paid if on > start and one]
    days = tuple(on for on, _ in later)
    if not days:
        flows = (Flow(amount), *at_once)
        return Cost(flows, ANNUAL), Cost(flows, ANNUAL)
    kind = kind or unit_periods.unit_period((start,), days)
    lent = (Flow(amount), *at_once)
    anchor, unit = unit_periods.anchor_of(days), unit_periods.usual_unit(start, days)
    in_units = unit_periods.times(start, days, kind)
    in_years = [unit_periods.years_between(start, on, unit, anchor) for on in days]
    amounts = [-one for _, one in later]
    return (
        Cost(
            (*lent, *(Flow(one, *time) for one, time in zip(amounts, in_units, strict=True))), unit_periods.a_year(kind)
        ),
        Cost((*lent, *(Flow(one, *time) for one, time in zip(amounts, in_years, strict=True))), ANNUAL),
    )
