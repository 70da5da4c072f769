"""Loans, in the kernel and as the book keeps them, against an independent slow calculator (slow_loan)."""

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from random import Random
from typing import NamedTuple

import books as b
import pytest
from drawn import seen
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from slow_loan import Agreed, SlowLoan, Split

from duecourse.kernel import loan_events
from duecourse.kernel import loan_terms as said
from duecourse.kernel.loan import apply, as_of, opened, quote
from duecourse.kernel.loan_events import Event
from duecourse.kernel.loan_state import Loan, regular_dues
from duecourse.kernel.loan_terms import PLAIN_LOAN, LoanTerms
from duecourse.kernel.terms import INTEREST, PRINCIPAL

START = 19_662
"""1 November 2023: lives run over the end of a year into a leap year."""
FORMS = {
    said.EQUAL_INSTALLMENT: "equal",
    said.EQUAL_PRINCIPAL: "principal",
    said.INTEREST_FIRST: "interest",
    said.BULLET: "bullet",
}
UNITS = {said.MONTHS: "months", said.WEEKS: "weeks", said.DAYS: "days"}
YEARS = {said.ACTUAL_360: 360, said.ACTUAL_364: 364, said.ACTUAL_365: 365, said.ACTUAL_ACTUAL: 0}


@st.composite
def some_terms(draw: st.DrawFn) -> LoanTerms:
    """The main forms, with interest that follows payments or is as scheduled."""
    unit = draw(st.sampled_from((said.MONTHS, said.MONTHS, said.WEEKS, said.DAYS)))
    by_periods = unit == said.MONTHS and draw(st.booleans())
    return PLAIN_LOAN._replace(
        form=draw(st.sampled_from(list(FORMS))),
        installments=draw(st.integers(1, 9)),
        unit=unit,
        every=draw(st.integers(7, 40) if unit == said.DAYS else st.integers(1, 2)),
        rate_ppm=draw(st.sampled_from((0, 36_000, 120_000, 239_900, 1_000_000))),
        day_count=said.THIRTY_360 if by_periods else draw(st.sampled_from(list(YEARS))),
        interest_by=said.BY_PERIODS if by_periods else said.BY_DAYS,
        recalculation=draw(st.sampled_from((said.DAILY, said.DAILY, said.NO_RECALCULATION))),
        early=draw(st.sampled_from((said.SMALLER_INSTALLMENT, said.SHORTER_TERM))),
        excess=(draw(st.sampled_from((said.NEXT, said.LAST))),) * 4,
    )


def as_agreed(terms: LoanTerms) -> Agreed:
    """The same terms in the calculator's own words."""
    return Agreed(
        FORMS[terms.form],
        terms.installments,
        UNITS[terms.unit],
        terms.every,
        Fraction(terms.rate_ppm, 1_000_000),
        -1 if terms.interest_by == said.BY_PERIODS else YEARS[terms.day_count],
        terms.recalculation == said.DAILY,
        terms.excess[0] == said.LAST,
        terms.early == said.SHORTER_TERM,
    )


class Life(NamedTuple):
    """A loan of `amount`, and its payments as recorded: (effective day, booked day, amount, whose money it is: the
    borrower's or the lender's own, which meets the same); looked at on `day`."""

    amount: int
    payments: tuple[tuple[int, int, int, int], ...]
    day: int


