"""Shares round so that all who hold sum to the whole, over any postings and agreements."""

from hypothesis import given
from hypothesis import strategies as st

from duecourse.kernel import shares as s
from duecourse.kernel.money import AMOUNT_MAX, PPM
from duecourse.kernel.shares import LENDER, NOTHING, Change, Shares, Whole

amounts = st.integers(0, AMOUNT_MAX)
wholes = st.builds(Whole, amounts, amounts, amounts, amounts, amounts.map(lambda one: -one), amounts.map(int.__neg__))


@st.composite
def agreements(draw: st.DrawFn) -> Shares:
    """Up to four funders whose shares and rates are within the account's."""
    cuts = sorted(draw(st.lists(st.integers(0, PPM), min_size=1, max_size=4)))
    parts = [upper - lower for lower, upper in zip([0, *cuts], cuts, strict=False)]
    parts = [part for part in parts if part]
    rate_ppm = draw(st.sampled_from((0, 1, 120_000, 999_983)))
    rates = [draw(st.integers(0, rate_ppm)) for _ in parts]
    bears = tuple(part * rate for part, rate in zip(parts, rates, strict=True))
    return Shares(tuple(range(1, len(parts) + 1)), tuple(parts), bears, rate_ppm)


@given(whole=wholes, agreed=agreements())
def test_all_who_hold_sum_to_the_whole_and_none_holds_more(whole: Whole, agreed: Shares) -> None:
    held = s.split(whole, agreed)
    assert s.whole_of(held) == whole
    for one in held.values():
        assert all(0 <= part <= all_of for part, all_of in zip(one[:4], whole[:4], strict=True))
    if sum(agreed.shares_ppm) == PPM:
        assert held[LENDER].principal == 0


@given(
    first=wholes,
    steps=st.lists(st.tuples(wholes, wholes), max_size=5),
    agreed=st.tuples(agreements(), agreements()),
    prices=st.dictionaries(st.integers(1, 4), amounts, max_size=3),
)
def test_it_does_not_matter_in_how_many_postings_a_balance_came_to_be(
    first: Whole, steps: list[tuple[Whole, Whole]], agreed: tuple[Shares, Shares], prices: dict[int, int]
) -> None:
    """Shares follow the balance: nothing is lost on the way, whatever was posted and whoever funded before."""
    held: dict[int, Whole] = {LENDER: first}
    moved = s.begin(held, agreed[0], 1)
    held |= {one.party: one.held for one in moved}
    for day, (paid, earned) in enumerate(steps):
        cash = Whole(*(-part for part in paid[:4]), 0, 0)
        step = s.post(held, agreed[0], Change(day, cash, earned, 0, day + 1))
        assert sum(one.cash for one in step) == paid.owed
        assert sum(one.income for one in step) == sum(earned)
        assert all(one.held == held.get(one.party, NOTHING).plus(one.change) for one in step)
        held |= {one.party: one.held for one in step}
        moved += step
    prices = {party: price for party, price in prices.items() if party in {*held, *agreed[1].parties}}
    then, at_par = s.begin(held, agreed[1], 9, prices), s.begin(held, agreed[1], 9)
    assert sum(one.cash for one in then) == sum(one.cash for one in at_par) == 0
    par = {one.party: one for one in at_par}
    for one in then:
        assert one.party not in par or (one.change, one.held) == par[one.party][3:7:3], "a price moves no share"
        assert (one.cause == s.PRICED) == (one.party in prices)
        if one.party in prices:
            assert abs(one.cash) == prices[one.party]
    assert sum(one.income for one in then) == sum(one.income for one in at_par)
    held |= {one.party: one.held for one in then}
    direct = s.split(s.whole_of(held), agreed[1])
    assert {party: one for party, one in held.items() if one != NOTHING} == {
        party: one for party, one in direct.items() if one != NOTHING
    }


@given(whole=wholes, agreed=agreements(), cap=st.integers(0, 2 * AMOUNT_MAX), guarantor=st.integers(0, 5))
def test_a_guarantee_is_paid_up_to_its_cap_and_moves_no_more_than_was_paid_for(
    whole: Whole, agreed: Shares, cap: int, guarantor: int
) -> None:
    held = s.split(whole, agreed)
    for party in agreed.parties:
        if party == guarantor or held[party].principal + held[party].interest == 0:
            continue
        paid = s.guarantee(held, agreed, party, guarantor, cap, 1)
        assert 0 <= paid.principal + paid.interest <= cap
        assert sum(one.change.principal for one in paid.moved) == 0
        after = {**held, **{one.party: one.held for one in paid.moved}}
        assert s.whole_of(after) == whole
        if held[party].principal + held[party].interest <= cap:
            assert after[party].principal == after[party].interest == 0
        assert sum(one.cash for one in paid.moved) == 0
        for other in agreed.parties:
            if other not in (party, guarantor):
                assert after[other] == held[other], "nobody else's share moves"
        got = [one for one in paid.moved if one.party == party]
        assert not got or got[0].cash == paid.principal + paid.interest
