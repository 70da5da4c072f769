"""What was reported stays readable; a day that was corrected says what changed since, and why."""

import csv
import json
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

FIRST, LATE, LAST = date(2026, 4, 1), date(2026, 6, 5), date(2026, 6, 10)
PAID, PAID_ON = 20_000, date(2026, 5, 15)
BETWEEN = (PAID_ON, date(2026, 5, 20), date(2026, 5, 21), date(2026, 5, 31), LATE - timedelta(days=1))


def rows(day: date, known_on: date | None = None) -> dict[int, dict[str, Any]]:
    from duecourse.book import read

    return {row["account_id"]: row for row in read.day(day, known_on=known_on).to_pyarrow().to_pylist()}


def digests() -> dict[str, str]:
    """The files of all sealed days but for the full days, which are made when they are asked for."""
    from duecourse.book import parquet

    places = [place for place in parquet.root().glob("*/*.parquet") if place.name != "day.parquet"]
    return {str(place.relative_to(parquet.root())): sha256(place.read_bytes()).hexdigest() for place in places}


@pytest.fixture(scope="module")
def book(module_db: str) -> SimpleNamespace:
    """Two lines with a missed minimum and a loan; a payment of May comes in June, and so does one of the loan."""
    from duecourse.book import close
    from duecourse.servicing import accounts, loan_opening, loans, payments, purchases

    late, other = (
        accounts.open_line(number=number, borrower_id=i, product="card_tw_2005", limit_minor=500_000, on=FIRST)
        for i, number in enumerate(("L-1", "L-2"))
    )
    loan = loan_opening.open_loan(
        number="C-1", borrower_id=3, product="loan_demo", approved_minor=400_000, on=FIRST, by="bob", installments=6
    )
    loans.draw(account=loan, amount_minor=300_000, on=FIRST, by="bob", key="draw")
    for account in (late, other):
        purchases.authorise(account=account, amount_minor=100_000, on=FIRST, key=f"buy-{account}")
    close.through(LATE - timedelta(days=1))
    sealed, before = {day: rows(day) for day in BETWEEN}, digests()
    payments.receive(account=late, amount_minor=PAID, received_on=PAID_ON, key="late")
    payments.receive(account=loan, amount_minor=60_000, received_on=PAID_ON, key="late-loan")
    close.through(LAST)
    return SimpleNamespace(late=late, other=other, loan=loan, sealed=sealed, before=before)


def test_what_was_sealed_is_read_as_it_was_and_its_files_are_the_same(book: SimpleNamespace) -> None:
    after = digests()
    assert {name: after[name] for name in book.before} == book.before
    for day in BETWEEN:
        assert rows(day, day) == book.sealed[day]
        assert rows(day, LATE - timedelta(days=1)) == book.sealed[day]


def test_a_day_is_known_as_the_payment_in_time_would_have_made_it(book: SimpleNamespace) -> None:
    for day in BETWEEN:
        was, now = book.sealed[day], rows(day)
        assert now == rows(day, LATE)
        assert now[book.other] == was[book.other]
        assert now[book.late]["dues"] != was[book.late]["dues"]
    assert book.sealed[date(2026, 5, 21)][book.late]["days_past_due"] == 1
    assert rows(date(2026, 5, 21))[book.late]["days_past_due"] == 0
    assert rows(PAID_ON - timedelta(days=1)) == rows(PAID_ON - timedelta(days=1), PAID_ON - timedelta(days=1))


def test_a_correction_is_few_rows(book: SimpleNamespace) -> None:
    """A row for each day on which something happens, not for each day."""
    from duecourse.book import known, parquet

    brought = known.of_day(LATE)
    assert sum(table.num_rows for table in brought) <= 10
    assert all(not parquet.of_kind(LATE + timedelta(days=i), "corrections") for i in range(1, 6))