@st.composite
def some_life(draw: st.DrawFn) -> Life:
    """Payments in time, late, partial and early; many of them recorded days after they came."""
    amount = draw(st.integers(1_000, 5_000_000))
    payments = []
    for _ in range(draw(st.integers(0, 8))):
        day = START + draw(st.integers(0, 330))
        back = draw(st.sampled_from((0, 0, 1, 40, 200)))
        part = draw(st.sampled_from((2, 3, 5, 9, 10, 40)))
        mode = draw(st.sampled_from((said.NORMAL, said.NORMAL, said.GOODWILL)))
        payments.append((day, day + back, max(1, amount // part + draw(st.integers(-3, 3))), mode))
    payments.sort(key=lambda each: each[1])
    latest = max((day for day, _, _, _ in payments), default=START)
    seen("loan", 1 + len(payments), sum(booked > day for day, booked, _, _ in payments))
    return Life(amount, tuple(payments), latest + draw(st.integers(0, 120)))


def lived(terms: LoanTerms, life: Life) -> Loan:
    """The loan as the kernel makes it, payment by payment as they were recorded."""
    loan = apply(opened(terms), Event(1, loan_events.DRAW, START, amount=life.amount)).loan
    for seq, (day, booked, amount, mode) in enumerate(life.payments, 2):
        loan = apply(loan, Event(seq, loan_events.PAYMENT, day, booked, amount, mode=mode)).loan
    return loan


@examples(250)
@given(some_terms(), some_life())
def test_every_loan_is_what_a_slow_calculation_makes_of_it(terms: LoanTerms, life: Life) -> None:
    loan = lived(terms, life)
    slow = SlowLoan(as_agreed(terms), START, life.amount)
    splits = {}
    truly = sorted(enumerate(life.payments, 2), key=lambda each: (each[1][0], each[1][1], each[0]))
    for seq, (day, _, amount, _) in truly:
        splits[seq] = slow.pay(day, amount)
    assert {
        moved.seq: Split(moved.principal, moved.interest, moved.excess)
        for moved in loan.moves
        if moved.kind == loan_events.PAYMENT
    } == splits
    slow.pass_nights(life.day)
    dues = regular_dues(as_of(loan, life.day))
    assert [(due.start, due.due_on, due.paid[PRINCIPAL], due.paid[INTEREST]) for due in dues] == [
        (row.start, row.due, row.paid_principal, row.paid_interest) for row in slow.rows
    ]
    assert [(due.owed[PRINCIPAL], due.owed[INTEREST]) for due in dues if due.due_on <= life.day] == [
        (row.principal, row.interest) for row in slow.rows if row.closed
    ]
    assert [(due.owed[PRINCIPAL], due.owed[INTEREST]) for due in dues if due.due_on > life.day] == [
        (row.principal, row.interest) for row in slow.still_to_come()
    ]
    assert (loan.principal, loan.credit) == (slow.owed, slow.credit)
    assert quote(loan, life.day).payoff == slow.payoff()


class Paid(NamedTuple):
    """A payment on the loan `who`: on which day it was booked and from which it counts, both from the first."""

    who: int
    booked: int
    day: int
    amount: int


def is_given(give: Callable[[], object]) -> bool:
    """Whether a credit was given: more than is owed is refused."""
    from duecourse.ledger.journal import Refused

    try:
        give()
    except Refused as refused:
        if refused.code not in ("above_owed", "nothing_owed"):
            raise
        return False
    return True


@pytest.mark.slow
@examples(1, derandomize=True)
@given(agreed=st.lists(some_terms(), min_size=8, max_size=8), seed=st.integers(0, 2**32))
def test_the_book_with_its_late_and_reversed_payments_is_what_a_slow_calculation_makes_of_it(
    db: str, agreed: list[LoanTerms], seed: int
) -> None:
    """Payments come late and are taken back in the book, and the lender gives credits; the calculator gets those that
    stand, in their true order."""
    from duecourse.book import close
    from duecourse.ledger.tables import Balance
    from duecourse.rules.read import day_number
    from duecourse.servicing import adjustments, loan_opening, loans, payments

    b.empty()
    chance, amount, days = Random(seed), 300_000, 100
    standing: list[tuple[Paid, int]] = []
    given: list[Paid] = []
    ids = []
    for i, terms in enumerate(agreed):
        told = {"number": f"slow{i}", "borrower_id": i + 1, "product": "loan_demo", "approved_minor": amount}
        ids.append(loan_opening.open_loan(**told, on=b.FIRST, by="test", **terms._asdict()))
        loans.draw(account=ids[i], amount_minor=amount, on=b.FIRST, by="test", key=f"draw {i}")
    for booked in range(days):
        for who, account in enumerate(ids):
            if booked and chance.random() < 0.1:
                mine = [at for at, (paid, _) in enumerate(standing) if paid.who == who]
                if mine and chance.random() < 0.2:
                    _, entry = standing.pop(chance.choice(mine))
                    payments.reverse(account=account, entry=entry, reason="x", by="test", key=f"back {who} {booked}")
                    continue
                day = chance.randrange(booked) if chance.random() < 0.4 else booked
                part = chance.choice((1, 7_500, 40_000, 110_000))
                if chance.random() < 0.2:
                    told = {"account": account, "by": "test", "reason": "gesture", "key": f"give {who} {booked}"}
                    if is_given(partial(adjustments.goodwill, amount_minor=part, on=b.day_of(day), **told)):
                        given.append(Paid(who, booked, day, part))
                    continue
                receipt = payments.receive(
                    account=account, amount_minor=part, received_on=b.day_of(day), key=f"pay {who} {booked}"
                )
                standing.append((Paid(who, booked, day, part), receipt.entry_id))
                seen("loan", 1, int(day < booked))
        close.through(b.day_of(booked))
    first = day_number(b.FIRST)
    for who, terms in enumerate(agreed):
        slow = SlowLoan(as_agreed(terms), first, amount)
        counted = [paid for paid in [*(paid for paid, _ in standing), *given] if paid.who == who]
        for paid in sorted(counted, key=lambda one: (one.day, one.booked)):
            slow.pay(first + paid.day, paid.amount)
        slow.pass_nights(first + days - 1)
        closed = [row for row in slow.rows if row.closed]
        missed = sum(row.principal - row.paid_principal for row in closed)
        row = Balance.objects.get(account_id=ids[who])
        assert (row.revolving, row.past_due, row.interest, row.fee, row.credit) == (
            slow.owed - missed,
            missed,
            sum(row.interest - row.paid_interest for row in closed),
            0,
            slow.credit,
        )
        dues = regular_dues(loans.held(account=ids[who]).loan)
        assert [(due.paid[PRINCIPAL], due.paid[INTEREST]) for due in dues] == [
            (row.paid_principal, row.paid_interest) for row in slow.rows
        ]
