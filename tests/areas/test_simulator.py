"""Simulated borrowers: the same seed gives the same book, held to the margins of the card data."""

from collections.abc import Iterator
from datetime import date

import pytest


def sums() -> list[tuple[object, ...]]:
    """What a book comes to: entries by kind and day, and balances."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT effective_day, kind, count(*), sum(principal), sum(interest), sum(cash) FROM ledger_entry "
            "GROUP BY 1, 2 ORDER BY 1, 2"
        )
        entries = cursor.fetchall()
        cursor.execute(
            "SELECT account_id, effective_day, category, amount_minor FROM servicing_purchase_category ORDER BY 1, 2"
        )
        entries += cursor.fetchall()
        cursor.execute(
            "SELECT account_id, unbilled, revolving, past_due, interest, credit, dues FROM ledger_balance ORDER BY 1"
        )
        return entries + cursor.fetchall()


@pytest.fixture
def second_db(db: str) -> Iterator[str]:
    """An empty migrated database beside the test's own; the test points the connections to it."""
    import psycopg
    from django.conf import settings

    owner = settings.DATABASES["owner"]
    place = {"host": owner["HOST"], "port": owner["PORT"], "user": owner["USER"], "password": owner["PASSWORD"]}
    name = f"{db}_second"
    with psycopg.connect(dbname="postgres", autocommit=True, **place) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {db} STRATEGY FILE_COPY")
    yield name
    point_to(db)
    with psycopg.connect(dbname="postgres", autocommit=True, **place) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def point_to(name: str) -> None:
    from django.db import connections

    from duecourse.ledger import bulk

    bulk.close_arrow()
    for alias in ("default", "owner"):
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name


def test_the_same_seed_draws_the_same_borrowers_and_plans(server: object) -> None:
    import numpy as np

    from duecourse.simulator import borrowers

    who = borrowers.drawn(200, 7)
    life = borrowers.a_month_on(borrowers.at_first(200, 7), 7, 1)
    seen = borrowers.Seen(*(np.full(200, value) for value in (50_000, 2_500, 0, 20_120)))
    plans = [borrowers.plan(who, life, seen, cycle_on=20_100, span=28, seed=7) for _ in range(2)]
    for once, again in zip(*plans, strict=True):
        assert (once == again).all()
    other = borrowers.plan(who, life, seen, cycle_on=20_100, span=28, seed=8)
    assert len(other.amounts) != len(plans[0].amounts) or (other.amounts != plans[0].amounts).any()


