"""What must always hold of one line, over drawn terms and drawn histories."""

from collections.abc import Iterator
from fractions import Fraction

import histories as h
from effort import examples
from histories import History, Touch
from hypothesis import given
from hypothesis import strategies as st

from duecourse.kernel import accrual, ageing, days, evening
from duecourse.kernel.account import WIDTH, Account, due_left, owed_total, principal_total
from duecourse.kernel.money import portion
from duecourse.kernel.posting import PAYMENT, PURCHASE
from duecourse.kernel.terms import LineTerms

some = examples(120)


def net(account: Account) -> int:
    return owed_total(account) - account.credit


def missed(touch: Touch) -> list[int]:
    return [at for at in range(0, len(touch.dues), WIDTH) if touch.dues[at] <= touch.after.day]


def still_open(touch: Touch) -> list[int]:
    return [at for at in range(0, len(touch.dues), WIDTH) if touch.dues[at] > touch.after.day]


@some
@given(h.terms(), h.histories())
def test_closing_day_by_day_equals_jumping_from_event_to_event(terms: LineTerms, history: History) -> None:
    daily, jumped = h.run(terms, history), h.run(terms, history, jump=True)
    assert daily[-1].after == jumped[-1].after
    assert daily[-1].dues == jumped[-1].dues
    nights = [
        [(touch.after.day, touch.night) for touch in run if touch.night and any(touch.night)] for run in (daily, jumped)
    ]
    assert nights[0] == nights[1]
    count = len(daily[-1].dues) // WIDTH
    coming = [evening.next_event(run[-1].after, run[-1].dues, 0, count, terms) for run in (daily, jumped)]
    assert coming[0] == coming[1]


@some
@given(h.terms(), h.histories())
def test_money_is_conserved(terms: LineTerms, history: History) -> None:
    for touch in h.run(terms, history, jump=True):
        moved = net(touch.after) - net(touch.before)
        if touch.event:
            assert moved == touch.event.amount * (1 if touch.event.kind == PURCHASE else -1)
        elif touch.night:
            assert moved == touch.night.interest + touch.night.penalty + touch.night.fee
            assert touch.before.credit - touch.after.credit == touch.night.credit_used
            suspended = touch.after.suspended - touch.before.suspended
            assert suspended == touch.night.suspended - touch.night.recognised


@some
@given(h.terms(), h.histories())
def test_interest_is_the_base_times_rate_times_days_to_the_last_fraction(terms: LineTerms, history: History) -> None:
    units = accrual.carry_units(terms.year_days)
    for touch in h.run(terms, history, jump=True):
        if touch.event:
            assert touch.after.accrued == touch.before.accrued
            continue
        count = len(touch.dues_before) // WIDTH
        base = accrual.bases(touch.before, touch.dues_before, 0, count, terms)
        days = [year_fraction(day, terms) for day in range(touch.before.day + 1, touch.after.day + 1)]
        late_days = touch.night.late_days if touch.night else 0
        ordinary = (base.ordinary * sum(days) + late_days * days[-1]) * terms.rate_ppm / 1_000_000 * units
        late = base.late * sum(days) * terms.late_rate_ppm / 1_000_000 * units
        charged = (touch.night.interest, touch.night.penalty) if touch.night else (0, 0)
        was, now = touch.before.accrued, touch.after.accrued
        assert ordinary == (now.interest - was.interest + charged[0]) * units + now.interest_carry - was.interest_carry
        assert late == (now.penalty - was.penalty + charged[1]) * units + now.penalty_carry - was.penalty_carry


def year_fraction(day: int, terms: LineTerms) -> Fraction:
    return Fraction(1, terms.year_days or 365 + days.is_leap(days.civil(day).year))


