"""Laws of a loan's life: payments are shared out to the last unit, recording has no order, what is undone is gone."""

from random import Random
from typing import NamedTuple

import pytest
from drawn import seen
from effort import examples
from hypothesis import assume, given
from hypothesis import strategies as st

from duecourse.kernel import loan_events
from duecourse.kernel.delinquency import of_loan
from duecourse.kernel.loan import apply, as_of, opened, quote, replay, step
from duecourse.kernel.loan_changes import AsksOn, due_at
from duecourse.kernel.loan_dues import COMPONENTS, DOWN_PAYMENT, REGULAR
from duecourse.kernel.loan_events import Event
from duecourse.kernel.loan_interest import catch_up, is_caught_up
from duecourse.kernel.loan_row import position
from duecourse.kernel.loan_state import MET, OVERPAID, Loan, copied, total_left
from duecourse.kernel.loan_terms import (
    ACTUAL_365,
    AT_DUE_DAYS,
    BY_DAYS,
    BY_PERIODS,
    COMPONENT_FIRST,
    CREDIT,
    DAILY,
    DAYS,
    EQUAL_INSTALLMENT,
    EQUAL_PRINCIPAL,
    EVENED,
    GOODWILL,
    LAST,
    LAST_ABSORBS,
    LAST_REDUCED,
    MERCHANT_REFUND,
    MONTHS,
    NEXT,
    NEXT_LAST,
    NEXT_SKIPPED,
    NO_RECALCULATION,
    NORMAL,
    OLDEST_FIRST,
    PLAIN_LOAN,
    RE_AMORTISED,
    SHORTER_TERM,
    SMALLER_INSTALLMENT,
    THIRTY_360,
    TO_THE_DUE_DAY,
    LoanTerms,
    in_all_classes,
)
from duecourse.kernel.terms import FEE, INTEREST, PENALTY, PRINCIPAL
from duecourse.kernel.walking import walk

some = examples(80)
START = 19_723
"""1 January 2024."""
ORDERS = [
    in_all_classes((PENALTY, FEE, INTEREST, PRINCIPAL)),
    in_all_classes((PENALTY, FEE, PRINCIPAL, INTEREST)),
    in_all_classes((INTEREST, PRINCIPAL, FEE, PENALTY)),
    (14, 13, 12, 11, 21, 24, 23, 22),
]


class Life(NamedTuple):
    """Terms and what happened."""

    terms: LoanTerms
    events: list[Event]


@st.composite
def some_terms(draw: st.DrawFn) -> LoanTerms:
    by_periods = draw(st.booleans())
    return PLAIN_LOAN._replace(
        form=draw(st.sampled_from([EQUAL_INSTALLMENT, EQUAL_INSTALLMENT, EQUAL_PRINCIPAL])),
        installments=draw(st.integers(1, 8)),
        unit=draw(st.sampled_from([DAYS, MONTHS])),
        every=draw(st.integers(1, 2)),
        rate_ppm=draw(st.sampled_from([0, 70_000, 240_000, 999_999])),
        day_count=THIRTY_360 if by_periods else ACTUAL_365,
        interest_by=BY_PERIODS if by_periods else BY_DAYS,
        multiple_minor=draw(st.sampled_from([1, 1, 100])),
        left_over=draw(st.sampled_from([LAST_ABSORBS, EVENED])),
        recalculation=draw(st.sampled_from([NO_RECALCULATION, DAILY, AT_DUE_DAYS])),
        early=draw(st.sampled_from([SMALLER_INSTALLMENT, SHORTER_TERM, NEXT_SKIPPED, LAST_REDUCED])),
        order=draw(st.sampled_from(ORDERS)),
        processing=draw(st.sampled_from([OLDEST_FIRST, COMPONENT_FIRST])),
        excess=tuple(draw(st.sampled_from([NEXT, LAST, RE_AMORTISED, NEXT_LAST])) for _ in range(4)),
        credit_order=draw(st.sampled_from([(PRINCIPAL,), (PENALTY, FEE, PRINCIPAL, INTEREST)])),
        down_payment_ppm=draw(st.sampled_from([0, 0, 250_000])),
        late_rate_ppm=draw(st.sampled_from([0, 0, 180_000])),
    )


