"""Accounts that a day was sealed without: out of standing, figures, buckets and scoring until they return."""

from datetime import date, timedelta

import pytest

DAY = date(2005, 4, 1)
CYCLE = date(2005, 4, 30)
AWAY = (CYCLE, date(2005, 5, 30), date(2005, 5, 31), date(2005, 6, 10))
"""A month's end on which the account was set aside, and later days on which it was still away."""


@pytest.fixture
def lines(db: str) -> list[int]:
    """The lines in a book of this test's own, for those that go on with it."""
    return sealed_without_one()


@pytest.fixture(scope="module")
def seen_lines(module_db: str) -> list[int]:
    """The same, shared by the tests that only look."""
    return sealed_without_one()


def sealed_without_one() -> list[int]:
    """Three lines; the second one's row is made impossible before its cycle day, and the days are sealed without it."""
    from duecourse.book import close
    from duecourse.servicing import accounts, purchases

    ids = [
        accounts.open_line(number=f"L{i}", borrower_id=i, product="card_tw_2005", limit_minor=500_000, on=DAY)
        for i in range(3)
    ]
    for account in ids:
        purchases.authorise(account=account, amount_minor=100_000, on=DAY, key=f"buy-{account}")
    close.through(DAY)
    change(ids[1], "statement_on = day - 5")
    close.through(AWAY[-1], by="bob", excepted=[ids[1]])
    return ids


def change(account: int, what: str) -> None:
    """Change an account's row as no one may but the owner of the database."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute(f"UPDATE ledger_balance SET {what} WHERE account_id = %s", [account])


def mend(account: int) -> None:
    """Give the row its cycle day back: that of 30 April, the first that it missed."""
    change(account, f"statement_on = {CYCLE.toordinal() - date(1970, 1, 1).toordinal()}")


def ids_on(day: date, known_on: date | None = None) -> list[int]:
    from duecourse.book import read

    found: list[int] = (
        read.day(day, known_on=known_on).order_by("account_id").to_pyarrow().column("account_id").to_pylist()
    )
    return found


def accounts_on(day: date) -> tuple[int, int]:
    """How many accounts the day's figures count, in all and over all buckets."""
    from duecourse.book import figures

    told = figures.of_day(day, currency="TWD")
    return told.sums["accounts"], sum(part.accounts for part in told.buckets)


def test_an_excepted_account_is_in_no_figure_of_the_day(seen_lines: list[int]) -> None:
    from duecourse.book import figures
    from duecourse.risk import features

    for day in AWAY:
        assert ids_on(day) == [seen_lines[0], seen_lines[2]], day
        assert accounts_on(day) == (2, 2), day
        assert figures.close_of(day).excepted == 1, day
        assert features.table(day).to_pyarrow().column("account_id").to_pylist().count(seen_lines[1]) == 0, day
    before = CYCLE - timedelta(days=1)
    assert ids_on(before) == seen_lines
    assert accounts_on(before) == (3, 3)


def test_it_is_in_the_figures_again_once_it_has_returned_and_what_was_reported_stays(lines: list[int]) -> None:
    from duecourse.book import check, close, figures, read

    reported = figures.of_day(AWAY[-1], currency="TWD")
    mend(lines[1])
    back = AWAY[-1] + timedelta(days=1)
    close.through(date(2005, 6, 30))
    for day in (back, date(2005, 6, 12), date(2005, 6, 30)):
        assert ids_on(day) == lines, day
        assert accounts_on(day) == (3, 3), day
        assert figures.close_of(day).excepted == 0, day
    assert figures.of_day(AWAY[-1], currency="TWD") == reported
    for day in AWAY:
        assert ids_on(day, day) == [lines[0], lines[2]]
        assert ids_on(day, back) == ids_on(day) == lines, "as known since it returned"
        (told,) = read.corrections(day=day)
        assert told.moved["principal"] == (None, 100_000)
        assert [why.reason for why in told.changes] == ["returned after it was set aside"]
    assert [one for one in check.everything() if not one.ok] == []


def test_accrued_income_is_still_that_of_the_accounts_while_one_is_away(seen_lines: list[int]) -> None:
    """The product goes on bearing what the account bore when it was left behind."""
    from duecourse.book import check

    assert [one.detail for one in check.everything() if one.what == "accrued income equals the accounts"] == [
        f"on {AWAY[-1]}"
    ]


def test_the_days_are_read_although_an_account_was_left_behind_for_more_than_a_year(lines: list[int]) -> None:
    """No account is grown over more than 366 days: one that was left behind would stop the whole day's standing."""
    from duecourse.book import check, close

    last = CYCLE + timedelta(days=370)
    close.through(last, by="bob", excepted=[lines[1]])
    assert ids_on(last) == [lines[0], lines[2]]
    assert accounts_on(last) == (2, 2)
    assert all(one.ok for one in check.everything() if one.what == "accrued income equals the accounts")


def test_the_page_of_the_day_says_that_it_was_sealed_without_an_account(seen_lines: list[int]) -> None:
    from django.contrib.auth.models import User
    from django.test import Client

    from duecourse.web import staff

    staff.admit(username="bob", password="may view the book")
    browser = Client(headers={"accept-language": "en"}, SERVER_NAME="localhost")
    browser.force_login(User.objects.get(username="bob"))
    page = browser.get(f"/?day={CYCLE}").content.decode()
    assert "<dt>accounts set aside</dt><dd>1</dd>" in page
    assert "<dt>sealed without</dt><dd>1</dd>" in page