def test_the_corrections_name_what_differs_since_when_by_whom_and_why(book: SimpleNamespace) -> None:
    from duecourse.book import read

    found = {one.account_id: one for one in read.corrections(day=date(2026, 5, 21))}
    assert set(found) == {book.late, book.loan}
    told = found[book.late]
    assert (told.number, told.currency) == ("L-1", "TWD")
    was, now = book.sealed[date(2026, 5, 21)][book.late], rows(date(2026, 5, 21))[book.late]
    assert told.moved["days_past_due"] == (1, 0)
    assert told.moved["bucket"] == (1, 0)
    assert told.moved["past_due"] == (was["past_due_minor"], now["past_due_minor"])
    before, after = told.moved["principal"]
    assert before is not None
    assert before - after == PAID
    assert [(why.since, why.booked, why.reason) for why in told.changes] == [
        (PAID_ON, LATE, "effective on an earlier day")
    ]
    assert read.corrections(day=date(2026, 5, 21), known_on=LATE - timedelta(days=1)) == []
    assert read.corrections(day=LAST) == []


def test_what_was_known_before_a_day_was_over_is_refused(book: SimpleNamespace) -> None:
    from duecourse.book import known, read

    before = digests()
    with pytest.raises(known.NotKnownYet):
        read.day(LATE, known_on=PAID_ON)
    with pytest.raises(known.NotKnownYet):
        read.corrections(day=LATE, known_on=PAID_ON)
    with pytest.raises(read.NotSealed):
        read.day(PAID_ON, known_on=LAST + timedelta(days=1))
    assert digests() == before


def test_the_digest_of_corrections_is_in_the_seal(book: SimpleNamespace) -> None:
    from duecourse.audit.tables import Leaf
    from duecourse.book import check, parquet
    from duecourse.book.tables import Day

    (place,) = parquet.of_kind(LATE, "corrections")
    body = json.loads(bytes(Leaf.objects.get(place=Day.objects.get(day=LATE).audit_place).body))
    assert body["files"][place.stem] == sha256(place.read_bytes()).hexdigest()
    assert [one for one in check.everything() if not one.ok] == []
    whole = place.read_bytes()
    place.write_bytes(whole[:-1] + b"?")
    try:
        assert [one.detail for one in check.everything() if not one.ok] == [f"{LATE}/{place.name} was changed"]
    finally:
        place.write_bytes(whole)


def test_buckets_over_time_are_as_known_on_the_day_of_the_page(book: SimpleNamespace) -> None:
    from duecourse.book import figures

    day = date(2026, 5, 21)

    def late_on(through: date) -> int:
        points = figures.history(through=through, currency="TWD")
        return sum(point.accounts for point in points if point.day == day)

    assert late_on(LATE - timedelta(days=1)) == 2
    assert late_on(LATE) == late_on(LAST) == 1
    assert figures.of_day(day, currency="TWD").sums["late"] == 2
    parts = ("unbilled", "bearing", "window", "revolving", "past_due", "interest", "fee", "penalty")
    for known_on in (LATE - timedelta(days=1), LATE):
        points = [one for one in figures.history(through=known_on, currency="TWD") if one.day == day]
        of_lines = [row for account, row in rows(day, known_on).items() if account != book.loan]
        assert sum(point.owed for point in points) == sum(
            sum(row[part] for part in parts) for row in of_lines if row["bucket"]
        )


def test_the_roll_begins_where_accounts_are_known_to_have_stood(book: SimpleNamespace) -> None:
    from duecourse.book import figures

    for through, began_late in ((LATE - timedelta(days=1), 2), (LAST, 1)):
        roll = figures.roll(through, currency="TWD")
        assert roll is not None
        assert sum(row.accounts for row in roll.rows if row.before == 1) == began_late, through


def command(*words: str) -> Any:
    from click.testing import CliRunner

    from duecourse.cli import main

    return CliRunner().invoke(main, ["changed", *words], catch_exceptions=False)


def test_the_command_tells_and_writes_what_changed(book: SimpleNamespace, tmp_path: Path) -> None:
    out = tmp_path / "changed.csv"
    told = command("--day", "2026-05-21", "--out", str(out))
    assert told.exit_code == 0
    assert "2 accounts corrected" in " ".join(told.output.split())
    written = list(csv.DictReader(out.open()))
    late = {row["figure"]: row for row in written if row["account"] == "L-1"}
    assert (late["days_past_due"]["before"], late["days_past_due"]["after"]) == ("1", "0")
    assert (late["principal"]["since"], late["principal"]["booked"]) == (str(PAID_ON), str(LATE))
    assert float(late["principal"]["before"]) - float(late["principal"]["after"]) == PAID / 100
    none = command("--day", "2026-05-21", "--known-on", str(LATE - timedelta(days=1)))
    assert "0 accounts corrected" in " ".join(none.output.split())


