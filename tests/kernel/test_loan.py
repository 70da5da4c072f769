"""The life of a loan: draws, payments, charges, what is owed again, other terms, the end."""

from itertools import pairwise

import pytest

from duecourse.kernel import delinquency, loan_accrual, loan_events, ownership
from duecourse.kernel import loan_terms as said
from duecourse.kernel.delinquency import Pause
from duecourse.kernel.loan import UndoneUnknown, apply, as_of, opened, quote, replay
from duecourse.kernel.loan_dues import ADDITIONAL, evenly
from duecourse.kernel.loan_events import Event
from duecourse.kernel.loan_state import ACTIVE, APPROVED, MET, OVERPAID, WRITTEN_OFF, Loan, total_left
from duecourse.kernel.loan_terms import PLAIN_LOAN, LoanTerms
from duecourse.kernel.terms import FEE, INTEREST, PENALTY, PRINCIPAL

DAY = 19_723
"""1 January 2024, when each loan here is drawn."""
FREE = PLAIN_LOAN._replace(installments=4, unit=said.DAYS, every=15, rate_ppm=0, recalculation=said.NO_RECALCULATION)
"""Four installments in 60 days without interest."""
DAILY = PLAIN_LOAN._replace(
    installments=6, rate_ppm=70_000, day_count=said.THIRTY_360, interest_by=said.BY_PERIODS, draw_day_counts=0,
    early=said.LAST_REDUCED, left_over=said.EVENED,
)  # fmt: skip
"""Six months at 7%, interest counted to the day, the last installment absorbs."""


def drawn(terms: LoanTerms, *events: Event, amount: int = 100_000) -> Loan:
    return replay(terms, [Event(1, loan_events.DRAW, DAY, amount=amount), *events])


def paid(seq: int, day: int, amount: int, mode: int = said.NORMAL, booked: int = 0) -> Event:
    return Event(seq, loan_events.PAYMENT, day, booked, amount, mode=mode)


def charged(seq: int, due_on: int, amount: int, component: int = FEE, booked: int = DAY) -> Event:
    return Event(seq, loan_events.CHARGE, booked, booked, amount, component=component, until=due_on)


def owed(loan: Loan, component: int = PRINCIPAL) -> list[int]:
    return [due.owed[component] for due in loan.dues]


def met(loan: Loan) -> list[int]:
    return [sum(due.paid) for due in loan.dues]


def test_a_loan_that_is_not_drawn_owes_nothing() -> None:
    loan = opened(FREE)
    assert loan.status == APPROVED
    assert total_left(loan.dues) == 0


def test_a_draw_is_asked_for_in_equal_installments() -> None:
    assert owed(drawn(FREE)) == [25_000] * 4
    assert owed(drawn(FREE._replace(multiple_minor=100), amount=100_030)) == [25_000, 25_000, 25_000, 25_030]


def test_a_later_draw_is_asked_for_by_the_installments_after_it() -> None:
    loan = drawn(FREE, Event(2, loan_events.DRAW, DAY + 20, amount=9_000))
    assert owed(loan) == [25_000, 28_000, 28_000, 28_000]


def test_a_part_of_a_draw_is_due_at_once() -> None:
    loan = drawn(FREE._replace(down_payment_ppm=250_000))
    assert owed(loan) == [25_000, 18_750, 18_750, 18_750, 18_750]
    assert loan.dues[0].due_on == DAY


@pytest.mark.parametrize(
    ("excess", "expected"),
    [
        (said.NEXT, [25_000, 15_000, 0, 0]),
        (said.LAST, [0, 0, 15_000, 25_000]),
        (said.RE_AMORTISED, [10_000, 10_000, 10_000, 10_000]),
        (said.NEXT_LAST, [25_000, 0, 0, 15_000]),
        (said.CREDIT, [0, 0, 0, 0]),
    ],
)
def test_an_excess_goes_where_the_terms_say(excess: int, expected: list[int]) -> None:
    loan = drawn(FREE._replace(excess=(excess,) * 4), paid(2, DAY + 5, 40_000))
    assert met(loan) == expected
    assert loan.credit == 40_000 - sum(expected)


