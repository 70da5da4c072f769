"""A file of payments received: posted as the single path would, bad rows kept, stopped and taken again, totals."""

import random
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from duecourse.intake import files, payments_file
from duecourse.intake.payments_file import Control

FIRST = date(2005, 4, 20)
TODAY = date(2005, 5, 3)
HEADER = "account,amount,received_on,reference,channel"


def take(path: Path, **told: Any) -> Any:
    from duecourse.intake import receive

    return receive.take(path, **told)


def take_again(path: Path) -> Any:
    from duecourse.intake import receive

    return receive.retry(path)


def refused(path: Path, **told: Any) -> str:
    """The code with which a file is refused; nothing has changed."""
    before = dump()
    with pytest.raises(files.Refused) as reason:
        take(path, **told)
    assert dump() == before
    return reason.value.code


def row(account: str, amount: object, reference: str, on: date = TODAY, channel: int = 1) -> str:
    return f"{account},{amount},{on},{reference},{channel}"


def csv(path: Path, *rows: str, header: str = HEADER, end: str = "\n") -> Path:
    path.write_text("\n".join([header, *rows]) + end)
    return path


def a_book(count: int = 6) -> dict[str, int]:
    """Lines that bought and were billed, open on TODAY; answers their ids by number."""
    from duecourse.book import close
    from duecourse.servicing import accounts, agreed, purchases

    terms = agreed.freeze(product="card_tw_2005", agreed=agreed.in_force(product="card_tw_2005", day=FIRST))
    new = [accounts.New(f"L-{i}", i, 1_000_000) for i in range(1, count + 1)]
    ids = accounts.open_many(product="card_tw_2005", terms_id=terms, on=FIRST, new=new)
    for account in ids:
        purchases.post(account=account, amount_minor=100_000 + account % 6, on=FIRST, key=f"b{account}")
    close.through(TODAY - timedelta(days=1))
    return {one.number: account for one, account in zip(new, ids, strict=True)}


@pytest.fixture(scope="module")
def made(module_db: str) -> dict[str, int]:
    return a_book()


@pytest.fixture
def book(made: dict[str, int], db_copy: str) -> dict[str, int]:
    return made


def dump(*left_out: str) -> dict[str, list[Any]]:
    """Every table of money and of intake, as it stands."""
    from django.db import connection

    with connection.cursor() as cursor:
        names = [
            name
            for name in sorted(connection.introspection.table_names())
            if name.partition("_")[0] in ("ledger", "servicing", "intake", "book") and name not in left_out
        ]
        found = {}
        for name in names:
            cursor.execute(f'SELECT t::text FROM "{name}" t ORDER BY 1')
            found[name] = cursor.fetchall()
    return found


def waiting() -> list[tuple[int, str, str]]:
    from duecourse.intake.tables import Quarantined

    return list(Quarantined.objects.filter(taken_by=None).order_by("row").values_list("row", "field", "code"))


