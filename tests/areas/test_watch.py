"""The watch list: its order, its end, its control group; what contacts did, and how long to wait to know."""

import math
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from duecourse.risk import uplift, watch_order
from duecourse.rules import watch_terms
from duecourse.rules.watch_terms import WatchTerms

TERMS = WatchTerms(avoided_ppm=100_000, lost_ppm=500_000, control_ppm=200_000)


def listed(chance: list[int], owed: list[int], **asked: int) -> pa.Table:
    told = {"capacity": 1_000, "cost_minor": 0} | asked
    ids = np.arange(1, len(chance) + 1)
    table = pa.table({"account_id": ids, "chance_ppm": chance, "owed_minor": owed})
    return watch_order.in_order(table, TERMS, "first", **told)


def test_a_list_is_in_order_of_expected_loss_avoided_not_of_chance() -> None:
    table = listed([900_000, 100_000, 500_000], [1_000, 90_000, 8_000])
    assert table.column("account_id").to_pylist() == [2, 3, 1]
    assert table.column("avoided_minor").to_pylist() == [450, 200, 45]
    assert table.column("place").to_pylist() == [1, 2, 3]


def test_a_list_ends_where_a_contact_costs_more_than_it_avoids() -> None:
    chance, owed = [500_000] * 4, [40_000, 30_000, 20_000, -5_000]
    assert listed(chance, owed, cost_minor=500).column("avoided_minor").to_pylist() == [1_000, 750]
    assert listed(chance, owed).num_rows == 3


def test_the_capacity_counts_contacts_and_the_control_group_comes_on_top() -> None:
    count = 2_000
    table = listed([200_000] * count, list(range(10_000, 10_000 + count)), capacity=800)
    drawn = table.column("drawn").to_pylist()
    assert drawn.count(watch_order.CONTACT) == 800
    assert drawn[-1] == watch_order.CONTACT
    assert 150 < drawn.count(watch_order.CONTROL) < 250
    is_control = watch_order.in_control(table.column("account_id").to_numpy(), "first", TERMS.control_ppm)
    assert [one == watch_order.CONTROL for one in drawn] == is_control.tolist()


def test_a_group_is_drawn_by_the_hash_of_experiment_and_account_alone() -> None:
    ids = np.arange(1, 20_001)
    first, again, other = (watch_order.in_control(ids, name, 100_000) for name in ("first", "first", "other"))
    assert (first == again).all()
    assert 1_850 < first.sum() < 2_150
    assert 130 < (first & other).sum() < 270, "groups of two experiments are drawn independently"
    assert first[watch_order.in_control(ids, "first", 50_000)].all(), "a smaller control group lies within a larger one"
    assert watch_order.hashed("first", 7) == 10_624_751_483_339_042_690, "as sha256sum says of first:7"


@pytest.mark.parametrize(
    "changed", [{"avoided_ppm": 0}, {"avoided_ppm": 1_000_001}, {"lost_ppm": 0}, {"control_ppm": 1_000_000}]
)
def test_shares_that_are_none_are_refused(changed: dict[str, int]) -> None:
    from duecourse.rules.fields import TermsRefused

    with pytest.raises(TermsRefused, match=next(iter(changed))):
        watch_terms.checked(TERMS._replace(**changed), where="here")
    assert watch_terms.checked(TERMS._replace(control_ppm=0), where="here").control_ppm == 0
    assert watch_terms.watch_terms(on=date(2026, 1, 1)).avoided_ppm == 63_000


def test_one_account_listed_often_tells_less_than_many() -> None:
    missed = np.array([1, 0, 0, 1, 0] * 40)
    alone = uplift.group(np.arange(200), missed)
    alike = uplift.group(np.repeat(np.arange(40), 5), np.repeat(missed[:40], 5))
    assert alone.counting == 200
    assert alike.counting == pytest.approx(40)
    assert alike.share == alone.share
    assert np.ptp(alike.interval()) > 2 * np.ptp(alone.interval())


def test_an_interval_holds_the_effect_about_as_often_as_it_says() -> None:
    drawn = np.random.default_rng(3)
    held = 0
    for _ in range(400):
        contacted, control = drawn.binomial(900, 0.17), drawn.binomial(100, 0.20)
        found = uplift.difference(uplift.Group(900, contacted, 900), uplift.Group(100, control, 100))
        held += found.low <= 0.03 <= found.high
    assert 0.92 < held / 400 < 0.985


def test_so_many_listings_find_the_effect_as_often_as_they_should() -> None:
    needed = uplift.listings_needed(0.2, 0.3, 0.25)
    in_control = round(needed * 0.25)
    drawn = np.random.default_rng(5)
    contacted = drawn.binomial(needed - in_control, 0.14, 2_000) / (needed - in_control)
    control = drawn.binomial(in_control, 0.2, 2_000) / in_control
    mean = 0.75 * contacted + 0.25 * control
    error = np.sqrt(mean * (1 - mean) * (1 / in_control + 1 / (needed - in_control)))
    assert (np.abs(control - contacted) > 1.96 * error).mean() == pytest.approx(uplift.POWER, abs=0.03)


def test_a_smaller_effect_and_a_smaller_control_group_need_more() -> None:
    base = uplift.listings_needed(0.2, 0.2, 0.5)
    assert uplift.listings_needed(0.2, 0.1, 0.5) > 3 * base
    assert uplift.listings_needed(0.2, 0.2, 0.1) > 2 * base
    assert uplift.lists_needed(1_000, [300, 400, 350]) == math.ceil(1_000 / 350)
    assert uplift.lists_needed(0, [300]) == 0