def test_a_plan_stays_between_two_cycle_days_and_moves_whole_amounts(server: object) -> None:
    import numpy as np

    from duecourse.simulator import borrowers

    who = borrowers.drawn(2_000, 3)
    life = borrowers.at_first(2_000, 3)
    seen = borrowers.Seen(who.limit_minor // 2, who.limit_minor // 40, who.limit_minor * 0, np.full(2_000, 20_120))
    plan = borrowers.plan(who, life, seen, cycle_on=20_100, span=28, seed=3)
    assert plan.days.min() > 20_100
    assert plan.days.max() <= 20_128
    assert plan.amounts.min() > 0
    assert plan.amounts.dtype == np.int64


def test_a_strained_borrower_pays_no_more_than_income(server: object) -> None:
    import numpy as np

    from duecourse.simulator import borrowers

    who = borrowers.drawn(5_000, 3)._replace(reserve_months=np.zeros(5_000, np.int64))
    life = borrowers.at_first(5_000, 3)._replace(shock_left=np.ones(5_000, np.int64))
    seen = borrowers.Seen(who.limit_minor, who.limit_minor // 20, who.limit_minor * 0, np.full(5_000, 20_120))
    pays = borrowers.payment(who, life, seen, np.random.default_rng(0))
    assert (pays <= who.income_minor * 4 // 10 + 1).all()
    assert (pays == 0).mean() > 0.5


def test_persons_keep_their_tastes_and_who_lives_on_the_minimum_buys_more_that_is_like_cash(server: object) -> None:
    import numpy as np

    from duecourse.rules import category_terms
    from duecourse.simulator import borrowers, merchants

    count = 4_000
    own, everybody = merchants.tastes(count, 3), np.arange(count)
    life = borrowers.at_first(count, 3)
    bought = np.array([merchants.categories(own, life, everybody, seed=3, day=day) for day in range(20_100, 20_140)])
    few = everybody[::7]
    assert (merchants.categories(own, life, few, seed=3, day=20_100) == bought[0, few]).all()
    assert (merchants.categories(own, life, everybody, seed=4, day=20_100) != bought[0]).mean() > 0.5
    assert set(merchants.LIKE_CASH) <= set(category_terms.cash_like(on=date(2025, 1, 1)))
    cash = np.isin(bought, merchants.LIKE_CASH)
    assert 0.02 < cash.mean() < 0.12
    by_habit = {name: cash[:, life.habit == habit].mean() for habit, name in enumerate(borrowers.HABITS)}
    assert by_habit["erratic"] > by_habit["minimum payer"] > 2 * by_habit["full payer"]
    early, late = (bought[days] == 5411 for days in (slice(20), slice(20, 40)))
    assert np.corrcoef(early.mean(axis=0), late.mean(axis=0))[0, 1] > 0.4


def test_what_merchants_sell_is_kept_with_purchases_and_features_see_it(db: str) -> None:
    from duecourse.ledger import chart
    from duecourse.ledger.tables import Entry
    from duecourse.risk import features
    from duecourse.servicing.tables import PurchaseCategory
    from duecourse.simulator import merchants, run

    run.simulate(accounts=60, months=2, seed=2)
    owed_to_merchants = chart.COUNTERPART[chart.PURCHASE]
    bought = {
        one.id: (one.account_id, one.effective_day, one.booked_day, -getattr(one, owed_to_merchants))
        for one in Entry.objects.filter(kind=chart.PURCHASE)
    }
    kept = PurchaseCategory.objects.in_bulk()
    assert bought == {
        one: (row.account_id, row.effective_day, row.booked_day, row.amount_minor) for one, row in kept.items()
    }
    assert {row.category for row in kept.values()} <= set(merchants.SHARES)
    table = features.table(date(2025, 2, 28)).to_pandas()
    assert table.cash_like_share.notna().mean() > 0.5
    assert (table.cash_like_share > 0).any()


def test_a_terminal_is_told_no_over_the_limit_and_while_suspended(db: str) -> None:
    import numpy as np

    from duecourse.book import close
    from duecourse.borrowers import people
    from duecourse.servicing import accounts, batch, purchases

    on = date(2025, 1, 1)
    alice, bob = (
        accounts.open_line(number=name, borrower_id=person, product="line_demo", limit_minor=100_000, on=on)
        for name, person in zip("AB", people.enrol(source="test", references=["alice", "bob"]), strict=True)
    )
    purchases.post(account=alice, amount_minor=60_000, on=on, key="1")
    ids = np.array([bob, alice, 999_999])
    assert batch.authorised(accounts=ids, amounts=np.array([100_000, 40_001, 1]), on=on).tolist() == [
        True,
        False,
        False,
    ]
    assert batch.authorised(accounts=ids[1:2], amounts=np.array([40_000]), on=on).tolist() == [True]
    close.through(date(2025, 1, 22))
    assert batch.authorised(accounts=ids[1:2], amounts=np.array([1]), on=date(2025, 1, 23)).tolist() == [False]


def test_another_number_of_accounts_under_the_same_seed_is_refused(db: str) -> None:
    from duecourse.servicing.tables import Account
    from duecourse.simulator import run

    run.Kept.begin(accounts=10, seed=1, start=date(2025, 1, 1))
    with pytest.raises(run.NotThatBook):
        run.simulate(accounts=11, months=1, seed=1)
    assert Account.objects.count() == 0


@pytest.mark.slow
def test_an_interrupted_run_ends_as_one_that_was_not(db: str, second_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from duecourse.book import check, close
    from duecourse.simulator import run

    whole = run.simulate(accounts=300, months=2, seed=5)
    expected = sums()
    assert all(fact.ok for fact in check.everything())
    point_to(second_db)
    closing = close.through
    for stop_on in (date(2025, 1, 9), date(2025, 2, 6), date(2025, 2, 20)):

        def stop(last: date, *, by: str, stop_on: date = stop_on) -> list[close.Closed]:
            if last == stop_on:
                raise KeyboardInterrupt
            return closing(last, by=by)

        monkeypatch.setattr(run.close, "through", stop)
        with pytest.raises(KeyboardInterrupt):
            run.simulate(accounts=300, months=2, seed=5)
    monkeypatch.setattr(run.close, "through", closing)
    again = run.simulate(accounts=300, months=2, seed=5)
    assert again.declined == whole.declined
    assert sums() == expected


@pytest.mark.slow
def test_a_simulated_book_holds_the_margins_of_the_card_data(db: str) -> None:
    from duecourse.simulator import run

    run.simulate(accounts=1_500, months=4, seed=1)
    missed = [margin for margin in run.check(accounts=1_500, seed=1) if not margin.held]
    assert missed == []


def test_a_book_for_load_checks_and_goes_on_closing(db: str) -> None:
    from duecourse.book import check, close, read
    from duecourse.simulator import load

    load.book_for_load(2_000, on=date(2026, 8, 20))
    late = read.day(date(2026, 8, 20))
    assert late.count().execute() == 2_000
    assert 0.09 < (late.days_past_due > 0).mean().execute() < 0.15
    close.through(date(2026, 8, 25))
    wrong = [fact for fact in check.everything() if not fact.ok]
    assert wrong == []
    with pytest.raises(load.BookNotEmpty):
        load.book_for_load(10, on=date(2026, 8, 26))


def test_a_simulation_stops_at_a_day_that_cannot_be_sealed(db: str) -> None:
    from django.db import connections

    from duecourse.book.tables import Day, SetAside
    from duecourse.simulator import run

    def break_one(stage: str, done: int, of: int) -> None:
        if stage == "simulate and close" and done == 1:
            with connections["owner"].cursor() as cursor:
                cursor.execute("UPDATE ledger_balance SET statement_on = day - 5 WHERE account_id = 1")
                cursor.execute("INSERT INTO ledger_agenda SELECT open_day, 1 FROM ledger_shard")

    with pytest.raises(run.SimulationStopped) as stopped:
        run.simulate(accounts=60, months=1, seed=1, progress=break_one)
    assert stopped.value.code == "simulation_stopped"
    assert SetAside.objects.get().account_id == 1
    assert Day.objects.count() == 1
