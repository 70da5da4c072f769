"""The features of a sealed day, on a small book of lines with different cycle days."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

FIRST, DAY, LAST = date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 31)
LIMIT = 1_000_000
SPENDS = {"payer": 90_000, "late": 60_000, "tenth": 80_000, "new": 50_000}


@pytest.fixture(scope="module")
def book(module_db: str) -> SimpleNamespace:
    """Five lines, closed to the end of June: a payer, one who is late, a cycle on the 10th, one idle, one new."""
    from duecourse.book import close
    from duecourse.borrowers import people
    from duecourse.servicing import accounts, payments, purchases

    borrowers = people.enrol(source="test", references=["payer", "late", "tenth", "idle", "new"])
    ids: dict[str, int] = {}
    paid: dict[str, list[tuple[date, int]]] = {}

    def opened(name: str, borrower: int, on: date, **changed: int) -> None:
        ids[name] = accounts.open_line(
            number=name, borrower_id=borrower, product="card_tw_2005", limit_minor=LIMIT, on=on, **changed
        )

    def pays(name: str, amount: int, on: date) -> int:
        paid.setdefault(name, []).append((on, amount))
        return payments.receive(
            account=ids[name], amount_minor=amount, received_on=on, key=f"pay {name} {on} {len(paid[name])}"
        ).entry_id

    opened("payer", borrowers[0], FIRST)
    opened("late", borrowers[1], FIRST)
    opened("tenth", borrowers[2], FIRST, cycle_day=10)
    opened("idle", borrowers[3], FIRST)
    day = FIRST
    while day <= DAY:
        if day == date(2026, 4, 20):
            opened("new", borrowers[4], day)
        for name, amount in SPENDS.items():
            if day.day == 5 and name in ids and not (name == "late" and day.month > 3):
                purchases.authorise(account=ids[name], amount_minor=amount, on=day, key=f"buy {name} {day}")
        if day.day == 12 and day.month > 1:
            pays("payer", 10_000 + 5_000 * day.month, day)
        if day.day == 25 and day.month in (2, 5):
            pays("late", 3_000, day)
        if day.day == 20:
            pays("tenth", 20_000, day)
        close.through(day)
        day += timedelta(days=1)
    return SimpleNamespace(ids=ids, paid=paid, pays=pays, told={})


def row(name: str, day: date, book: SimpleNamespace) -> dict[str, Any]:
    """The features of one account on a day; those of a day are computed once for all accounts."""
    from duecourse.risk import features

    if day not in book.told:
        book.told[day] = features.table(day).to_pyarrow().to_pylist()
    return next(one for one in book.told[day] if one["account_id"] == book.ids[name])


def bills(name: str, day: date, book: SimpleNamespace) -> list[tuple[date, int, int]]:
    """The statements of an account up to a day, the newest first: cycle day, balance, own minimum."""
    from duecourse.servicing.tables import Statement

    found = Statement.objects.filter(account_id=book.ids[name], cycle_on__lte=day, version=1).order_by("-cycle_on")
    return [(one.cycle_on, one.balance, one.minimum - one.past_due) for one in found]


def paid_between(name: str, after: date, until: date, book: SimpleNamespace) -> int:
    return sum(amount for on, amount in book.paid[name] if after < on <= until)


@pytest.mark.parametrize(("name", "day"), [("payer", DAY), ("tenth", date(2026, 6, 10))])
def test_features_on_a_cycle_day_are_those_of_the_last_six_statements(
    book: SimpleNamespace, name: str, day: date
) -> None:
    found = row(name, day, book)
    told = bills(name, day, book)[:6]
    assert len(told) == 6
    balances = [balance for _, balance, _ in told]
    paid = [paid_between(name, told[k + 1][0], told[k][0], book) for k in range(5)]
    shares = [min(paid[k] / balances[k + 1], 1) for k in range(5)]
    charged = [balances[k] - balances[k + 1] + paid[k] for k in range(5)]
    expected = {
        "limit_minor": LIMIT,
        "utilisation": balances[0] / LIMIT,
        "utilisation_highest": max(balances) / LIMIT,
        "utilisation_recent": sum(balances[:3]) / 3 / LIMIT,
        "headroom_usual_minor": LIMIT - sum(balances) / 6,
        "balance_swing": (max(balances) - min(balances)) / LIMIT,
        "utilisation_change": (balances[0] - balances[5]) / LIMIT,
        "balance_minor": balances[0],
        "paid_minor": paid[0],
        "paid_before_minor": paid[1],
        "paid_least_minor": min(paid[:3]),
        "paid_most_minor": max(paid),
        "paid_least_of_balance": min(paid) / balances[0],
        "share_paid_least": min(paid[k] / balances[k + 1] for k in range(5)),
        "share_paid_recent": sum(paid[:3]) / sum(balances[1:4]),
        "share_paid": sum(shares) / 5,
        "months_unpaid": sum(one == 0 for one in paid),
        "months_paid_in_full": sum(one >= 1 for one in shares),
        "minimums_paid": min(paid[0] / told[1][2], 20),
        "minimum_to_usual": min(told[0][2] / (sum(paid[:3]) / 3 + 1), 20),
        "charged_usual_minor": sum(charged) / 5,
        "charged_most_minor": max(charged),
        "charged_swing": (max(charged) - min(charged)) / LIMIT,
        "months_without_balance": 0,
        "missed_now": found["missed"],
    }
    assert {feature: found[feature] for feature in expected} == pytest.approx(expected)
    assert found["awaits_statement"] is False


def test_months_count_for_more_the_newer_they_are(book: SimpleNamespace) -> None:
    ends = [on for on, _, _ in bills("late", DAY, book)][:6]
    paid = [paid_between("late", ends[k + 1], ends[k], book) for k in range(5)]
    assert paid == [0, 3_000, 0, 0, 3_000]
    found = row("late", DAY, book)
    assert found["months_unpaid_weighed"] == 16 + 4 + 2
    assert found["months_paid_round"] == found["months_paid_very_round"] == 2
    assert found["months_paid_round_weighed"] == 4 + 1
    payer = row("payer", DAY, book)  # 40,000 35,000 30,000 25,000 20,000
    assert payer["months_unpaid_weighed"] == 0
    assert (payer["months_paid_round"], payer["months_paid_very_round"]) == (5, 3)


def test_how_round_an_amount_is_does_not_depend_on_the_unit_that_it_is_counted_in() -> None:
    import ibis

    from duecourse.risk.features.line_months import how_round

    told = {0: 0, 500: 2, 3_000: 2, 1_200: 1, 10_100: 0, 1_234: 0, 90_000: 2, 99_000: 1, 99_900: 0, 123_456_789: 0}
    for unit in (10, 100, 10_000):
        amounts = ibis.memtable({"amount": [amount * unit for amount in told]})
        found = amounts.mutate(round=how_round(amounts.amount)).to_pyarrow().to_pylist()
        assert {one["amount"] // unit: one["round"] for one in found} == told


def test_a_line_that_was_late_carries_its_months_past_due(book: SimpleNamespace) -> None:
    from duecourse.book import read

    missed = []
    for end in (DAY, date(2026, 5, 31), date(2026, 4, 30), date(2026, 3, 31), date(2026, 2, 28)):
        told = {one["account_id"]: one["missed"] for one in read.day(end).to_pyarrow().to_pylist()}
        missed.append(told[book.ids["late"]])
    found = row("late", DAY, book)
    assert missed[0] > 0
    assert found["in_order"] is False
    assert found["missed_now"] == missed[0]
    assert found["missed_most"] == max(missed)
    assert found["months_past_due"] == sum(one > 0 for one in missed)


def test_a_line_that_nobody_used_owes_nothing_and_has_no_minimum_ahead(book: SimpleNamespace) -> None:
    found = row("idle", DAY, book)
    assert found["in_order"] is False
    assert found["balance_minor"] == 0
    assert found["months_without_balance"] == 6


def test_months_before_the_opening_are_not_taken_for_months_without_a_balance(book: SimpleNamespace) -> None:
    found = row("new", DAY, book)
    assert found["months_without_balance"] == 1
    assert found["months_unpaid"] == 1
    assert found["paid_before_minor"] == 0
    assert row("new", date(2026, 4, 30), book)["paid_minor"] is None


def test_once_the_minimum_is_met_the_day_itself_ends_the_month(book: SimpleNamespace) -> None:
    before, after = row("payer", date(2026, 6, 11), book), row("payer", date(2026, 6, 12), book)
    assert before["awaits_statement"] is False
    assert before["paid_minor"] == paid_between("payer", date(2026, 4, 30), date(2026, 5, 31), book)
    assert after["awaits_statement"] is True
    assert after["paid_minor"] == 40_000
    assert after["balance_minor"] == after["owed_minor"]
    assert after["in_order"] is True


def test_a_day_that_is_not_sealed_is_refused(book: SimpleNamespace) -> None:
    from duecourse.book.read import NotSealed
    from duecourse.risk import features

    with pytest.raises(NotSealed):
        features.table(LAST + timedelta(days=1))


def test_features_by_sql_that_another_day_was_compiled_to_are_those_of_the_days_own_expression(
    book: SimpleNamespace,
) -> None:
    from duecourse.risk import features
    from duecourse.risk.features import compiled

    features.LINES.made(date(2026, 5, 31)).arrow()
    kept = dict(compiled._KEPT)
    for day in (date(2026, 5, 31), date(2026, 6, 15), DAY):
        made = features.LINES.made(day)
        own = made.expression().order_by("account_id").to_pyarrow()
        assert own.num_rows > 1
        assert made.arrow("ORDER BY account_id").equals(own)
        assert features.LINES.in_order(day).equals(own.filter(own.column("in_order")))
    assert kept == compiled._KEPT, "the days after the first compile nothing"


def test_nothing_that_is_booked_later_changes_the_features_of_a_day(book: SimpleNamespace) -> None:
    from duecourse.book import close, parquet
    from duecourse.risk import features
    from duecourse.servicing import payments, purchases

    days = (date(2026, 5, 31), date(2026, 6, 15), DAY)
    before = [features.table(day).order_by("account_id").to_pyarrow() for day in days]
    book.pays("payer", 30_000, date(2026, 5, 20))
    book.pays("late", 100_000, date(2026, 6, 1))
    made = book.pays("tenth", 15_000, DAY + timedelta(days=1))
    purchases.authorise(account=book.ids["payer"], amount_minor=70_000, on=DAY + timedelta(days=1), key="buy later")
    close.through(date(2026, 7, 10))
    payments.reverse(account=book.ids["tenth"], entry=made, reason="bounced", by="test", key="bounced")
    close.through(LAST)
    for day in days:
        (parquet.folder(day) / "day.parquet").unlink(missing_ok=True)
    after = [features.table(day).order_by("account_id").to_pyarrow() for day in days]
    assert before == after
    assert features.table(LAST).order_by("account_id").to_pyarrow() != after[-1]
