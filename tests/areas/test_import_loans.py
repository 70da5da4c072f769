"""Taking a loan book: invented loans, their months from a plain loop of simple interest, taken, lived and compared."""

import csv
import random
from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

FIRST = 2018 * 12 + 9
MONTHS = 18
LOANS = ("loan_id", "originalInterestRatePercentage", "loanMaturityDate", "reportingPeriodScheduledPaymentAmount")
MONTHLY = ("loan_id", "period_end", "balance_end", "principal", "payment", "recovered")
Row = dict[str, Any]


def day_of(month: int, day: int) -> date:
    """A day of a month; the last where the month lacks it."""
    return min(date(month // 12, month % 12 + 1, 1) + timedelta(days=day - 1), last_of(month))


def last_of(month: int) -> date:
    return date((month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)


def grown(balance: int, rate: Fraction, since: date, until: date) -> Fraction:
    """Simple interest, day by day: each day the share of its own year."""
    total = Fraction(0)
    for step in range((until - since).days):
        year = (since + timedelta(days=step)).year
        total += balance * rate / (date(year + 1, 1, 1) - date(year, 1, 1)).days
    return total


def invented(name: str, balance: int, rate: str, scheduled: int, days: list[int | None]) -> tuple[Row, list[Row]]:
    """A loan and its months: one whole installment on each day named (None: nothing is paid), until it is paid off."""
    loan = dict(zip(LOANS, (name, float(rate), "12/2022", scheduled / 100), strict=True))
    since, carried = day_of(FIRST, days[0] or 15), Fraction(0)
    months = [month_row(name, FIRST, balance, 0, 0)]
    for place, day in enumerate(days[1:], start=1):
        payment = principal = 0
        if day and balance:
            on = day_of(FIRST + place, day)
            carried += grown(balance, Fraction(rate), since, on)
            since = on
            payment = min(scheduled, balance + int(carried))
            interest = min(int(carried), payment)
            carried -= interest
            principal = payment - interest
            balance -= principal
        months.append(month_row(name, FIRST + place, balance, principal, payment))
    return loan, months


def month_row(name: str, month: int, balance: int, principal: int, payment: int) -> Row:
    told = (name, last_of(month).isoformat(), balance / 100, principal / 100, payment / 100, None)
    return dict(zip(MONTHLY, told, strict=True))


def a_book(count: int = 6) -> tuple[list[Row], list[Row]]:
    """Loans that pay about the same day each month, some of them late by a month now and then."""
    draw = random.Random(7)
    loans, months = [], []
    for place in range(count):
        usual = draw.randint(5, 24)
        days: list[int | None] = [usual + draw.randint(-3, 3) for _ in range(MONTHS)]
        if place % 2:
            days[draw.randint(3, 6)] = None
        loan, own = invented(f"A-{place}", 600_000 + 100_000 * place, f"0.0{51 + place}", 20_000 + 2_000 * place, days)
        loans.append(loan)
        months += own
    return loans, months


def written(place: Path, name: str, rows: Iterable[Row], columns: Iterable[str]) -> Path:
    """Rows as a Parquet file."""
    path = place / f"{name}.parquet"
    pq.write_table(pa.table({column: [row[column] for row in rows] for column in columns}), path)
    return path


def both(place: Path, loans: list[Row], months: list[Row], name: str = "") -> tuple[Path, Path]:
    return written(place, f"loans{name}", loans, LOANS), written(place, f"months{name}", months, MONTHLY)


def counts() -> tuple[int, ...]:
    """How much there is of everything that an import may write."""
    from duecourse.intake.tables import File, Quarantined
    from duecourse.ledger.tables import Balance, Entry
    from duecourse.servicing.tables import Account, Act

    return tuple(table.objects.count() for table in (Account, Act, Entry, Balance, File, Quarantined))


@pytest.mark.usefixtures("db")
def test_invented_loans_come_out_as_a_plain_loop_of_simple_interest_has_them(tmp_path: Path) -> None:
    from duecourse.book import check
    from duecourse.intake import loan_agreement, loans

    taken = loans.take(*both(tmp_path, *a_book()))
    assert (taken.opened, taken.known, taken.quarantined) == (6, 0, 0)
    compared = list(loan_agreement.months_compared(taken.book.loans))
    assert len(compared) == 6 * (MONTHS - 1)
    assert max(one.principal_off for one in compared) <= 2
    assert max(one.balance_off for one in compared) <= 20
    found = loan_agreement.compare(taken.book.loans)
    assert (found.principal_within_1, found.balance_within_1, found.loan_months) == (1.0, 1.0, len(compared))
    assert found.kinds == {"agree": len(compared)}
    assert all(one.ok for one in check.everything())


@pytest.mark.usefixtures("db")
def test_the_first_day_that_is_closed_after_an_import_is_the_one_after_its_last_month(tmp_path: Path) -> None:
    from duecourse.book import check, close
    from duecourse.intake import loans

    loans.take(*both(tmp_path, *a_book(2)))
    first = last_of(FIRST + MONTHS - 1) + timedelta(days=1)
    done = close.through(first)
    assert [(one.day, one.accounts, one.sealed) for one in done] == [(first, 2, True)]
    assert all(one.ok for one in check.everything())


@pytest.mark.usefixtures("db")
def test_the_days_that_interest_tells_agree_better_than_the_same_day_of_each_month(tmp_path: Path) -> None:
    from duecourse.intake import loan_agreement, loan_days, loans

    taken = loans.take(*both(tmp_path, *a_book(2)), day_of=partial(loan_days.on_same_day, 15))
    found = loan_agreement.compare(taken.book.loans)
    assert found.principal_within_1 < 0.9
    assert sum(found.kinds.values()) == found.loan_months


@pytest.mark.usefixtures("db")
def test_a_second_import_and_one_after_an_interruption_change_nothing_more(tmp_path: Path) -> None:
    from duecourse.intake import loans

    book = a_book(3)
    some = [row for row in book[1] if row["loan_id"] == "A-1"]
    first = loans.take(*both(tmp_path, book[0][1:2], some, "-some"))
    assert first.opened == 1
    second = loans.take(*both(tmp_path, *book))
    assert (second.opened, second.known) == (2, 1)
    before = counts()
    again = loans.take(*both(tmp_path, *book))
    assert (again.opened, again.known) == (0, 3)
    assert counts() == before


def spoilt() -> tuple[list[Row], list[Row]]:
    """A book of which every loan but the first has something wrong."""
    loans, months = a_book(9)
    loans[1]["originalInterestRatePercentage"] = 4.2
    loans[2]["loanMaturityDate"] = "never"
    by_loan = [[row for row in months if row["loan_id"] == f"A-{place}"] for place in range(9)]
    by_loan[3].pop(5)
    by_loan[4][6]["balance_end"] += 50
    by_loan[5][7]["principal"] = None
    by_loan[6][2]["payment"] = -1.0
    by_loan[7] = []
    for row in by_loan[8]:
        row["balance_end"] = 0.0
    stray = month_row("B-1", FIRST, 100_000, 0, 0)
    return loans, [row for own in by_loan for row in own] + [stray]


SPOILT = {
    ("loans.parquet", 2, "originalInterestRatePercentage", "out_of_range", "A-1"),
    ("loans.parquet", 3, "loanMaturityDate", "not_a_month", "A-2"),
    ("months.parquet", 3 * MONTHS + 6, "period_end", "month_missing", "A-3"),
    ("months.parquet", 4 * MONTHS + 6, "balance_end", "balance_jumps", "A-4"),
    ("months.parquet", 5 * MONTHS + 7, "balance_end", "not_reported", "A-5"),
    ("months.parquet", 6 * MONTHS + 2, "payment", "out_of_range", "A-6"),
    ("loans.parquet", 8, "loan_id", "no_months", "A-7"),
    ("months.parquet", 7 * MONTHS, "balance_end", "nothing_left_to_open", "A-8"),
    ("months.parquet", 8 * MONTHS, "loan_id", "unknown_loan", "B-1"),
}


@pytest.mark.usefixtures("db")
def test_a_loan_that_cannot_be_taken_waits_in_quarantine_until_it_is_corrected(tmp_path: Path) -> None:
    from duecourse.intake import loans
    from duecourse.intake.tables import Quarantined
    from duecourse.servicing.tables import Account

    taken = loans.take(*both(tmp_path, *spoilt()))
    assert (taken.opened, taken.quarantined) == (1, len(SPOILT))
    rows = Quarantined.objects.values_list("file__name", "row", "field", "code", "reference")
    assert set(rows) == SPOILT
    assert list(Account.objects.values_list("number", flat=True)) == ["A-0"]
    mended = loans.take(*both(tmp_path, *a_book(9), name="-mended"))
    assert (mended.opened, mended.known, mended.quarantined) == (8, 1, 0)
    assert set(Quarantined.objects.filter(taken_by=None).values_list("reference", flat=True)) == {"B-1"}


@pytest.mark.usefixtures("db")
def test_a_loan_that_was_paid_off_ends_at_nothing_and_one_that_was_charged_off_in_the_loss(tmp_path: Path) -> None:
    from duecourse.book import check
    from duecourse.intake import loan_agreement, loans
    from duecourse.ledger import chart
    from duecourse.ledger.tables import Balance, Entry
    from duecourse.servicing.tables import Account, Act

    paid, paid_months = invented("paid", 100_000, "0.07", 30_000, [10] * 8)
    lost, lost_months = invented("lost", 900_000, "0.09", 30_000, [12, 12, 12, None, None, None])
    lost_months[-1] |= {"balance_end": 0.0, "recovered": 1_500.0}
    taken = loans.take(*both(tmp_path, [paid, lost], paid_months + lost_months))
    assert taken.opened == 2
    ids = dict(Account.objects.values_list("number", "id"))
    assert Balance.objects.get(account_id=ids["paid"]).revolving == 0
    kinds = list(Act.objects.filter(account_id=ids["lost"]).order_by("id").values_list("kind", flat=True))
    assert kinds == ["opened", "draw", "payment", "payment", "charge_off", "payment"]
    lost_row = Balance.objects.get(account_id=ids["lost"])
    owed = lost_row.revolving + lost_row.past_due
    assert owed > 0, "a debt that is charged off is still owed"
    recovered = Entry.objects.get(account_id=ids["lost"], effective_day=last_of(FIRST + 5), kind=chart.PAYMENT)
    assert (recovered.charged_off, recovered.principal + recovered.interest) == (150_000, -150_000)
    *before, last = [one for one in loan_agreement.months_compared(taken.book.loans) if one.loan.loan_id == "lost"]
    assert (last.balance, last.balance_off, last.principal_off) == (0, 0, 0)
    assert before[-1].balance > 800_000
    assert loan_agreement.compare(taken.book.loans).kinds == {"agree": 7 + 5 - 3}
    assert all(one.ok for one in check.everything())


@pytest.mark.usefixtures("db")
def test_a_book_that_is_open_before_the_last_month_refuses_the_file_and_keeps_no_loan(tmp_path: Path) -> None:
    from duecourse.intake import loans
    from duecourse.servicing import accounts
    from duecourse.servicing.tables import Account

    accounts.open_line(number="L", borrower_id=1, product="line_demo", limit_minor=1_000, on=date(2020, 1, 15))
    with pytest.raises(loans.BookBehind, match="close the book through that day"):
        loans.take(*both(tmp_path, *a_book(1)))
    assert list(Account.objects.values_list("number", flat=True)) == ["L"]


def test_a_file_as_csv_reads_as_the_same_loans(tmp_path: Path) -> None:
    from duecourse.intake import loan_file

    loans, months = a_book(2)
    paths = []
    for name, rows, columns in (("loans", loans, LOANS), ("months", months, MONTHLY)):
        path = tmp_path / f"{name}.csv"
        with path.open("w", newline="") as opened:
            out = csv.DictWriter(opened, columns)
            out.writeheader()
            out.writerows(rows)
        paths.append(path)
    assert loan_file.read(*paths) == loan_file.read(*both(tmp_path, loans, months))


def test_a_file_without_a_needed_column_is_refused(tmp_path: Path) -> None:
    from duecourse.intake import loan_file
    from duecourse.intake.files import ColumnsMissing

    loans, months = a_book(1)
    short = written(tmp_path, "short", loans, LOANS[:3])
    with pytest.raises(ColumnsMissing, match=LOANS[3]):
        loan_file.read(short, written(tmp_path, "months", months, MONTHLY))


def test_interest_tells_the_days_between_payments(tmp_path: Path) -> None:
    from duecourse.intake import loan_days, loan_file

    paid_on = [9, 12, 3, 28, 1, 30, 14, 14, 17]
    row, months = invented("one", 2_000_000, "0.0849", 40_000, paid_on)
    (loan,) = loan_file.read(*both(tmp_path, [row], months)).loans
    told = loan_days.told_by_interest(loan)
    apart = [later - sooner for sooner, later in pairwise((told.opening, *told.payments))]
    real = [day_of(FIRST + place, day) for place, day in enumerate(paid_on)]
    assert apart == [(later - sooner).days for sooner, later in pairwise(real)]


def test_what_was_paid_above_an_installment_is_a_fee_where_only_without_it_interest_is_of_whole_days(
    tmp_path: Path,
) -> None:
    from duecourse.intake import loan_days, loan_file

    row, months = invented("one", 2_000_000, "0.0849", 40_000, [9, 9, 9, 9])
    months[2]["payment"] += 17.55
    (loan,) = loan_file.read(*both(tmp_path, [row], months)).loans
    assert loan_days.fees(loan) == (0, 1_755, 0)