def balances() -> list[Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM ledger_balance ORDER BY account_id")
        return cursor.fetchall()


def payments_posted() -> list[Any]:
    """Payments by account as they stand on the entries: how much went where, and the channel."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT account_id, effective_day, booked_day, channel, cash, principal, interest, fee, penalty, credit, "
            "bearing_interest, bearing_penalty FROM ledger_entry WHERE kind = 4 ORDER BY account_id, effective_day, id"
        )
        return cursor.fetchall()


def sound() -> bool:
    from duecourse.book import check

    return all(one.ok for one in check.everything())


def test_payments_of_the_open_day_are_posted_and_a_second_run_changes_nothing(
    book: dict[str, int], tmp_path: Path
) -> None:
    path = csv(
        tmp_path / "p.csv", row("L-1", "12.34", "A1"), row("L-2", 500, "A2", channel=2), row("L-1", "1.00", "A3")
    )
    received = take(path)
    assert received.posted == 3
    assert received.file.summary["totals"] == [
        {"channel": 1, "currency": "TWD", "exponent": 2, "posted": 2, "posted_minor": 1_334, "known_before": 0,
         "known_before_minor": 0},
        {"channel": 2, "currency": "TWD", "exponent": 2, "posted": 1, "posted_minor": 50_000, "known_before": 0,
         "known_before_minor": 0},
    ]  # fmt: skip
    assert [(one[0], one[3], one[4]) for one in payments_posted()] == [
        (book["L-1"], 1, 1_234),
        (book["L-1"], 1, 100),
        (book["L-2"], 2, 50_000),
    ]
    before = dump()
    assert take(path).posted == 0
    assert dump() == before


def test_the_same_payment_in_another_file_is_known(book: dict[str, int], tmp_path: Path) -> None:
    take(csv(tmp_path / "p.csv", row("L-1", "12.34", "A1")))
    before = balances()
    second = take(csv(tmp_path / "q.csv", row("L-1", "12.34", "A1"), row("L-2", 1, "A1", channel=2)))
    assert (second.posted, second.file.summary["known_before"]) == (1, 1)
    assert [one for one in balances() if one not in before] == [one for one in balances() if one[0] == book["L-2"]]


BAD = [
    (row("L-9", 5, "A1"), "account", "no_such_account"),
    (row("", 5, "A1"), "account", "missing"),
    (row("L\x07", 5, "A1"), "account", "control_character"),
    (row("L-1", "five", "A1"), "amount", "not_a_number"),
    (row("L-1", "1e3", "A1"), "amount", "not_a_number"),
    (row("L-1", "5.0000001", "A1"), "amount", "not_a_number"),
    (row("L-1", 0, "A1"), "amount", "not_positive"),
    (row("L-1", -5, "A1"), "amount", "not_positive"),
    (row("L-1", "5.001", "A1"), "amount", "below_exponent"),
    (row("L-1", 100_000_001, "A1"), "amount", "amount_too_large"),
    (row("L-1", 5, "A1", on=TODAY + timedelta(days=1)), "received_on", "after_open_day"),
    ("L-1,5,2005-02-30,A1,1", "received_on", "not_a_day"),
    ("L-1,5,03/05/2005,A1,1", "received_on", "not_a_day"),
    (row("L-1", 5, "A1", on=FIRST - timedelta(days=1)), "", "effective_before_opening"),
    (row("L-1", 5, ""), "reference", "missing"),
    (row("L-1", 5, "A" * 201), "reference", "reference_too_long"),
    (row("L-1", 5, "A1", channel=40_000), "channel", "not_a_channel"),
    ("L-1,5", "", "wrong_number_of_fields"),
    (row("L-3", 8, "first"), "reference", "reference_repeated"),
]


def test_every_bad_row_is_named_and_only_the_good_ones_are_posted(book: dict[str, int], tmp_path: Path) -> None:
    rows = [row("L-3", 7, "first"), *(one.replace("A1", f"A{i}") for i, (one, _, _) in enumerate(BAD))]
    received = take(csv(tmp_path / "p.csv", *rows, row("L-3", 7, "last")))
    assert received.posted == 2
    assert waiting() == [(i, field, code) for i, (_, field, code) in enumerate(BAD, start=2)]
    assert [one[0] for one in payments_posted()] == [book["L-3"]] * 2
    assert sound()


def test_an_instant_counts_on_the_lenders_day_and_one_without_a_zone_is_kept_back(
    book: dict[str, int], tmp_path: Path
) -> None:
    stamps = ["2005-05-02T23:59:59+08:00", "2005-05-02T16:00:00Z", "2005-05-03T09:30:00", "2005-05-03T25:00:00+08:00"]
    rows = [f"L-1,{7 + i},{stamp},A{i}" for i, stamp in enumerate(stamps)]
    take(csv(tmp_path / "p.csv", *rows, header="account,amount,received_at,reference"))
    assert [one[1] for one in payments_posted()] == [TODAY - timedelta(days=1), TODAY]
    assert waiting() == [(3, "received_at", "not_a_day"), (4, "received_at", "not_a_day")]
    assert (
        refused(csv(tmp_path / "q.csv", header="account,amount,received_at,received_on,reference")) == "file_malformed"
    )


def test_a_row_that_only_repeats_another_is_posted_once(book: dict[str, int], tmp_path: Path) -> None:
    received = take(csv(tmp_path / "p.csv", row("L-1", "7.0", "A1"), row("L-1", "7.00", "A1")))
    assert (received.posted, received.file.summary["repeated_in_file"], waiting()) == (1, 1, [])


def test_a_reference_that_an_earlier_file_used_for_something_else_is_kept_back(
    book: dict[str, int], tmp_path: Path
) -> None:
    take(csv(tmp_path / "p.csv", row("L-1", 7, "A1")))
    before = balances()
    assert take(csv(tmp_path / "q.csv", row("L-1", 8, "A1"))).posted == 0
    assert waiting() == [(1, "reference", "request_key_reused")]
    assert balances() == before


def test_another_currency_is_kept_back(book: dict[str, int], tmp_path: Path) -> None:
    path = csv(tmp_path / "p.csv", "L-1,7,2005-05-03,A1,twd", "L-1,7,2005-05-03,A2,CNY", "L-2,7,2005-05-03,A3,",
               header="account,amount,received_on,reference,currency")  # fmt: skip
    assert take(path).posted == 2
    assert waiting() == [(2, "currency", "wrong_currency")]


def test_corrected_rows_are_taken_by_reference_or_by_the_row_they_name(book: dict[str, int], tmp_path: Path) -> None:
    first = take(csv(tmp_path / "p.csv", row("L-9", 5, "A1"), row("L-1", 5, ""), row("L-2", 5, "A3")))
    assert len(waiting()) == 2
    again = csv(tmp_path / "fixed.csv", row("L-4", 5, "A1") + ",", row("L-1", 5, "A2") + ",2", header=HEADER + ",row")
    second = take_again(again)
    assert (first.posted, second.posted, waiting()) == (1, 2, [])
    assert sound()
    with pytest.raises(files.NothingToRetry):
        take_again(again)


def test_the_same_file_is_taken_again_once_what_was_wrong_is_put_right(book: dict[str, int], tmp_path: Path) -> None:
    from duecourse.book import close

    path = csv(tmp_path / "p.csv", row("L-1", 5, "A1"), row("L-2", 6, "A2", on=TODAY + timedelta(days=1)))
    assert take(path).posted == 1
    assert take_again(path).posted == 0
    assert waiting() == [(2, "received_on", "after_open_day")]
    close.through(TODAY)
    received = take_again(path)
    assert (received.posted, received.file.summary["posted"], waiting()) == (1, 2, [])
    assert [one[0] for one in payments_posted()] == [book["L-1"], book["L-2"]]


def test_earlier_days_are_posted_by_replay_as_the_right_order_would_have_been(
    book: dict[str, int], tmp_path: Path
) -> None:
    received = take(
        csv(tmp_path / "p.csv", row("L-1", 300, "A1"), row("L-1", 200, "A2", on=date(2005, 4, 22)), row("L-2", 9, "A3"))
    )
    assert (received.posted, received.file.summary["posted_for_earlier_days"]) == (3, 1)
    assert received.file.summary["open_day"] == str(TODAY)
    assert [(one[1], one[4]) for one in payments_posted() if one[0] == book["L-1"]] == [
        (date(2005, 4, 22), 20_000),
        (TODAY, 30_000),
    ]
    assert sound()


def drawn(count: int, seed: int) -> list[tuple[str, int, date, str, int]]:
    """Payments of the open day and of days before, several of one account."""
    source = random.Random(seed)
    return [
        (
            f"L-{source.randint(1, 6)}",
            source.choice([1, 99, 5_000, 120_000]),
            TODAY - timedelta(days=source.choice([0, 0, 0, 3, 11])),
            f"R{i}",
            source.randint(0, 3),
        )
        for i in range(count)
    ]


def test_a_file_leaves_every_account_as_the_single_path_leaves_its_twin(db: str, tmp_path: Path) -> None:
    from duecourse.servicing import payments

    ids = a_book(12)
    told = drawn(40, seed=3)
    for account, amount, on, key, channel in told:
        twin = ids[f"L-{int(account[2:]) + 6}"]
        payments.receive(account=twin, amount_minor=amount, received_on=on, key=key, channel=channel)
    rows = [f"{account},{amount},{on},{key},{channel}" for account, amount, on, key, channel in told]
    path = csv(tmp_path / "p.csv", *rows, header="account,amount_minor,received_on,reference,channel")
    assert take(path).posted == 40
    by_account = {one[0]: one[1:] for one in balances()}
    posted = net(payments_posted())
    for i in range(1, 7):
        own, twin = ids[f"L-{i}"], ids[f"L-{i + 6}"]
        assert by_account[own] == by_account[twin]
        assert posted[own] == posted[twin]
    assert sum(len(one) for one in posted.values()) > 24
    assert sound()


def net(posted: list[Any]) -> dict[int, dict[Any, list[int]]]:
    """What an account's payments come to by day: what replay took back and posted again falls out."""
    sums: dict[int, dict[Any, list[int]]] = {}
    for one in posted:
        found = sums.setdefault(one[0], {}).setdefault(one[1], [0] * 6)
        for i, amount in enumerate(one[4:10]):
            found[i] += amount or 0
    return sums


def test_a_file_that_was_stopped_goes_on_where_it_was(
    book: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [row(f"L-{i % 6 + 1}", i + 1, f"A{i}") for i in range(12)]
    path = csv(tmp_path / "p.csv", *rows, row("L-9", 5, "B"), row("L-1", 5, "C", on=TODAY - timedelta(days=9)))
    monkeypatch.setattr("duecourse.intake.receive.CHUNK", 5)

    def stop(stage: str, done: int, of: int) -> None:
        if stage == "post the open day" and done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take(path, progress=stop)
    assert len(payments_posted()) == 6
    assert waiting() == []
    received = take(path)
    assert (received.posted, received.file.summary["posted"], received.file.summary["known_before"]) == (7, 13, 0)
    assert received.file.summary["posted_for_earlier_days"] == 1
    assert waiting() == [(13, "account", "no_such_account")]
    assert len(payments_posted()) == 13
    assert sound()


def test_a_close_that_goes_on_meanwhile_makes_a_payment_an_earlier_one(book: dict[str, int], tmp_path: Path) -> None:
    from duecourse.book import close

    def close_now(stage: str, done: int, of: int) -> None:
        if stage == "post the open day" and done == 0:
            close.through(TODAY)

    assert take(csv(tmp_path / "p.csv", row("L-1", 5, "A1")), progress=close_now).posted == 1
    assert [one[1:3] for one in payments_posted()] == [(TODAY, TODAY + timedelta(days=1))]
    assert sound()


def test_an_account_that_is_set_aside_keeps_its_payment_in_quarantine(book: dict[str, int], tmp_path: Path) -> None:
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE ledger_balance SET statement_on = day - 5 WHERE account_id = %s", [book["L-2"]])
    received = take(csv(tmp_path / "p.csv", row("L-1", 5, "A1"), row("L-2", 5, "A2"), row("L-3", 5, "A3")))
    assert received.posted == 2
    assert waiting() == [(2, "", "entry_refused")]


def test_a_second_file_at_the_same_time_is_refused(book: dict[str, int], tmp_path: Path) -> None:
    import psycopg
    from django.db import connection

    path = csv(tmp_path / "p.csv", row("L-1", 5, "A1"))
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as other:
        other.execute("SELECT pg_advisory_lock(7, 0)")
        assert refused(path) == "receive_under_way"
        other.execute("SELECT pg_advisory_unlock(7, 0)")  # a closed connection may keep it a moment
    assert take(path).posted == 1


CONTROLS = [
    ("TOTAL,2,12.50", Control()),
    ("合计,2,12.5,,", Control()),
    ("", Control(2, Decimal("12.5"))),
]


@pytest.mark.parametrize(("last", "expected"), CONTROLS)
def test_control_totals_that_agree_let_the_file_in(
    book: dict[str, int], tmp_path: Path, last: str, expected: Control
) -> None:
    path = csv(tmp_path / "p.csv", row("L-1", 5, "A1"), row("L-9", "7.50", "A2"), last)
    assert take(path, expected=expected).posted == 1


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("TOTAL,3,12.50", Control()),
        ("TOTAL,2,12.51", Control()),
        ("", Control(rows=1)),
        ("", Control(total=Decimal("12"))),
        ("TOTAL,3,12.50\n", Control()),
    ],
)
def test_control_totals_that_differ_refuse_the_file_before_anything_is_posted(
    book: dict[str, int], tmp_path: Path, last: str, expected: Control
) -> None:
    path = csv(tmp_path / "p.csv", row("L-1", 5, "A1"), row("L-9", "7.50", "A2"), last)
    assert refused(path, expected=expected) == "control_total_differs"


