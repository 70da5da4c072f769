"""A simulated year under a strategy: without effects all end alike, with them contact counts; the page tells which."""

from datetime import date

import pytest

pytestmark = pytest.mark.usefixtures("db")
FIRST = date(2025, 1, 1)


def test_without_effects_the_strategies_end_alike_and_with_them_they_do_not() -> None:
    from duecourse.recovery import strategy
    from duecourse.rules import house_strategies, year_terms
    from duecourse.simulator import treated, year_page

    candidates = {name: strategy.read(text) for name, text in house_strategies.texts().items()}
    short = {"persons": 400, "seed": 3, "first": FIRST, "warm_up": 45, "length": 75}
    none = {name: treated.year(one, scale=0.0, **short) for name, one in candidates.items()}
    assert len({str(one.late) for one in none.values()}) == 1
    assert none["do_nothing"].contacts == none["do_nothing"].complaints == 0
    daily = none["call_everyone_daily"]
    assert daily.most_in_a_week == 7
    assert 0 < none["default"].contacts < daily.contacts / 3
    assert none["default"].cost_minor < daily.cost_minor
    strong = treated.year(candidates["default"], scale=3.0, **short)
    assert sum(strong.late[30]) < sum(none["default"].late[30])
    assert strong.plans >= strong.plans_kept
    for language in ("en", "zh"):
        page = year_page.page(
            {"default": strong},
            [("default", 0.0, 0.1), ("default", 1.0, 0.09)],
            year_terms.year_terms(on=FIRST),
            language,
        )
        assert page.count("<picture>") == 3
        assert year_page.WORDS[language]["warning"] in page