def test_each_kind_of_payment_has_its_rule_for_an_excess() -> None:
    terms = FREE._replace(excess=(said.NEXT, said.RE_AMORTISED, said.LAST, said.NEXT))
    assert met(drawn(terms, paid(2, DAY + 5, 8_000, said.MERCHANT_REFUND))) == [2_000] * 4
    assert met(drawn(terms, paid(2, DAY + 5, 8_000, said.GOODWILL))) == [0, 0, 0, 8_000]


def test_what_is_re_amortised_over_uneven_dues_is_shared_out_to_the_end() -> None:
    terms = FREE._replace(excess=(said.NEXT, said.RE_AMORTISED, said.NEXT, said.NEXT))
    loan = drawn(terms, paid(2, DAY + 5, 24_000), paid(3, DAY + 6, 31_000, said.MERCHANT_REFUND))
    assert met(loan) == [25_000, 10_000, 10_000, 10_000]


def test_components_go_oldest_first_or_one_after_the_other() -> None:
    events = (charged(2, DAY + 10, 300), charged(3, DAY + 20, 500, PENALTY), paid(4, DAY + 31, 26_000))
    oldest = drawn(FREE, *events)
    assert met(oldest) == [25_300, 700, 0, 0]
    vertical = drawn(FREE._replace(processing=said.COMPONENT_FIRST), *events)
    assert met(vertical) == [25_300, 700, 0, 0]
    assert [due.paid[PENALTY] for due in vertical.dues] == [0, 500, 0, 0]


def test_a_charge_whose_day_has_come_is_due_before_its_installment() -> None:
    order = (14, 13, 12, 11, 21, 24, 23, 22)
    events = (charged(2, DAY + 5, 300, PENALTY), charged(3, DAY + 12, 400, PENALTY), paid(4, DAY + 8, 1_000))
    loan = drawn(FREE._replace(order=order), *events)
    assert loan.dues[0].paid == [0, 700, 0, 0, 300]


def test_a_charge_after_the_last_due_day_is_a_due_of_its_own() -> None:
    loan = drawn(FREE, charged(2, DAY + 61, 900), charged(3, DAY + 65, 100))
    assert [loan.dues[-1].kind, loan.dues[-1].due_on, loan.dues[-1].owed[FEE]] == [ADDITIONAL, DAY + 65, 1_000]


def test_a_charge_of_every_installment_follows_what_each_asks() -> None:
    fee = Event(2, loan_events.CHARGE, DAY, mode=loan_events.PER_INSTALLMENT, component=FEE, rate_ppm=15_000,
                basis=loan_events.OF_PRINCIPAL_AND_INTEREST)  # fmt: skip
    assert owed(drawn(FREE, fee), FEE) == [375] * 4
    assert owed(drawn(FREE, fee, Event(3, loan_events.DRAW, DAY + 20, amount=9_000)), FEE) == [375, 420, 420, 420]


def test_a_charge_at_the_draw_is_kept_back_from_it() -> None:
    fee = Event(1, loan_events.CHARGE, DAY, mode=loan_events.AT_DRAW, component=FEE, rate_ppm=15_000,
                basis=loan_events.OF_PRINCIPAL)  # fmt: skip
    loan = replay(FREE, [fee, Event(2, loan_events.DRAW, DAY, amount=100_000)])
    assert loan.draws[0].fee == 1_500
    assert [(moved.fee, moved.amount) for moved in loan.moves] == [(1_500, 1_500), (0, 100_000)]


def test_what_was_waived_of_a_charge_draws_no_payment_however_it_is_dated() -> None:
    events = [
        charged(2, DAY + 10, 1_000),
        paid(3, DAY + 5, 50),
        Event(4, loan_events.WAIVER, DAY + 9, amount=950, of=2),
    ]
    loan = drawn(FREE, *events, paid(5, DAY + 8, 600, booked=DAY + 20))
    assert loan.dues[0].paid == [0, 600, 0, 50, 0]
    assert loan.dues[0].waived[FEE] == 950


def test_a_credit_balance_meets_a_charge_that_comes_up_and_then_a_draw() -> None:
    loan = drawn(FREE, paid(2, DAY + 5, 100_700))
    assert [loan.status, loan.credit] == [OVERPAID, 700]
    loan = apply(loan, charged(3, DAY + 12, 500, booked=DAY + 7)).loan
    assert [loan.status, loan.credit] == [OVERPAID, 200]
    assert [moved.fee for moved in loan.moves if moved.seq == 2] == [500]
    loan = apply(loan, Event(4, loan_events.DRAW, DAY + 20, amount=3_000)).loan
    assert [loan.status, loan.credit, loan.principal] == [ACTIVE, 0, 2_800]