def test_a_sum_cannot_agree_while_an_amount_cannot_be_read(book: dict[str, int], tmp_path: Path) -> None:
    path = csv(tmp_path / "p.csv", row("L-1", 5, "A1"), row("L-1", "x", "A2"), "TOTAL,2,5")
    with pytest.raises(files.Refused, match=r"cannot be read \(row 2"):
        take(path)


def test_files_that_are_wrong_as_a_whole_are_refused_and_leave_nothing(
    book: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = row("L-1", 5, "A1")
    assert refused(tmp_path / "none.csv") == "file_missing"
    (tmp_path / "empty.csv").write_text("")
    assert refused(tmp_path / "empty.csv") == "file_malformed"
    assert refused(csv(tmp_path / "cut.csv", good, "L-1,5", end="")) == "file_truncated"
    assert refused(csv(tmp_path / "few.csv", "L-1,5", header="account,amount")) == "columns_missing"
    assert refused(csv(tmp_path / "two.csv", good + ",3", header=HEADER + ",amount_minor")) == "file_malformed"
    assert refused(csv(tmp_path / "twice.csv", good + ",3", header=HEADER + ",渠道")) == "file_malformed"
    assert refused(csv(tmp_path / "bad_control.csv", good, "TOTAL,1")) == "file_malformed"
    (tmp_path / "gbk.csv").write_bytes("账号,金额\n".encode("gbk"))
    assert refused(tmp_path / "gbk.csv") == "file_not_utf8"
    (tmp_path / "wide.csv").write_text(HEADER, encoding="utf-16")
    assert refused(tmp_path / "wide.csv") == "file_not_utf8"
    pq.write_table(pa.table({"account": ["L-1"], "amount": [5.0], "received_on": [TODAY], "reference": ["A"]}),
                   tmp_path / "float.parquet")  # fmt: skip
    assert refused(tmp_path / "float.parquet") == "file_malformed"
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "float.parquet").read_bytes()[:-9])
    assert refused(tmp_path / "cut.parquet") == "file_truncated"
    monkeypatch.setattr(payments_file, "MAX_ROWS", 2)
    assert refused(csv(tmp_path / "long.csv", *[row("L-1", 5, f"A{i}") for i in range(3)])) == "file_too_large"


