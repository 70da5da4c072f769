"""Whatever the bank answers and however often, a mandate takes no more than was due nor than it allows."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from duecourse.kernel import debit
from duecourse.kernel.debit import Attempt, AttemptRule, DebitTerms, Mandate

FIRST = 20_000
terms = st.builds(
    DebitTerms,
    days_before=st.integers(0, 2),
    window_days=st.integers(0, 30),
    tries=st.integers(1, 9),
    retry_days=st.integers(0, 3),
    same_day=st.integers(0, 1),
)
mandates = st.builds(
    Mandate,
    takes=st.sampled_from((debit.MINIMUM, debit.STATEMENT, debit.INSTALLMENT, debit.FIXED)),
    fixed=st.integers(1, 2_000),
    limit=st.sampled_from((0, 0, 300, 1_000)),
    sources=st.integers(1, 3),
    since=st.just(0),
)
laws = st.lists(
    st.builds(AttemptRule, most=st.integers(0, 3), in_a_row=st.integers(0, 1), whole=st.integers(0, 1)), max_size=2
)
answers = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from((debit.SENT, debit.PAID, debit.FAILED, debit.UNKNOWN)),
        st.integers(1, 10**4),
        st.integers(0, 9),
    ),
    max_size=60,
)


def settle(past: list[Attempt], place: int, result: int, part: int) -> int:
    """Answer an order as `debits.settled` takes it: what is final stays; answers what is newly taken."""
    was = past[place]
    if was.result in (debit.PAID, debit.FAILED) or result == debit.SENT:
        return 0
    taken = min(part, was.amount) if result == debit.PAID else 0
    past[place] = was._replace(result=result, taken=taken)
    return taken


@given(mandates, terms, laws, st.integers(1, 3_000), answers)
def test_no_sequence_of_answers_takes_more_than_was_due_or_allowed(
    mandate: Mandate, told: DebitTerms, rules: Sequence[AttemptRule], due: int, steps: list[tuple[int, int, int, int]]
) -> None:
    past: list[Attempt] = []
    left, day = due, FIRST - 2
    for later, result, part, which in steps:
        day += later
        owed = debit.asked_of(mandate, left, left)
        found = debit.decide(mandate, told, rules, due_on=FIRST, day=day, owed=owed, past=past)
        if any(one.result in (debit.SENT, debit.UNKNOWN) for one in past):
            assert found.what == debit.UNRESOLVED
        if found.what == debit.TAKE:
            assert 0 < found.amount <= left
            assert FIRST - told.days_before <= day <= FIRST - told.days_before + told.window_days
            for rule in rules:
                assert not rule.most or debit.refused(past, rule.in_a_row) < rule.most
                assert not rule.whole or found.amount == owed
            past.append(Attempt(FIRST, found.source, day, found.amount, debit.SENT, 0))
        if past:
            left -= settle(past, which % len(past), result, part)
    taken = sum(one.taken for one in past)
    assert taken == due - left
    assert taken <= due
    assert mandate.limit == 0 or taken <= mandate.limit
    assert mandate.takes != debit.FIXED or taken <= mandate.fixed
    assert len(past) <= told.tries


@given(mandates, terms, st.integers(1, 3_000), st.integers(1, 3_000), st.integers(0, 9))
def test_no_more_is_taken_than_the_notice_names_and_not_before_its_days(
    mandate: Mandate, told: DebitTerms, due: int, named: int, days: int
) -> None:
    owed = debit.asked_of(mandate, due, due)
    notice = debit.Notice(FIRST - 5, named)
    for day in range(FIRST - 5, FIRST + 40):
        found = debit.decide(
            mandate, told, (), due_on=FIRST, day=day, owed=owed, past=[], notice=notice, notice_days=days
        )
        if found.what == debit.TAKE and days:
            assert found.amount <= named
            assert day >= notice.given_on + days
        without = debit.decide(mandate, told, (), due_on=FIRST, day=day, owed=owed, past=[], notice_days=days)
        assert not days or without.what == debit.NO_NOTICE