@st.composite
def some_life(draw: st.DrawFn, most: int = 8) -> Life:
    """A draw and then payments, charges, chargebacks, refunds, more draws, each booked on its day or later."""
    terms = draw(some_terms())
    events = [Event(1, loan_events.DRAW, START, START, amount=draw(st.integers(100, 2_000_000)))]
    for seq in range(2, 2 + draw(st.integers(0, most))):
        day = START + draw(st.integers(0, 400))
        booked = day + draw(st.integers(0, 40))
        kind = draw(
            st.sampled_from([*["pay"] * 3, *["charge"] * 2, "back", "refund", "draw", "waive", "forgive", "late pause"])
        )
        amount = draw(st.integers(1, 900_000))
        payments = [event.seq for event in events if event.kind == loan_events.PAYMENT]
        charges = [event.seq for event in events if event.kind == loan_events.CHARGE]
        if kind == "pay":
            mode = draw(st.sampled_from([NORMAL, NORMAL, MERCHANT_REFUND, GOODWILL]))
            events.append(Event(seq, loan_events.PAYMENT, day, booked, amount, mode=mode))
        elif kind == "charge":
            due_on = day + draw(st.integers(-30, 60))
            component = draw(st.sampled_from([FEE, PENALTY]))
            events.append(
                Event(
                    seq, loan_events.CHARGE, day, day, amount // 50 + 1, component=component, until=max(due_on, START)
                )
            )
        elif kind == "back" and payments:
            of = draw(st.sampled_from(payments))
            paid = next(event for event in events if event.seq == of)
            events.append(
                Event(seq, loan_events.CHARGEBACK, max(day, paid.day), booked, min(amount, paid.amount), of=of)
            )
        elif kind == "waive" and charges:
            of = draw(st.sampled_from(charges))
            events.append(Event(seq, loan_events.WAIVER, day, booked, amount=amount // 50 + 1, of=of))
        elif kind == "forgive":
            component = draw(st.sampled_from([INTEREST, PENALTY]))
            events.append(
                Event(seq, loan_events.WAIVER, day, booked, draw(st.sampled_from([0, amount // 90])), 0, 0, component)
            )
        elif kind == "late pause":
            events.append(Event(seq, loan_events.LATE_PAUSE, day, booked, until=draw(st.sampled_from([0, day + 20]))))
        elif kind == "refund":
            events.append(Event(seq, loan_events.REFUND, day, booked, amount // 10 + 1))
        elif kind == "draw":
            events.append(Event(seq, loan_events.DRAW, day, booked, amount))
    seen("loan", len(events), sum(event.booked_on > event.day for event in events))
    return Life(terms, events)


def stand(loan: Loan) -> object:
    """All that a loan says of itself, to be compared."""
    dues = [
        (
            due.kind,
            due.start,
            due.due_on,
            due.owed,
            due.paid,
            due.waived,
            due.parts,
            due.in_advance,
            due.late,
            due.met_on,
        )
        for due in loan.dues
    ]
    return dues, loan.moves, loan.principal, loan.credit, loan.status, loan.draws


@some
@given(some_life())
def test_principal_asked_is_principal_drawn_and_put_back(life: Life) -> None:
    loan = replay(life.terms, life.events)
    drawn = sum(draw.amount for draw in loan.draws)
    put_back = sum(due.credited for due in loan.dues)
    assert sum(due.owed[PRINCIPAL] for due in loan.dues) == drawn + put_back
    assert loan.principal == sum(due.left_of(PRINCIPAL) for due in loan.dues)


@some
@given(some_life())
def test_nothing_is_below_zero_and_nothing_is_met_twice(life: Life) -> None:
    loan = replay(life.terms, life.events)
    assert loan.credit >= 0
    for due in loan.dues:
        for component in COMPONENTS:
            assert due.owed[component] >= 0
            assert 0 <= due.paid[component] + due.waived[component] <= due.owed[component]
        assert (due.met_on != 0) == (due.left == 0)


@some
@given(some_life())
def test_a_payment_is_shared_out_to_the_last_unit(life: Life) -> None:
    loan = replay(life.terms, life.events)
    for moved in loan.moves:
        if moved.kind == loan_events.PAYMENT:
            parts = moved.principal + moved.interest + moved.fee + moved.penalty
            assert min(moved.principal, moved.interest, moved.fee, moved.penalty) >= 0
            assert parts + moved.excess == moved.amount


@some
@given(some_life())
def test_what_was_paid_is_on_the_dues_or_to_the_good(life: Life) -> None:
    loan = replay(life.terms, life.events)
    paid = sum(event.amount for event in life.events if event.kind == loan_events.PAYMENT)
    returned = sum(moved.amount - moved.principal for moved in loan.moves if moved.kind == loan_events.REFUND)
    assert sum(sum(due.paid) for due in loan.dues) + loan.credit + returned == paid


@some
@given(some_life(), st.randoms(use_true_random=False))
def test_the_order_of_recording_does_not_matter(life: Life, chance: Random) -> None:
    mixed = life.events[:]
    chance.shuffle(mixed)
    assert stand(replay(life.terms, mixed)) == stand(replay(life.terms, life.events))


@some
@given(some_life())
def test_one_by_one_gives_what_a_replay_gives(life: Life) -> None:
    loan = opened(life.terms)
    for event in life.events:
        loan = apply(loan, event).loan
    assert stand(loan) == stand(replay(life.terms, life.events))


@some
@given(some_life(), st.data())
def test_what_is_undone_is_as_if_it_had_never_been(life: Life, data: st.DataObject) -> None:
    spoken_of = {event.of for event in life.events}
    choice = [event for event in life.events if event.seq not in spoken_of and event.seq != 1]
    assume(choice)
    gone = data.draw(st.sampled_from(choice))
    before = replay(life.terms, life.events)
    after = apply(before, Event(99, loan_events.UNDO, gone.day, of=gone.seq)).loan
    never = replay(life.terms, [event for event in life.events if event.seq != gone.seq])
    assert stand(after) == stand(never)


@some
@given(some_life())
def test_an_event_leaves_the_loan_it_is_applied_to_alone(life: Life) -> None:
    *most, last = life.events
    loan = replay(life.terms, most)
    told = stand(loan)
    apply(loan, last)
    assert stand(loan) == told


@some
@given(some_life(), st.integers(0, 430))
def test_paying_the_payoff_leaves_nothing(life: Life, later: int) -> None:
    terms = life.terms
    if (terms.recalculation, terms.early) == (AT_DUE_DAYS, LAST_REDUCED):
        # What is late bears to the due day then; a payoff to the day would leave that (and no product may say so).
        terms = terms._replace(payoff_interest=TO_THE_DUE_DAY)
    loan = replay(terms, life.events)
    assume(loan.status not in (MET, OVERPAID))
    last = max(loan_events.place(event).day for event in life.events)
    day = max(START + later, last)
    amount = quote(loan, day).payoff
    paid = apply(loan, Event(99, loan_events.PAYMENT, day, day + 99, amount)).loan
    assert total_left(paid.dues) == 0
    assert paid.credit == 0


@some
@given(some_life(), st.integers(0, 430), st.integers(1, 500_000), st.integers(1, 500_000))
def test_more_paid_never_leaves_more_owed(life: Life, later: int, amount: int, more: int) -> None:
    loan = replay(life.terms, life.events)
    day = START + later
    owed = []
    for paid in (amount, amount + more):
        made = as_of(apply(loan, Event(99, loan_events.PAYMENT, day, day, paid)).loan, START + 500)
        owed.append(total_left(made.dues) - made.credit)
    assert owed[1] <= owed[0]


@some
@given(some_life())
def test_days_past_due_of_a_loan_never_fall_without_an_event(life: Life) -> None:
    comes = [max(loan_events.counts_from(event), event.day) for event in life.events]
    last, known = 0, -1
    for day in sorted({START + 17 * at for at in range(28)} | set(comes) | {day + 1 for day in comes}):
        happened = [event for event, since in zip(life.events, comes, strict=True) if since <= day]
        if not any(event.kind == loan_events.DRAW for event in happened):
            continue
        late = of_loan(as_of(replay(life.terms, happened), day).dues, day, 0).past_due_days
        assert late >= last or len(happened) > known
        last, known = late, len(happened)


@some
@given(some_terms(), st.integers(100, 2_000_000))
def test_a_loan_has_the_installments_agreed_and_only_the_last_differs(terms: LoanTerms, amount: int) -> None:
    loan = replay(terms, [Event(1, loan_events.DRAW, START, amount=amount)])
    dues = [due for due in loan.dues if due.kind != DOWN_PAYMENT]
    assert len(dues) == terms.installments
    if terms.form == EQUAL_INSTALLMENT and all(due.owed[PRINCIPAL] for due in dues):
        assert len({due.owed[PRINCIPAL] + due.owed[INTEREST] for due in dues[:-1]}) <= 1


def asked_after(loan: Loan, day: int) -> list[int]:
    """What the installments that come after a day ask: all of it, or principal where interest comes on top."""
    only_principal = loan.terms.form == EQUAL_PRINCIPAL
    return [due.owed[PRINCIPAL] + due.owed[INTEREST] * (not only_principal) for due in loan.dues if due.due_on > day]


@some
@given(
    some_terms(), st.integers(100_000, 2_000_000), st.integers(0, 250), st.integers(0, 12), st.integers(0, 60),
    st.sampled_from([0, 70_000, 180_000]),
)  # fmt: skip
def test_what_was_missed_is_not_asked_again_by_more_installments_and_another_rate(
    terms: LoanTerms, amount: int, later: int, more: int, apart: int, rate_ppm: int
) -> None:
    terms = terms._replace(
        installments=terms.installments + 2, unit=MONTHS, rate_ppm=min(terms.rate_ppm, 240_000), down_payment_ppm=0,
        multiple_minor=1,
    )  # fmt: skip
    day = START + min(later, 28 * (terms.installments - 1))
    events = [Event(1, loan_events.DRAW, START, amount=amount)]
    if more:
        events.append(Event(2, loan_events.RESCHEDULE, day, since=day + 1, number=more))
    for at in range(1 + apart % 3):  # on one day and again later: what is late has borne in between
        changed = day + apart * at
        events.append(Event(3 + at, loan_events.RATE, changed, rate_ppm=rate_ppm + 10_000 * at))
        loan = as_of(replay(terms, events), changed)
        assert sum(due.owed[PRINCIPAL] for due in loan.dues) == amount == loan.principal
        *alike, last = asked_after(loan, changed) or [1]
        assert len(set(alike)) <= 1
        assert last + len(alike) >= max(alike, default=0)  # late days may make it more, only rounding makes it less


def test_an_installment_that_was_missed_stays_what_it_is() -> None:
    day = START + 40
    events = [
        Event(1, loan_events.DRAW, START, amount=600_000),
        Event(2, loan_events.RESCHEDULE, day, since=day + 1, number=6),
        Event(3, loan_events.RATE, day, rate_ppm=0),
    ]
    loan = replay(PLAIN_LOAN, events)
    assert [due.owed[PRINCIPAL] for due in loan.dues][:3] == [47_196, 30_839, 32_614]
    assert asked_after(loan, day) == [32_614] * 16 + [32_755]  # the last repays what the nine late days kept back


@some
@given(some_life(most=5), st.integers(0, 400), st.integers(1, 900_000))
def test_an_excess_that_may_meet_nothing_is_to_the_good(life: Life, later: int, amount: int) -> None:
    terms = life.terms._replace(excess=(CREDIT,) * 4, recalculation=NO_RECALCULATION)
    day = max(START + later, *(event.day for event in life.events), *map(loan_events.counts_from, life.events))
    loan = replay(terms, life.events)
    assume(amount + loan.credit < quote(loan, day).payoff)
    made = apply(loan, Event(99, loan_events.PAYMENT, day, day + 99, amount)).loan
    plain = [pair for pair in zip(loan.dues, made.dues, strict=True) if not (pair[1].parts or pair[1].credits)]
    assert all(after.in_advance == before.in_advance or made.draws[1:] for before, after in plain)


@pytest.mark.parametrize("processing", [OLDEST_FIRST, COMPONENT_FIRST])
def test_a_payment_of_all_that_is_left_meets_all(processing: int) -> None:
    terms = PLAIN_LOAN._replace(processing=processing, recalculation=NO_RECALCULATION)
    loan = replay(terms, [Event(1, loan_events.DRAW, START, amount=1_200_000)])
    left = total_left(loan.dues)
    assert total_left(apply(loan, Event(2, loan_events.PAYMENT, START + 5, amount=left)).loan.dues) == 0


@some
@given(some_life(most=12), st.integers(0, 430))
def test_what_is_kept_of_a_walk_is_what_walking_all_rows_anew_gives(life: Life, later: int) -> None:
    loan = opened(life.terms)
    for placed in loan_events.in_order(life.events):
        step(loan, placed)
        if loan.rows is None:
            continue
        anew = copied(loan.rows)
        anew.known.clear()
        assert walk(loan.rows) == walk(anew)
        assert walk(loan.rows, START + later) == walk(anew, START + later)


@some
@given(some_life(most=12), st.integers(0, 430))
def test_what_rows_ask_on_a_day_all_at_once_is_what_each_asks(life: Life, later: int) -> None:
    rows = replay(life.terms, life.events).rows
    if rows is not None:
        asks = AsksOn(rows, START + later)
        before = copied(rows)
        for number in range(len(rows.due)):
            assert asks.of(number) == due_at(copied(before), number, START + later)
        assert rows[:-1] == before[:-1]


@some
@given(some_life(most=12), st.integers(0, 430))
def test_a_loan_that_is_caught_up_is_the_same_on_a_day_without_an_event(life: Life, later: int) -> None:
    loan = replay(life.terms, life.events)
    made = loan.copy()
    catch_up(made, START + later)
    assert (stand(made) == stand(loan)) or not is_caught_up(loan, START + later)
    assert stand(as_of(loan, START + later)) == stand(made)


@examples(250)
@given(some_life(), st.sampled_from([loan_events.RE_AGE, loan_events.RE_AMORTISE]), st.integers(0, 400))
def test_no_more_is_owed_than_is_left_where_a_re_age_took_it_into_new_installments(
    life: Life, kind: int, later: int
) -> None:
    comes = max(max(loan_events.counts_from(event), event.day) for event in life.events)
    day = max(comes, START + later)
    before = replay(life.terms, life.events)
    assume(kind == loan_events.RE_AGE or any(due.kind == REGULAR and due.due_on > day for due in before.dues))
    changed = Event(98, kind, day, number=3, until=day + 20, every=1, unit=MONTHS)
    loan = apply(before, changed).loan
    left = total_left(as_of(loan, day).dues)
    for paid in (left // 3, left):
        made = as_of(apply(loan, Event(99, loan_events.PAYMENT, day, day, max(paid, 1))).loan, day)
        stands = position(made, day)
        for component, owed in ((INTEREST, stands.interest), (FEE, stands.fee), (PENALTY, stands.penalty)):
            assert 0 <= owed <= sum(due.left_of(component) for due in made.dues)


def test_a_fee_paid_ahead_charged_back_and_paid_again_is_not_owed_after_a_re_age() -> None:
    events = [
        Event(1, loan_events.DRAW, START, amount=100),
        Event(2, loan_events.CHARGE, START, amount=1, component=FEE, until=START + 23),
        Event(3, loan_events.PAYMENT, START + 22, amount=1),
        Event(4, loan_events.CHARGEBACK, START + 22, amount=1, of=3),
        Event(5, loan_events.RE_AGE, START + 22, number=3, until=START + 42, every=1, unit=MONTHS),
    ]
    loan = replay(PLAIN_LOAN._replace(installments=1, rate_ppm=0), events)
    loan = apply(loan, Event(6, loan_events.PAYMENT, START + 22, amount=total_left(loan.dues))).loan
    assert total_left(loan.dues) == position(loan, START + 22).owed == 0