def test_headers_in_chinese_and_columns_of_parquet_read_the_same(book: dict[str, int], tmp_path: Path) -> None:
    chinese = csv(tmp_path / "cn.csv", "7.50,L-1,R-1,20050503,3", header="金额,账号,流水号,到账日,渠道")
    columns = {
        "account": ["L-1"],
        "amount": pa.array([Decimal("7.50")], pa.decimal128(12, 2)),
        "received_on": [TODAY],
        "reference": ["R-1"],
        "channel": [3],
    }
    pq.write_table(pa.table(columns), tmp_path / "p.parquet")
    first, second = payments_file.read(chinese).payments, payments_file.read(tmp_path / "p.parquet").payments
    assert first == second
    assert (take(chinese).posted, take(tmp_path / "p.parquet").posted) == (1, 0)


def test_request_keys_are_of_one_length_and_differ_where_channel_or_reference_do(tmp_path: Path) -> None:
    long = "R" * 200
    references = ["R", "R1", "还款1", long, long + "", "还款2"]
    rows = [row("L-1", i + 1, reference, channel=i) for i, reference in enumerate(references)]
    keys = payments_file.read(csv(tmp_path / "p.csv", *rows)).payments.keys
    assert [len(key) for key in keys.tolist()] == [40] * 6
    assert len(set(keys.tolist())) == 6
    again = payments_file.read(csv(tmp_path / "q.csv", *reversed(rows))).payments
    assert set(again.keys.tolist()) == set(keys.tolist())


def test_sums_beyond_63_bits_are_exact(tmp_path: Path) -> None:
    rows = [row("L-1", "999999999999.999999", f"A{i}") for i in range(20)]
    assert payments_file.read(csv(tmp_path / "p.csv", *rows)).total == 20 * Decimal("999999999999.999999")
