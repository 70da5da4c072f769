"""What must always hold of a loan's schedule, over drawn terms, draws and changes."""

from fractions import Fraction
from itertools import pairwise

import loans
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

from duecourse.kernel import loan_terms as said
from duecourse.kernel.level import is_level
from duecourse.kernel.loan_terms import LoanTerms
from duecourse.kernel.schedule import BEARS_MORE, PAUSED, RATE, REPAID, Change, Plan, column, installments, plan

some = examples(200)


def principal_of(found: Plan) -> int:
    return sum(row.principal for row in found.installments)


def lasting(found: Plan) -> list:
    return [row for row in found.installments if row.start != row.due_on]


@some
@given(loans.terms(), loans.principals)
def test_all_installments_together_repay_exactly_what_was_drawn(terms: LoanTerms, principal: int) -> None:
    found = plan(terms, [(loans.START, principal)])
    assert principal_of(found) == principal
    assert found.left[-1] == 0


@some
@given(loans.terms(), loans.principals)
def test_there_are_as_many_installments_as_agreed_and_each_is_due_after_the_one_before(
    terms: LoanTerms, principal: int
) -> None:
    found = plan(terms, [(loans.START, principal)])
    rows = lasting(found)
    assert len(rows) == terms.installments
    assert [row.number for row in found.installments] == list(range(1, len(found.installments) + 1))
    assert all(row.start < row.due_on for row in rows)
    assert all(before.due_on == after.start for before, after in pairwise(rows))


@some
@given(loans.terms(), loans.principals)
def test_no_part_of_an_installment_is_below_nothing(terms: LoanTerms, principal: int) -> None:
    found = plan(terms, [(loans.START, principal)])
    assert all(min(row.principal, row.interest, row.fee) >= 0 for row in found.installments)
    assert found.up_front >= 0


@some
@given(loans.terms(), loans.principals)
def test_a_loan_never_ends_before_its_last_installment(terms: LoanTerms, principal: int) -> None:
    if terms.deferred == said.WITHIN:  # there principal takes the room of interest not asked yet, and may end sooner
        terms = terms._replace(grace_interest=0)
    found = plan(terms, [(loans.START, principal)])
    last = found.installments[-1]
    assert last.principal > 0


@some
@given(loans.terms(), loans.principals)
def test_only_the_first_and_the_last_equal_installment_may_differ(terms: LoanTerms, principal: int) -> None:
    terms = terms._replace(form=said.EQUAL_INSTALLMENT, steps=(), grace_principal=0, grace_interest=0)
    found = plan(terms, [(loans.START, principal)])
    asked = {row.principal + row.interest for row in lasting(found)[1:-1]}
    assert len(asked) <= 1


@some
@given(loans.terms(), loans.principals)
def test_segments_and_what_was_moved_explain_the_interest_of_each_installment(terms: LoanTerms, principal: int) -> None:
    found = plan(terms, [(loans.START, principal)])
    for row, segments, moved in zip(found.installments, found.segments, found.moved, strict=True):
        if not segments:
            assert row.interest == moved == 0
            continue
        exact = sum(Fraction(part.base * part.numerator, part.denominator) for part in segments)
        assert abs(row.interest - moved - exact) <= (len(segments) if terms.parts_rounded else 1)
        assert segments[0].start == row.start
        assert segments[-1].stop == row.due_on
        assert all(before.stop == after.start for before, after in pairwise(segments))


@some
@given(loans.terms(), loans.principals)
def test_interest_that_is_moved_is_neither_made_nor_lost(terms: LoanTerms, principal: int) -> None:
    found = plan(terms, [(loans.START, principal)])
    assert sum(found.moved) + found.up_front == 0


@some
@given(loans.terms(), st.lists(st.tuples(st.integers(0, 300), st.integers(100_000, 9_000_000)), min_size=1, max_size=4))
def test_draws_after_the_first_are_repaid_too(terms: LoanTerms, later: list[tuple[int, int]]) -> None:
    draws = [(loans.START, 1_000_000), *((loans.START + after, amount) for after, amount in sorted(later))]
    assert principal_of(plan(terms, draws)) == sum(amount for _, amount in draws)


changes = st.lists(
    st.one_of(
        st.builds(
            lambda day, rate: Change(RATE, loans.START + day, amount=rate), st.integers(1, 400), st.integers(0, 360_000)
        ),
        st.builds(
            lambda day, more: Change(PAUSED, loans.START + day, amount=loans.START + day + more),
            st.integers(1, 400),
            st.integers(0, 90),
        ),
        st.builds(
            lambda day, amount: Change(BEARS_MORE, loans.START + day, amount=amount),
            st.integers(1, 400),
            st.integers(-500_000, 500_000),
        ),
        st.builds(
            lambda day, principal, interest: Change(REPAID, loans.START + day, 1, 0, principal, interest),
            st.integers(1, 400),
            st.integers(0, 200_000),
            st.integers(0, 5_000),
        ),
    ),
    max_size=5,
)


@some
@given(loans.terms(), changes)
def test_whatever_changes_all_installments_still_repay_what_was_drawn(terms: LoanTerms, happened: list[Change]) -> None:
    terms = terms._replace(down_payment_ppm=0)
    found = plan(terms, [(loans.START, 3_000_000)], happened)
    assert principal_of(found) == 3_000_000
    assert all(row.interest >= 0 for row in found.installments)
    assert all(row.principal >= 0 for row in found.installments)


@some
@given(loans.terms(), loans.principals, st.integers(1, 200), st.integers(1, 60))
def test_a_pause_never_costs_more(terms: LoanTerms, principal: int, since: int, days: int) -> None:
    terms = terms._replace(first_period=said.LEVELLED)
    drawn = [(loans.START, principal)]
    paused = Change(PAUSED, loans.START + since, amount=loans.START + since + days)
    without = sum(row.interest for row in plan(terms, drawn).installments)
    rounding = len(plan(terms, drawn).installments)
    assert sum(row.interest for row in plan(terms, drawn, [paused]).installments) <= without + rounding


@some
@given(loans.level_terms(), st.lists(st.integers(1, 50_000_000), min_size=1, max_size=3))
def test_the_short_way_to_a_level_schedule_and_the_column_give_what_the_plan_gives(
    terms: LoanTerms, principals: list[int]
) -> None:
    assert is_level(terms)
    planned = [plan(terms, [(loans.START, principal)]).installments for principal in principals]
    assert [installments(terms, principal, loans.START) for principal in principals] == planned
    told = column(terms, principals, loans.START)
    for at, rows in enumerate(planned):
        assert [each[at] for each in told.principal] == [row.principal for row in rows]
        assert [each[at] for each in told.interest] == [row.interest for row in rows]
        assert list(told.dues) == [row.due_on for row in rows]


@some
@given(loans.terms(), loans.principals)
def test_installments_are_those_of_the_plan_whatever_the_terms(terms: LoanTerms, principal: int) -> None:
    planned = plan(terms, [(loans.START, principal)]).installments
    assert installments(terms, principal, loans.START) == planned