def test_a_credit_balance_is_paid_out_and_what_it_lacks_is_owed_again() -> None:
    loan = drawn(FREE, paid(2, DAY + 5, 100_700), Event(3, loan_events.REFUND, DAY + 6, amount=700))
    assert [loan.status, loan.credit] == [MET, 0]
    assert apply(loan, Event(4, loan_events.UNDO, DAY + 9, of=2)).loan.principal == 100_700


def test_a_chargeback_puts_back_what_the_payment_met_in_the_terms_order() -> None:
    terms = FREE._replace(credit_order=(PENALTY, FEE, PRINCIPAL, INTEREST))
    events = (charged(2, DAY + 3, 400), charged(3, DAY + 3, 300, PENALTY), paid(4, DAY + 15, 25_000))
    first = Event(5, loan_events.CHARGEBACK, DAY + 20, amount=500, of=4)
    loan = drawn(terms, *events, first)
    assert loan.dues[1].owed == [0, 25_000, 0, 200, 300]
    loan = apply(loan, Event(6, loan_events.CHARGEBACK, DAY + 21, amount=1_000, of=4)).loan
    assert loan.dues[1].owed == [0, 25_800, 0, 400, 300]


def test_a_chargeback_is_late_from_its_own_day() -> None:
    events = (paid(2, DAY + 15, 25_000), Event(3, loan_events.CHARGEBACK, DAY + 20, amount=25_000, of=2))
    loan = drawn(FREE._replace(credit_order=(PRINCIPAL,)), *events)
    assert owed(loan) == [25_000, 50_000, 25_000, 25_000]
    assert delinquency.of_loan(loan.dues, DAY + 33, 3).since == DAY + 20


def test_undoing_what_is_not_there_is_refused_and_moves_nothing() -> None:
    loan = drawn(FREE, paid(2, DAY + 5, 1_000))
    with pytest.raises(UndoneUnknown):
        apply(loan, Event(3, loan_events.UNDO, DAY + 6, of=77))
    assert loan.principal == 99_000


def test_a_backdated_payment_gives_what_the_right_order_would_have_given() -> None:
    late = drawn(FREE, charged(2, DAY + 12, 500, booked=DAY + 12), paid(3, DAY + 14, 20_000))
    late = apply(late, paid(4, DAY + 10, 7_000, booked=DAY + 30)).loan
    right = drawn(FREE, paid(2, DAY + 10, 7_000), charged(3, DAY + 12, 500, booked=DAY + 12), paid(4, DAY + 14, 20_000))
    assert [due.paid for due in late.dues] == [due.paid for due in right.dues]


def test_a_re_age_makes_new_installments_of_all_that_is_owed() -> None:
    event = Event(3, loan_events.RE_AGE, DAY + 70, until=DAY + 90, number=3, every=1, unit=said.MONTHS,
                  mode=loan_events.NO_INTEREST)  # fmt: skip
    loan = drawn(FREE, paid(2, DAY + 15, 25_000), event)
    assert owed(loan) == [25_000, 0, 0, 0, 25_000, 25_000, 25_000]
    assert [due.met_on for due in loan.dues[1:4]] == [DAY + 70] * 3
    assert owed(apply(loan, Event(4, loan_events.UNDO, DAY + 80, of=3)).loan) == [25_000] * 4


def test_a_re_age_splits_the_interest_payable_to_the_day() -> None:
    event = Event(3, loan_events.RE_AGE, DAY + 74, until=DAY + 91, number=6, every=1, unit=said.MONTHS,
                  mode=loan_events.PAYABLE_INTEREST)  # fmt: skip
    loan = drawn(DAILY, paid(2, DAY + 31, 1_701), event, amount=10_000)
    assert owed(loan)[3:] == [1_393] * 5 + [1_392]
    assert owed(loan, INTEREST)[3:] == [12] * 5 + [11]


