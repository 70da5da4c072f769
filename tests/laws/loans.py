"""Drawn terms of loans, and a slow reckoning of a schedule by fractions to compare with."""

from fractions import Fraction

from hypothesis import strategies as st

from duecourse.kernel import loan_terms as said
from duecourse.kernel.days import day_number
from duecourse.kernel.loan_terms import PLAIN_LOAN, LoanTerms, Step

START = day_number(2023, 11, 30)
DAY_COUNTS = (said.THIRTY_360, said.ACTUAL_360, said.ACTUAL_364, said.ACTUAL_365, said.ACTUAL_ACTUAL, said.THIRTY_365)
WHOLE_FORMS = (said.EQUAL_INSTALLMENT, said.EQUAL_PRINCIPAL, said.INTEREST_FIRST, said.BULLET, said.FLAT_FEE)


@st.composite
def terms(draw: st.DrawFn) -> LoanTerms:
    count = draw(st.integers(1, 40))
    form = draw(st.sampled_from((*WHOLE_FORMS, said.STEPPED)))
    unit = draw(st.sampled_from((said.DAYS, said.WEEKS, said.HALF_MONTHS, said.MONTHS)))
    steps = (Step(1, 0), Step(draw(st.integers(2, 9)), 0)) if form == said.STEPPED else ()
    odd = draw(st.sampled_from((said.IN_FIRST, said.SPREAD, said.UP_FRONT, said.LEVELLED)))
    alike = draw(st.sampled_from((said.PERIOD_FACTORS, said.EQUAL_PERIODS, said.AVERAGE_PERIODS)))
    return PLAIN_LOAN._replace(
        form=form,
        steps=steps,
        installments=count,
        unit=unit,
        every=draw(st.integers(5, 31) if unit == said.DAYS else st.integers(1, 3)),
        month_end=draw(st.sampled_from((said.CLAMP, said.ROLL))),
        due_day=draw(st.sampled_from((0, 0, 1, 15, 31))) if unit == said.MONTHS else 0,
        first_period_min=draw(st.sampled_from((0, 10, 20))),
        rate_ppm=draw(st.sampled_from((0, 36_000, 94_822, 180_000, 360_000))),
        day_count=draw(st.sampled_from(DAY_COUNTS)),
        interest_by=draw(st.sampled_from((said.BY_DAYS, said.BY_PERIODS))),
        interest_on=draw(st.sampled_from((said.DECLINING, said.DECLINING, said.ORIGINAL))),
        draw_day_counts=draw(st.integers(0, 1)),
        partial_period=draw(st.integers(0, 1)),
        parts_rounded=draw(st.integers(0, 1)),
        rounding=draw(st.sampled_from((said.HALF_EVEN, said.HALF_UP, said.DOWN))),
        # An installment levelled over an odd period cannot be reckoned as if all periods were alike.
        installment_from=said.PERIOD_FACTORS if odd == said.LEVELLED else alike,
        multiple_minor=draw(st.sampled_from((1, 1, 10, 100))),
        left_over=draw(st.sampled_from((said.LAST_ABSORBS, said.EVENED))),
        first_period=odd,
        grace_principal=draw(st.integers(0, max(0, count - 1))),
        grace_interest=draw(st.integers(0, max(0, count - 1))),
        interest_free=draw(st.sampled_from((0, 0, 1, 3))),
        deferred=draw(st.sampled_from((said.ON_TOP, said.WITHIN))),
        fee_ppm=draw(st.sampled_from((0, 6_000))),
        down_payment_ppm=draw(st.sampled_from((0, 0, 250_000))),
    )


@st.composite
def level_terms(draw: st.DrawFn) -> LoanTerms:
    """Terms whose schedule has a short way."""
    return draw(terms())._replace(
        form=said.EQUAL_INSTALLMENT,
        steps=(),
        interest_on=said.DECLINING,
        due_day=0,
        fee_ppm=0,
        grace_principal=0,
        grace_interest=0,
        interest_free=0,
        down_payment_ppm=0,
        multiple_rounding=draw(st.sampled_from((said.NEAREST, said.DOWNWARD, said.UPWARD))),
    )


principals = st.integers(100_000, 50_000_000)


def slow_interest(base: int, rate_ppm: int, numerator: int, denominator: int) -> Fraction:
    """Interest as a fraction of minor units."""
    return Fraction(base * rate_ppm * numerator, 1_000_000 * denominator)