def test_a_close_without_changes_asks_one_thing_of_an_index(book: SimpleNamespace) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from duecourse.book import corrections

    with CaptureQueriesContext(connection) as asked, connection.cursor() as cursor:
        assert corrections.of_shard(cursor, 0, LAST) == b""
    assert len(asked) == 1


def test_an_act_that_moved_no_money_is_a_correction_too_when_it_is_taken_back(db: str) -> None:
    from duecourse.book import close, read
    from duecourse.servicing import accounts, changes, limits

    account = accounts.open_line(number="L", borrower_id=1, product="card_tw_2005", limit_minor=500_000, on=FIRST)
    close.through(FIRST)
    day = FIRST + timedelta(days=1)
    limits.set_limit(account=account, limit_minor=900_000, on=day, by="bob", reason="asked for", key="up")
    close.through(FIRST + timedelta(days=5))
    act = changes.told_of(account=account)[-1].id
    changes.undo(account=account, act=act, by="carol", reason="never agreed", key="undo")
    close.through(FIRST + timedelta(days=6))
    assert rows(day, day)[account]["limit_minor"] == 900_000
    assert rows(day)[account]["limit_minor"] == 500_000
    (told,) = read.corrections(day=day)
    assert told.moved == {"limit": (900_000, 500_000)}
    assert [(why.since, why.by, why.reason) for why in told.changes] == [(day, "carol", "never agreed")]


def test_a_change_of_a_change_is_the_newest_version_and_both_stay_readable(db: str) -> None:
    from duecourse.book import close, read
    from duecourse.servicing import accounts, payments, purchases

    account = accounts.open_line(number="L", borrower_id=1, product="card_tw_2005", limit_minor=500_000, on=FIRST)
    purchases.authorise(account=account, amount_minor=100_000, on=FIRST, key="buy")
    days = [FIRST + timedelta(days=i) for i in range(12)]
    close.through(days[5])
    paid = payments.receive(account=account, amount_minor=1_000, received_on=days[2], key="late")
    close.through(days[8])
    payments.reverse(account=account, entry=paid.entry_id, reason="bounced", by="bob", key="back")
    close.through(days[11])

    def owed(day: date, known_on: date) -> int:
        return int(rows(day, known_on)[account]["unbilled"])

    assert [owed(days[3], known_on) for known_on in days[3:]] == [100_000] * 3 + [99_000] * 3 + [100_000] * 3
    assert [owed(days[7], known_on) for known_on in days[7:]] == [99_000] * 2 + [100_000] * 3
    assert read.corrections(day=days[3]) == []
    (told,) = read.corrections(day=days[3], known_on=days[8])
    assert told.moved["principal"] == (100_000, 99_000)
    assert [why.reason for why in read.corrections(day=days[7])[0].changes] == ["bounced"]


def test_an_account_with_a_past_is_known_since_it_was_taken_on(db: str) -> None:
    from duecourse.book import close, read
    from duecourse.servicing import accounts, agreed, loan_opening

    accounts.open_line(number="L", borrower_id=1, product="card_tw_2005", limit_minor=500_000, on=FIRST)
    close.through(FIRST + timedelta(days=40))
    terms_id = agreed.freeze(product="loan_demo", agreed=agreed.loan_in_force(product="loan_demo", day=FIRST))
    on = FIRST + timedelta(days=3)
    (loan,) = loan_opening.open_loans(
        product="loan_demo",
        terms_ids=[terms_id],
        on=on,
        new=[loan_opening.NewLoan("C", 2, 400_000)],
        by="bob",
        past=[[loan_opening.Past("draw", on, {"amount": 300_000})]],
    )
    close.through(FIRST + timedelta(days=41))
    day = FIRST + timedelta(days=38)
    assert loan not in rows(day, day)
    assert rows(day)[loan]["days_past_due"] > 0
    assert loan not in rows(FIRST + timedelta(days=2))
    (told,) = read.corrections(day=day)
    assert told.moved["principal"] == (None, 300_000)