def test_what_is_past_due_is_spread_over_what_is_to_come() -> None:
    loan = drawn(FREE, Event(2, loan_events.RE_AMORTISE, DAY + 31))
    assert owed(loan) == [0, 0, 50_000, 50_000]


def test_a_due_day_moves_and_those_after_it_follow() -> None:
    loan = drawn(FREE, Event(2, loan_events.RESCHEDULE, DAY + 5, since=DAY + 15, until=DAY + 45))
    assert [due.due_on - DAY for due in loan.dues] == [45, 60, 75, 90]


def test_an_installment_spared_principal_makes_the_loan_longer() -> None:
    loan = drawn(FREE, Event(2, loan_events.RESCHEDULE, DAY + 5, since=DAY + 30, grace=1))
    assert owed(loan) == [25_000, 0, 25_000, 25_000, 25_000]


def test_an_early_installment_asks_interest_to_the_day_and_the_last_is_spared_it() -> None:
    loan = drawn(DAILY, paid(2, DAY + 31, 1_701), paid(3, DAY + 45, 1_701), amount=10_000)
    assert [loan.dues[1].paid[PRINCIPAL], loan.dues[1].paid[INTEREST]] == [1_677, 24]


def test_principal_past_due_bears_until_it_is_paid() -> None:
    loan = as_of(drawn(DAILY, amount=10_000), DAY + 69)
    assert owed(loan, INTEREST) == [58, 58, 45, 30, 20, 10]
    assert owed(loan)[-1] == 1_706


@pytest.mark.parametrize("early", [said.SMALLER_INSTALLMENT, said.NEXT_SKIPPED, said.SHORTER_TERM])
def test_an_early_repayment_makes_what_follows_smaller_fewer_or_skipped(early: int) -> None:
    terms = PLAIN_LOAN._replace(installments=6, early=early, multiple_minor=100)
    loan = drawn(terms, paid(2, DAY + 31, 150_000), amount=480_000)
    before = drawn(terms, amount=480_000).dues[1]
    total = [due.owed[PRINCIPAL] + due.owed[INTEREST] for due in loan.dues]
    assert loan.credit == 0
    assert total[0] == 150_000
    if early == said.SMALLER_INSTALLMENT:
        assert len(set(total[1:-1])) == 1
        assert total[1] < before.left - 10_000
    elif early == said.NEXT_SKIPPED:
        assert total[1] < 20_000
        assert total[2] == total[3] == total[4] == before.left
    else:
        assert total[1] == total[4] == before.left
        assert total[5] < before.left - 60_000


@pytest.mark.parametrize(
    ("form", "early", "expected"),
    [
        # 150,000 of 400,000 comes in the first month: that installment asks the 150,000 and no more, then its interest
        (said.EQUAL_PRINCIPAL, said.SMALLER_INSTALLMENT, [150_000, 83_333, 83_333, 83_334]),
        (said.EQUAL_PRINCIPAL, said.SHORTER_TERM, [150_000, 100_000, 100_000, 50_000]),
        (said.EQUAL_PRINCIPAL, said.NEXT_SKIPPED, [150_000, 50_000, 100_000, 100_000]),
        (said.INTEREST_FIRST, said.SMALLER_INSTALLMENT, [150_000, 0, 0, 250_000]),
        (said.BULLET, said.SMALLER_INSTALLMENT, [150_000, 0, 0, 250_000]),
    ],
)
def test_an_early_repayment_is_asked_as_principal_where_interest_comes_on_top(
    form: int, early: int, expected: list[int]
) -> None:
    terms = PLAIN_LOAN._replace(form=form, installments=4, early=early)
    loan = drawn(terms, paid(2, DAY + 10, 150_000), amount=400_000)
    assert owed(loan) == expected
    assert met(loan) == [150_000, 0, 0, 0]


def test_the_last_installment_asks_what_an_early_repayment_leaves_where_a_share_of_it_rounds_to_nothing() -> None:
    """Interest of the first 10 days makes the first installment ask more than was paid on it: still the last asks."""
    terms = PLAIN_LOAN._replace(form=said.EQUAL_INSTALLMENT, installments=4, early=said.SMALLER_INSTALLMENT)
    loan = drawn(terms, paid(2, DAY + 10, 399_999), amount=400_000)
    assert loan.dues[0].owed[INTEREST] > 0
    assert owed(loan) == [399_999, 0, 0, 1]


