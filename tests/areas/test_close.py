"""The close: a faulty account is set aside and returns; what was sealed cannot be changed unseen."""

from datetime import date
from pathlib import Path

import pytest

DAY = date(2005, 4, 1)


@pytest.fixture
def lines(db: str) -> list[int]:
    from duecourse.borrowers import people
    from duecourse.servicing import accounts, purchases

    borrowers = people.enrol(source="test", references=["a", "b", "c"])
    ids = []
    for i, borrower in enumerate(borrowers):
        account = accounts.open_line(
            number=f"L{i}", borrower_id=borrower, product="card_tw_2005", limit_minor=500_000, on=DAY
        )
        purchases.authorise(account=account, amount_minor=100_000 + i, on=DAY, key=f"buy-{i}")
        ids.append(account)
    return ids


def break_account(account: int) -> None:
    """Make one account's row impossible: more principal in a window than was billed and paid in full at once."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE ledger_balance SET statement_on = day - 5 WHERE account_id = %s", [account])


def mend_account(account: int) -> None:
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_balance SET statement_on = (SELECT max(statement_on) FROM ledger_balance o "
            "WHERE o.account_id <> %s) - 31 WHERE account_id = %s",
            [account, account],
        )


def test_a_faulty_account_is_set_aside_and_the_others_are_closed(lines: list[int]) -> None:
    from duecourse.book import close
    from duecourse.book.tables import Day, SetAside
    from duecourse.servicing.tables import Statement

    break_account(lines[1])
    done = close.through(date(2005, 4, 30))
    assert not done[-1].sealed
    first = done[-1].day
    aside = SetAside.objects.get()
    assert (aside.account_id, aside.day) == (lines[1], first)
    assert "cycle day went by" in aside.message
    assert not Day.objects.filter(day=first).exists()
    close.through(date(2005, 4, 30), by="bob", excepted=[lines[1]])
    assert sorted(Statement.objects.values_list("account_id", flat=True)) == [lines[0], lines[2]]
    assert Day.objects.get(day=first).excepted == [lines[1]]
    assert Day.objects.get(day=first).sealed_by == "bob"


def test_a_payment_on_an_account_that_is_set_aside_is_refused_by_name(lines: list[int]) -> None:
    from duecourse.book import close
    from duecourse.servicing import payments
    from duecourse.servicing.refusals import CloseBehind

    break_account(lines[1])
    close.through(date(2005, 4, 30), by="bob", excepted=[lines[1]])
    with pytest.raises(CloseBehind):
        payments.receive(account=lines[1], amount_minor=100, received_on=date(2005, 5, 1), key="p")


def test_an_account_that_was_mended_returns_and_stands_as_if_it_had_never_been_away(lines: list[int]) -> None:
    from duecourse.book import check, close
    from duecourse.book.tables import SetAside
    from duecourse.ledger.tables import Balance
    from duecourse.servicing.tables import Statement

    break_account(lines[1])
    close.through(date(2005, 6, 10), by="bob", excepted=[lines[1]])
    mend_account(lines[1])
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_balance SET statement_on = %s WHERE account_id = %s",
            [date(2005, 4, 30).toordinal() - date(1970, 1, 1).toordinal(), lines[1]],
        )
    close.through(date(2005, 6, 11))
    assert SetAside.objects.get().returned_on == date(2005, 6, 11)
    away, there = Balance.objects.get(account_id=lines[1]), Balance.objects.get(account_id=lines[0])
    assert away.past_due - there.past_due in (0, 1)
    assert len(away.dues) == len(there.dues)
    assert Statement.objects.filter(account_id=lines[1]).count() == 2
    assert [one for one in check.everything() if not one.ok] == []


def test_a_changed_file_of_a_sealed_day_is_found(lines: list[int]) -> None:
    from duecourse.book import check, close, parquet

    close.through(date(2005, 4, 3))
    place = parquet.folder(date(2005, 4, 1)) / "entries.parquet"
    content = bytearray(place.read_bytes())
    content[len(content) // 2] ^= 1
    place.write_bytes(bytes(content))
    wrong = [one for one in check.everything() if not one.ok]
    assert [one.what for one in wrong] == ["sealed days' files are as sealed"]
    assert "entries.parquet was changed" in wrong[0].detail


def test_a_changed_balance_is_found(lines: list[int]) -> None:
    from django.db import connections

    from duecourse.book import check, close

    close.through(date(2005, 4, 3))
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE ledger_balance SET unbilled = unbilled + 1 WHERE account_id = %s", [lines[0]])
    wrong = [one for one in check.everything() if not one.ok]
    assert [one.what for one in wrong] == ["balances equal their entries"]
    assert str(lines[0]) in wrong[0].detail


def test_a_sealed_day_is_read_as_it_was_although_the_book_went_on(lines: list[int]) -> None:
    from duecourse.book import close, read

    close.through(date(2005, 4, 2))
    before = read.day(date(2005, 4, 2)).order_by("account_id").to_pyarrow()
    close.through(date(2005, 5, 25))
    assert read.day(date(2005, 4, 2)).order_by("account_id").to_pyarrow().equals(before)
    after = read.day(date(2005, 5, 25)).order_by("account_id").to_pyarrow()
    assert after.column("days_past_due").to_pylist() == [5, 5, 5]


def test_a_day_that_is_not_sealed_is_refused(lines: list[int]) -> None:
    from duecourse.book import read

    with pytest.raises(read.NotSealed):
        read.day(date(2005, 4, 1))


def test_a_second_close_waits_for_the_first(lines: list[int]) -> None:
    import threading

    from django.db import connection

    from duecourse.book import close
    from duecourse.book.tables import Day

    done: list[int] = []

    def second() -> None:
        try:
            done.append(len(close.through(date(2005, 4, 3))))
        finally:
            connection.close()

    with close.alone():
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(1)
        assert thread.is_alive()
        assert not Day.objects.exists()
    thread.join(60)
    assert done == [3]


def test_shards_without_events_are_closed_together_and_the_others_each_by_itself(lines: list[int]) -> None:
    from django.db import connections

    from duecourse.book import close
    from duecourse.book.tables import Run
    from duecourse.ledger.tables import Shard
    from duecourse.servicing import payments

    close.through(DAY)
    with connections["owner"].cursor() as cursor:
        cursor.execute("INSERT INTO ledger_shard (shard, open_day) VALUES (7, %s)", [date(2005, 4, 2)])
    assert close.close_quiet([0, 7], date(2005, 4, 2), 0) == {0, 7}
    assert close.close_quiet([0, 7], date(2005, 4, 2), 0) == set()
    payments.receive(account=lines[0], amount_minor=100, received_on=date(2005, 4, 3), key="p")
    close.through(date(2005, 4, 3))
    assert list(Run.objects.order_by("day", "shard").values_list("day", "shard", "accounts")) == [
        (DAY, 0, 3),
        (date(2005, 4, 2), 0, 0),
        (date(2005, 4, 2), 7, 0),
        (date(2005, 4, 3), 0, 1),
        (date(2005, 4, 3), 7, 0),
    ]
    assert set(Shard.objects.values_list("open_day", flat=True)) == {date(2005, 4, 4)}


@pytest.mark.usefixtures("server")
def test_the_file_of_a_table_without_rows_is_what_writing_it_makes(tmp_path: Path) -> None:
    """Of another schema too, one after the other and again."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from duecourse.book import parquet
    from duecourse.book.schemas import ROWS

    plain, written = tmp_path / "plain.parquet", tmp_path / "written.parquet"
    for schema in (ROWS, pa.schema([("day", pa.date32())]), ROWS):
        pq.write_table(schema.empty_table(), plain, compression="zstd")
        assert parquet.write(schema.empty_table(), written) == parquet.digest_of(plain)
        assert pq.read_table(written).equals(schema.empty_table())
