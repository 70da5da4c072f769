"""A simulated year under a strategy: without effects all end alike, with them contact counts; the page tells which."""

from datetime import date
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("db")
FIRST = date(2025, 1, 1)


def candidates() -> dict[str, Any]:
    from duecourse.recovery import strategy
    from duecourse.rules import house_strategies

    return {name: strategy.read(text) for name, text in house_strategies.texts().items()}


def test_without_effects_the_strategies_end_alike_and_with_them_they_do_not() -> None:
    from duecourse.rules import year_terms
    from duecourse.simulator import treated

    effects = [one.rule for one in year_terms.year_terms(on=FIRST).effects]
    begun = treated.begin(persons=400, seed=3, first=FIRST, warm_up=45)

    def lived(name: str, factors: dict[str, float]) -> Any:
        return treated.go_on(begun, candidates()[name], factors=factors, length=75)

    nothing = dict.fromkeys(effects, 0.0)
    none = {name: lived(name, nothing) for name in candidates()}
    assert len({str(one.late) for one in none.values()}) == 1
    assert none["do_nothing"].contacts == none["do_nothing"].complaints == 0
    daily = none["call_everyone_daily"]
    assert daily.most_in_a_week == 7
    assert 0 < none["default"].contacts < daily.contacts / 3
    assert none["default"].cost_minor < daily.cost_minor
    strong = lived("default", dict.fromkeys(effects, 3.0))
    assert sum(strong.late[30]) < sum(none["default"].late[30])
    assert strong.plans >= strong.plans_kept
    in_time = lived("default", {**nothing, "EV-04": 3.0})
    assert sum(in_time.late[30]) < sum(none["default"].late[30]), "one effect by itself works"
    assert in_time.plans == in_time.complaints == 0


def test_each_effect_is_swept_by_itself_and_shown_with_its_source() -> None:
    from duecourse.rules import year_terms
    from duecourse.simulator import swept, treated, year_page

    terms = year_terms.year_terms(on=FIRST)
    assert {"EV-01", "EV-03", "EV-04"} <= {one.rule for one in terms.effects}
    house = {name: one for name, one in candidates().items() if name != "call_everyone_daily"}
    begun = treated.begin(persons=120, seed=5, first=FIRST, warm_up=75)
    points = swept.sweep(house, begun, factors=(0.0,), length=8)
    assert len(points) == 2 * 2 * (1 + len(terms.effects))
    ends = {one.late for one in points if (one.effect, one.factor) == (swept.ALL, 0.0)}
    assert len(ends) == 1
    assert min(ends) > 0, "there are some who are late"
    assert {one.complaints for one in points if (one.effect, one.factor) == ("HOUSE-YEAR-04", 0.0)} == {0.0}
    year = treated.year(house["default"], persons=120, seed=5, first=FIRST, warm_up=75, length=8)
    assert year.contacts > 0
    assert {one.late for one in points if (one.strategy, one.factor) == ("default", 1.0)} == {
        sum(year.late[30]) / len(year.late[30])
    }
    words = year_page.WORDS["zh"]
    assert words.keys() == year_page.WORDS["en"].keys()
    page = year_page.page({"default": year}, points, terms, "zh")
    assert page.count("<picture>") == 3 + len(terms.effects)
    assert all(effect.rule in page and effect.zh in page for effect in terms.effects)
    assert all(words[name] in page for name in ("warning", "swept", "each", "unverified"))