def test_an_early_repayment_after_a_chargeback_asks_what_was_put_back_once() -> None:
    terms = PLAIN_LOAN._replace(installments=4, credit_order=(PRINCIPAL,))
    before = [paid(2, DAY + 2, 20_000), Event(3, loan_events.CHARGEBACK, DAY + 4, amount=20_000, of=2)]
    loan = drawn(terms, *before, paid(4, DAY + 10, 150_000), amount=400_000)
    assert loan.principal == 400_000 - 150_000
    assert loan.dues[0].left_of(PRINCIPAL) == 0
    assert sum(owed(loan)) == 420_000


def test_a_loan_that_became_shorter_and_is_late_bears_on_and_asks_for_it_as_it_grows() -> None:
    """0.1% a day: 1,000,000 for 5 days and 400,000 from then on, past the end of the shorter term."""
    terms = PLAIN_LOAN._replace(installments=4, unit=said.DAYS, every=10, rate_ppm=365_000, early=said.SHORTER_TERM)
    loan = drawn(terms, paid(2, DAY + 5, 600_000), amount=1_000_000)
    assert owed(loan)[3] == 0
    for day, asked in ((30, [7_000, 4_000, 4_000, 0]), (35, [7_000, 4_000, 4_000, 2_000]), (40, [7_000] + [4_000] * 3)):
        assert owed(as_of(loan, DAY + day), INTEREST) == asked
        assert quote(loan, DAY + day).interest == sum(asked) == 5 * 1_000 + 400 * (day - 5)
    late = apply(loan, paid(3, DAY + 35, 200_000)).loan
    assert owed(as_of(late, DAY + 40), INTEREST)[3] == 5 * 400 + 5 * 211
    assert late.principal == 400_000 - 200_000 + 7_000 + 4_000


def test_a_late_payoff_meets_interest_that_only_the_last_installment_asks() -> None:
    order = (3, 13, 4, 14, 2, 12, 22, 1, 11, 21, 23, 24)  # interest to come before principal past due
    terms = DAILY._replace(order=order, processing=said.COMPONENT_FIRST, installment_minor=17_010, installments=8)
    late = drawn(terms, paid(2, DAY + 61, 3_000))
    day = DAY + 400
    payoff = quote(late, day).payoff
    after = apply(late, paid(3, day, payoff + 500)).loan
    assert (total_left(after.dues), after.credit) == (0, 500)


def test_installments_that_are_added_come_after_due_days_that_were_moved() -> None:
    moved = Event(2, loan_events.RESCHEDULE, DAY + 5, since=DAY + 31, until=DAY + 150)
    longer = Event(3, loan_events.RESCHEDULE, DAY + 6, since=DAY + 150, number=2)
    loan = drawn(PLAIN_LOAN._replace(installments=3, rate_ppm=120_000), moved, longer)
    days = [(due.start, due.due_on) for due in loan.dues]
    assert len(days) == 5
    assert all(start < due_on for start, due_on in days)
    assert all(before[1] == after[0] for before, after in pairwise(days))


def test_a_payoff_to_the_day_or_to_the_due_day_leaves_nothing() -> None:
    for terms, interest in ((DAILY, 24), (DAILY._replace(payoff_interest=said.TO_THE_DUE_DAY), 49)):
        loan = drawn(terms, paid(2, DAY + 31, 1_701), amount=10_000)
        told = quote(loan, DAY + 45)
        assert [told.principal, told.interest] == [8_357, interest]
        done = apply(loan, paid(3, DAY + 45, told.payoff)).loan
        assert [done.status, done.credit] == [MET, 0]


@pytest.mark.parametrize(
    ("how", "interest", "count"), [(said.REGULAR, 151, 6), (said.ACCELERATED, 71, 3), (said.NO_MORE_INTEREST, 71, 6)]
)
def test_a_charge_off_is_of_all_that_is_owed(how: int, interest: int, count: int) -> None:
    terms = DAILY._replace(charge_off=how)
    loan = drawn(terms, paid(2, DAY + 31, 1_701), Event(3, loan_events.CHARGE_OFF, DAY + 74), amount=10_000)
    moved = loan.moves[-1]
    assert [moved.principal, moved.interest, len(loan.dues)] == [8_357, interest, count]
    assert loan.charged_off_on == DAY + 74


