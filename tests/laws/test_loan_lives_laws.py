"""Lives kept in memory are what a life from the beginning is, however acts come in, and are used where they may be."""

from typing import Any

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from test_loan_laws import START, Life, some_life, stand

from duecourse.kernel import loan_events
from duecourse.kernel.loan_events import Event, Placed
from duecourse.kernel.loan_row import installments_of, row_of
from duecourse.kernel.loan_terms import PLAIN_LOAN

some = examples(40)
LAST = START + 500
"""A day after everything that is drawn."""


@pytest.fixture(scope="module", autouse=True)
def tables_are_known() -> None:
    import django

    django.setup()


def drawn_lives() -> st.SearchStrategy[Life]:
    """Lives in which each act is booked as it comes; some of them are taken back."""

    def booked(life: Life, gone: int) -> Life:
        events = [event._replace(booked_on=LAST) for event in life.events]
        spoken_of = {event.of for event in events}
        rest = [event for event in events[1:] if event.seq not in spoken_of]
        if rest and gone:
            undone = rest[gone % len(rest)]
            events.append(Event(90, loan_events.UNDO, undone.day, LAST, of=undone.seq))
        return Life(life.terms, events)

    return st.builds(booked, some_life(), st.integers(0, 9))


def told(lived: Any, through: int) -> object:
    """All that a life says."""
    loan = lived.loan
    return stand(loan), loan.log, lived.lines, row_of(loan, through + 1, through), installments_of(loan)


@some
@given(drawn_lives())
def test_a_life_gone_on_with_is_the_life_from_the_beginning(life: Life) -> None:
    from duecourse.servicing import loan_life, loan_lives

    begun = loan_life.Begun(None, None, 10**9)
    for count in range(1, len(life.events) + 1):
        events = life.events[:count]
        through = LAST - len(life.events) + count
        again = loan_life.live(life.terms, begun, events, through)
        assert told(loan_lives.live(7, life.terms, begun, events, through), through) == told(again, through)


@some
@given(drawn_lives(), drawn_lives())
def test_the_life_kept_of_an_account_is_not_taken_for_another(one: Life, other: Life) -> None:
    from duecourse.servicing import loan_life, loan_lives

    begun = loan_life.Begun(None, None, 10**9)
    loan_lives.live(7, one.terms, begun, one.events, LAST)
    again = loan_life.live(other.terms, begun, other.events, LAST)
    assert told(loan_lives.live(7, other.terms, begun, other.events, LAST), LAST) == told(again, LAST)


@some
@given(some_life())
def test_what_is_done_to_a_life_that_was_given_out_does_not_change_the_one_kept(life: Life) -> None:
    from duecourse.kernel import loan
    from duecourse.servicing import loan_life, loan_lives

    begun = loan_life.Begun(None, None, 10**9)
    again = told(loan_life.live(life.terms, begun, life.events, LAST), LAST)
    given_out = loan_lives.live(7, life.terms, begun, life.events, LAST)
    paid = Event(99, loan_events.PAYMENT, LAST, LAST, 10_000)
    loan.step(given_out.loan, loan_events.place(paid))
    given_out.lines.clear()
    assert told(loan_lives.live(7, life.terms, begun, life.events, LAST), LAST) == again


@some
@given(drawn_lives(), st.integers(0, 9))
def test_a_life_without_entries_owes_and_asks_what_that_with_them_does(life: Life, first: int) -> None:
    from duecourse.kernel import loan
    from duecourse.servicing import loan_life

    begun = loan_life.Begun(None, None, 10**9)
    whole = loan_life.live(life.terms, begun, life.events, LAST).loan
    bare = loan_life.bare(life.terms, begun)
    reached = loan_life.go_on(bare, life.events)
    now = loan_life.closed(reached, LAST)
    assert (stand(now), loan.quote(now, LAST + 1)) == (stand(whole), loan.quote(whole, LAST + 1))
    assert installments_of(now) == installments_of(whole)
    began = loan_life.go_on(bare, life.events[:first])
    passing = loan_events.in_order(life.events)
    if passing[: len(began.passed)] == began.passed:
        assert stand(loan_life.go_on(began, life.events).loan) == stand(reached.loan)
    else:
        with pytest.raises(AssertionError, match="lies before"):
            loan_life.go_on(began, life.events)


def test_a_payment_in_order_passes_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from duecourse.kernel import loan
    from duecourse.servicing import loan_life, loan_lives

    passed: list[int] = []
    step = loan.step

    def watched(now: Any, placed: Placed) -> None:
        passed.append(placed.seq)
        step(now, placed)

    monkeypatch.setattr(loan, "step", watched)
    begun = loan_life.Begun(None, None, 1_000_000)
    events = [Event(1, loan_events.DRAW, START, START, 1_000_000)]
    events += [
        Event(seq, loan_events.PAYMENT, START + 30 * seq, START + 30 * seq, 50_000 + seq * 777) for seq in range(2, 9)
    ]
    for count in range(1, len(events) + 1):
        loan_lives.live(8, PLAIN_LOAN, begun, events[:count], START + 30 * count + 35)
    assert passed == list(range(1, 9))
    late = Event(9, loan_events.PAYMENT, START + 70, START + 300, 1_000)
    loan_lives.live(8, PLAIN_LOAN, begun, [*events, late], START + 300)
    assert len(passed) == 8 + 9


def test_so_many_lives_are_kept_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    from duecourse.servicing import loan_life, loan_lives

    monkeypatch.setattr(loan_lives, "MOST", 3)
    monkeypatch.setattr(loan_lives, "_kept", type(loan_lives._kept)())
    begun = loan_life.Begun(None, None, 1_000_000)
    for account in range(5):
        loan_lives.live(account, PLAIN_LOAN, begun, [Event(1, loan_events.DRAW, START, START, 1_000_000)], LAST)
    assert list(loan_lives._kept) == [2, 3, 4]
