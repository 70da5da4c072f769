"""The kernel, and the book on the real database, against an independent slow calculator (slow_line)."""

from fractions import Fraction

import books as b
import histories as h
import pytest
from books import Keeper, Plan
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from slow_line import SlowLine, run

from duecourse.kernel.account import WIDTH, Account
from duecourse.kernel.accrual import carry_units
from duecourse.kernel.terms import LineTerms


def open_on(day: int) -> bool:
    return bool(h.CALENDAR.open[day - h.CALENDAR.first])


def assert_same(line: SlowLine, account: Account, dues: list[int]) -> None:
    """The slow line and the account agree, to the last fraction of accrued interest."""
    principal = account.principal
    assert line.principal("open") == principal.unbilled
    assert line.principal("bearing") == principal.bearing
    assert line.principal("window") == principal.window
    assert line.principal("revolving") == principal.revolving
    assert line.principal("missed") == principal.past_due
    assert line.credit == account.credit
    assert line.owed["fee"] == account.owed.fee
    assert line.new_fee == account.owed.unbilled_fee
    assert [[due.on, *due.left.values(), due.asked] for due in line.dues] == [
        list(dues[at : at + WIDTH]) for at in range(0, len(dues), WIDTH)
    ]
    assert line.owed["interest"] == account.owed.interest
    assert line.owed["penalty"] == account.owed.penalty
    assert line.statement_left == account.statement_left
    assert line.suspended == account.suspended
    assert int(line.nonaccrual) == account.nonaccrual
    units = carry_units(line.terms.year_days)
    assert line.accrued == account.accrued.interest + Fraction(account.accrued.interest_carry, units)
    assert line.accrued_late == account.accrued.penalty + Fraction(account.accrued.penalty_carry, units)


@examples(150)
@given(h.terms(), h.histories())
def test_every_line_is_what_a_slow_calculation_makes_of_it(terms: LineTerms, history: h.History) -> None:
    terms = terms._replace(interest_from=0)
    line = SlowLine(terms, history.limit, history.start, open_on)
    now = h.run(terms, history)[-1]
    run(line, [(event.day, event.kind, event.amount) for event in history.events], history.end)
    assert_same(line, now.after, now.dues)
    assert line.days_past_due() == days_past_due(now.after, now.dues, terms)


@examples(100)
@given(h.terms(), h.histories(), st.data())
def test_a_line_that_bears_interest_from_the_purchase_day_is_too(
    terms: LineTerms, history: h.History, data: st.DataObject
) -> None:
    """Without part payments of a window nothing is rounded on the way, and the two agree to the last fraction."""
    terms = terms._replace(interest_from=1)
    kinds = data.draw(st.sampled_from(((1,), (1, 4))))
    events = [
        event._replace(amount=10**9 if event.kind == 4 else event.amount)
        for event in history.events
        if event.kind in kinds
    ]
    history = history._replace(events=tuple(events))
    line = SlowLine(terms, history.limit, history.start, open_on)
    now = h.run(terms, history)[-1]
    run(line, [(event.day, event.kind, event.amount) for event in events], history.end)
    assert_same(line, now.after, now.dues)


@pytest.mark.slow
@examples(2, derandomize=True)
@given(plan=b.plans())
def test_the_book_with_its_late_and_reversed_acts_is_what_a_slow_calculation_makes_of_it(db: str, plan: Plan) -> None:
    """Acts come late and payments are reversed in the book; the calculator gets what truly happened, in order."""
    from duecourse.book import close
    from duecourse.kernel.columns import account_from
    from duecourse.rules.read import day_number, to_date
    from duecourse.servicing.tables import Statement

    b.empty()
    plan = plan._replace(terms=tuple(one._replace(interest_from=0) for one in plan.terms))
    keeper = Keeper(plan, "slow")
    for offset in range(plan.days):
        keeper.do(offset)
        close.through(b.day_of(offset))
    last = b.day_of(plan.days - 1)
    happened = b.in_right_order(plan).acts
    start = day_number(b.FIRST) - 1
    for who, terms in enumerate(plan.terms):
        line = SlowLine(terms, plan.limits[who], start, business_day)
        events = [(start + 1 + act.effective, act.kind, act.amount) for act in happened if act.who == who]
        run(line, events, day_number(last))
        fields, dues = b.state(keeper.ids[who], last)
        assert_same(line, account_from(fields), dues)
        newest = {
            one.cycle_on: (one.balance, one.minimum, one.past_due)
            for one in Statement.objects.filter(account_id=keeper.ids[who]).order_by("version")
        }
        sent = {day: says for day, says in newest.items() if any(says)}
        billed = {to_date(bill.on): (bill.balance, bill.minimum, bill.past_due) for bill in line.bills}
        assert {day: says for day, says in billed.items() if any(says)} == sent


def business_day(day: int) -> bool:
    """The calendar of the product that the books are kept in."""
    from duecourse.rules.read import calendar, product

    told = calendar(product(b.PRODUCT).calendar)
    return bool(told.open[day - told.first])


def days_past_due(account: Account, dues: list[int], terms: LineTerms) -> int:
    from duecourse.kernel.ageing import days_past_due as late
    from duecourse.kernel.ageing import oldest_due

    return late(oldest_due(dues, 0, len(dues) // WIDTH), account.day, terms.first_day)