def test_a_terminated_contract_is_due_on_the_day() -> None:
    loan = drawn(DAILY, paid(2, DAY + 31, 1_701), Event(3, loan_events.TERMINATION, DAY + 59), amount=10_000)
    assert [loan.dues[-1].due_on, loan.dues[-1].owed[PRINCIPAL], loan.dues[-1].owed[INTEREST]] == [DAY + 59, 8_357, 47]


def test_a_charge_keeps_its_day_when_everything_falls_due() -> None:
    loan = drawn(DAILY, charged(2, DAY + 100, 900), Event(3, loan_events.TERMINATION, DAY + 59), amount=10_000)
    assert [(due.due_on - DAY, due.owed[FEE]) for due in loan.dues][-1] == (100, 900)


def test_a_pause_and_another_rate_change_interest_from_their_day() -> None:
    pause = drawn(DAILY, paid(2, DAY + 31, 1_701), Event(3, loan_events.PAUSE, DAY + 40, until=DAY + 69), amount=10_000)
    assert owed(pause, INTEREST)[1:4] == [13, 28, 29]
    rate = drawn(DAILY, paid(2, DAY + 31, 1_701), Event(3, loan_events.RATE, DAY + 46, rate_ppm=40_000), amount=10_000)
    assert owed(rate, INTEREST)[1:4] == [38, 22, 17]


def test_money_got_back_after_a_write_off_meets_no_due() -> None:
    loan = drawn(
        FREE,
        Event(2, loan_events.WRITE_OFF, DAY + 20, amount=30_000),
        Event(3, loan_events.WRITE_OFF, DAY + 90),
        Event(4, loan_events.RECOVERY, DAY + 99, amount=500),
    )
    assert [loan.status, total_left(loan.dues), loan.principal] == [WRITTEN_OFF, 0, 0]
    assert [moved.amount for moved in loan.moves] == [100_000, 30_000, 70_000, 500]


def test_pauses_take_days_off_lateness() -> None:
    dues = drawn(FREE).dues
    pause = [Pause(DAY + 10, DAY + 25)]
    within = delinquency.of_loan(dues, DAY + 28, 3, pause)
    assert [within.past_due_days, within.counted_days, within.amount] == [13, 0, 25_000]
    whole = delinquency.of_loan(dues, DAY + 48, 3, pause, delinquency.WHOLE)
    assert [whole.past_due_days, whole.counted_days] == [33, 15]
    assert delinquency.is_paused(pause, DAY + 25)
    assert delinquency.resumed(pause, DAY + 20) == [Pause(DAY + 10, DAY + 20)]


def test_income_is_accrued_by_days_and_its_rest_at_the_end() -> None:
    terms = PLAIN_LOAN._replace(installments=1, rate_ppm=120_000, recalculation=said.NO_RECALCULATION)
    loan = drawn(terms)
    first = loan_accrual.through(loan, DAY + 1, [])
    assert [(each.day - DAY, each.interest) for each in first] == [(1, 33)]
    second = loan_accrual.through(loan, DAY + 2, first)
    assert [each.interest for each in second] == [33]
    done = apply(loan, paid(2, DAY + 31, total_left(loan.dues))).loan
    assert loan_accrual.through(done, DAY + 40, first + second) == []
    assert loan_accrual.at_end(done, DAY + 31, first + second)[0].interest == loan.dues[0].owed[INTEREST] - 66


def test_a_loan_sold_and_bought_back_changes_owners_when_the_day_is_closed() -> None:
    history = ownership.asked([], ownership.SALE, 100, 120)
    assert not ownership.is_sold(ownership.closed(history, 119), 121)
    history = ownership.closed(history, 121)
    assert ownership.is_sold(history, 121)
    history = ownership.closed(ownership.asked(history, ownership.BUYBACK, 125, 130), 131)
    assert [line.until for line in history] == [120, 130, 130]
    assert not ownership.is_sold(history, 131)


def test_equal_shares_give_the_last_what_is_left_over() -> None:
    assert evenly(27_500, 3, 1) == [9_167, 9_167, 9_166]
    assert evenly(3, 4, 1) == [1, 1, 1, 0]