@some
@given(h.terms(), h.histories())
def test_the_parts_of_an_account_agree(terms: LineTerms, history: History) -> None:
    for touch in h.run(terms, history, jump=True):
        account, dues, principal, owed = touch.after, touch.dues, touch.after.principal, touch.after.owed
        assert min(*principal, *owed, account.credit, *account.accrued, *account.kept, account.suspended, 0) == 0
        assert account.credit == 0 or owed_total(account) == 0
        assert owed.unbilled_fee <= owed.fee
        assert account.suspended <= owed.interest + owed.penalty
        assert principal.past_due == sum(dues[at + 1] for at in missed(touch))
        assert sum(dues[at + 1] for at in still_open(touch)) <= principal.window + principal.revolving
        assert len(still_open(touch)) <= 1
        for component, total in ((2, owed.interest), (3, owed.fee - owed.unbilled_fee), (4, owed.penalty)):
            assert sum(dues[component::WIDTH]) <= total
        for at in range(0, len(dues), WIDTH):
            assert due_left(dues, at) > 0
        assert list(dues[::WIDTH]) == sorted(set(dues[::WIDTH]))
        billed = principal_total(principal) - principal.unbilled - principal.bearing
        assert account.statement_left == billed + owed.interest + owed.penalty + owed.fee - owed.unbilled_fee
        assert account.due_on == 0 or account.due_on > account.day or touch.event
        assert principal.window == 0 or account.due_on != 0
        assert account.kept.window == 0 or account.due_on != 0
        if touch.night and touch.night.statement:
            assert touch.night.minimum <= max(touch.night.balance, 0)
            assert touch.night.past_due == sum(due_left(dues, at) for at in missed(touch))


@some
@given(h.terms(), h.histories())
def test_days_past_due_never_fall_without_money(terms: LineTerms, history: History) -> None:
    last = 0
    for touch in h.run(terms, history):
        if touch.event:
            last = 0
            continue
        oldest = ageing.oldest_due(touch.dues, 0, len(touch.dues) // WIDTH)
        late = ageing.days_past_due(oldest, touch.after.day, terms.first_day)
        assert late >= last
        last = late


@some
@given(h.terms(), h.histories())
def test_a_missed_minimum_bears_one_late_fee(terms: LineTerms, history: History) -> None:
    seen: set[int] = set()
    for touch in h.run(terms, history):
        if touch.night and touch.night.fee:
            day = touch.after.day - terms.grace_days
            assert day in touch.dues[::WIDTH]
            assert day not in seen
            assert touch.night.fee <= touch.dues[touch.dues.index(day, 0) + 5]
            seen.add(day)


def forks(terms: LineTerms, history: History, less: int, more: int, jump: bool) -> Iterator[tuple[Touch, Touch]]:
    """The same account after a smaller and after a larger payment on the last day, and each day after that."""
    runs = [
        h.run(terms, history._replace(events=(*history.events, h.Event(history.end, PAYMENT, pay))))
        for pay in (less, more)
    ]
    yield from zip(*[[run[-2], run[-1]] for run in runs], strict=True)
    if jump:
        later = [h.run_from(terms, run[-1].after, run[-1].dues, (), history.end + 120) for run in runs]
        yield from zip(*later, strict=True)


def exactly_owed(account: Account, terms: LineTerms) -> int:
    """Owed and accrued, in parts of a minor unit."""
    units = accrual.carry_units(terms.year_days)
    accrued = account.accrued
    return (net(account) + accrued.interest + accrued.penalty) * units + accrued.interest_carry + accrued.penalty_carry


payments = st.tuples(st.integers(1, 100_000), st.one_of(st.integers(1, 50), st.integers(1, 100_000)))


@some
@given(h.terms(), h.histories(), payments)
def test_a_larger_payment_leaves_less_owed_that_day(terms: LineTerms, history: History, pays: tuple[int, int]) -> None:
    for smaller, larger in forks(terms, history, pays[0], sum(pays), jump=False):
        assert net(larger.after) < net(smaller.after)
        assert len(larger.dues) <= len(smaller.dues)


@some
@given(h.terms(), h.histories(length=90), payments)
def test_a_larger_payment_never_leaves_more_owed_later(
    terms: LineTerms, history: History, pays: tuple[int, int]
) -> None:
    """The late rate is at least the ordinary one; otherwise missing a minimum is a gift that no payment can match."""
    terms = terms._replace(late_rate_ppm=max(terms.rate_ppm, terms.late_rate_ppm))
    for smaller, larger in forks(terms, history, pays[0], sum(pays), jump=True):
        assert exactly_owed(larger.after, terms) <= exactly_owed(smaller.after, terms)


@given(st.integers(0, 2**45 - 1), st.integers(0, 10**10), st.integers(1, 10**10))
def test_a_portion_is_exact(amount: int, part: int, whole: int) -> None:
    part, whole = min(part, whole), max(part, whole)
    assert portion(amount, part, whole) == amount * part // whole
