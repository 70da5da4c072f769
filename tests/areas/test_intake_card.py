"""A card book on a real ledger: statements as recorded, rows corrected later, a second import that changes nothing."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

COLUMNS = [
    "ID", "LIMIT_BAL", "PAY_0", *(f"PAY_{k}" for k in range(2, 7)),
    *(f"BILL_AMT{k}" for k in range(1, 7)), *(f"PAY_AMT{k}" for k in range(1, 7)), "DEFAULT",
]  # fmt: skip


def drawn(count: int, seed: int = 0) -> list[dict[str, int]]:
    """Clients with plausible and odd months: nothing billed, credit balances, over the limit, arrears from before."""
    source = random.Random(seed)
    clients = []
    for client in range(1, count + 1):
        limit = source.choice([10_000, 50_000, 200_000])
        bill = source.choice([0, limit // 2, limit * 11 // 10])
        told = {"ID": client, "LIMIT_BAL": limit, "DEFAULT": source.randint(0, 1)}
        told |= {f"PAY_{k}": source.choice([-1, 0, 0, 0, 2]) for k in (0, 2, 3, 4, 5)}
        told["PAY_6"] = source.choice([-2, 0, 0, 2, 3])
        for k in range(6, 0, -1):
            told[f"BILL_AMT{k}"] = bill
            told[f"PAY_AMT{k}"] = source.choice([0, 0, max(bill, 0) // 20, max(bill, 0), 300])
            bill += source.choice([0, 500, limit // 10, -bill - 400 if source.random() < 0.1 else 0])
            bill -= source.choice([0, max(bill, 0) // 3])
        clients.append(told)
    return clients


def write(path: Path, clients: list[dict[str, object]] | list[dict[str, int]]) -> Path:
    lines = [",".join(str(client[name]) for name in COLUMNS) for client in clients]
    path.write_text("\n".join([",".join(COLUMNS), *lines]) + "\n")
    return path


def dump() -> dict[str, list[tuple[object, ...]]]:
    """Every table, as it stands."""
    from django.db import connection

    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names() if "_" in name and "django" not in name]
        found = {}
        for name in sorted(tables):
            cursor.execute(f'SELECT t::text FROM "{name}" t ORDER BY 1')
            found[name] = cursor.fetchall()
    return found


@pytest.mark.slow
def test_statements_come_out_as_recorded_and_again_changes_nothing(db: str, tmp_path: Path) -> None:
    from duecourse.book import check
    from duecourse.intake import card
    from duecourse.ledger.tables import Entry
    from duecourse.rules.read import to_date
    from duecourse.servicing.tables import Account, Statement

    clients = drawn(40)
    path = write(tmp_path / "book.csv", clients)
    taken = card.take(path)
    assert (taken.opened, taken.quarantined, taken.days) == (40, 0, 183)
    numbers = dict(Account.objects.values_list("number", "id"))
    said = {(one.account_id, one.cycle_on): one.balance for one in Statement.objects.all()}
    off = []
    for client in clients:
        for month, k in enumerate(range(6, 0, -1)):
            bill = client[f"BILL_AMT{k}"] * 100
            key = (numbers[card.number(client["ID"])], to_date(card.CYCLES[month]))
            off.append(abs(said.get(key, 0) - bill))
    assert max(off) <= 1, "a statement is more than a cent from the record"
    assert sum(one > 0 for one in off) <= 0.02 * len(off)
    paid = sum(client[f"PAY_AMT{k}"] for client in clients for k in range(1, 6))
    assert sum(Entry.objects.filter(kind=4).values_list("cash", flat=True)) == paid * 100
    assert [one for one in check.everything() if not one.ok] == []

    before = dump()
    again = card.take(path)
    assert (again.opened, again.known, again.days) == (0, 40, 0)
    assert dump() == before


@pytest.mark.slow
def test_bad_rows_wait_in_quarantine_and_are_taken_once_corrected(db: str, tmp_path: Path) -> None:
    from duecourse.book import check, close
    from duecourse.intake import card
    from duecourse.intake.tables import Quarantined
    from duecourse.servicing.tables import Account, Statement

    clients = drawn(12, seed=1)
    broken: list[dict[str, object]] = [dict(client) for client in clients]
    broken[3]["BILL_AMT2"] = "?"
    broken[7]["PAY_AMT4"] = -1
    taken = card.take(write(tmp_path / "book.csv", broken))
    assert (taken.opened, taken.quarantined) == (10, 2)
    rows = list(Quarantined.objects.order_by("row").values_list("file__name", "row", "field", "code", "taken_by"))
    assert rows == [
        ("book.csv", 4, "BILL_AMT2", "not_a_whole_number", None),
        ("book.csv", 8, "PAY_AMT4", "out_of_range", None),
    ]
    corrected = card.retry(write(tmp_path / "corrected.csv", [clients[3], clients[7]]))
    assert corrected.opened == 2
    assert not Quarantined.objects.filter(taken_by=None).exists()
    late = Account.objects.get(number=card.number(clients[3]["ID"]))
    said = dict(Statement.objects.filter(account_id=late.id).values_list("cycle_on", "balance"))
    for month, k in enumerate(range(6, 0, -1)):
        bill = clients[3][f"BILL_AMT{k}"] * 100
        assert abs(said.get(date.fromordinal(date(2005, 5 + month, 1).toordinal() - 1), 0) - bill) <= 1
    close.through(date(2005, 10, 2))
    assert [one for one in check.everything() if not one.ok] == []
    with pytest.raises(card.NothingToRetry):
        card.retry(tmp_path / "corrected.csv")


@pytest.mark.slow
def test_a_client_whose_values_differ_in_a_later_file_is_quarantined(db: str, tmp_path: Path) -> None:
    from duecourse.intake import card
    from duecourse.intake.tables import Quarantined

    clients = drawn(4, seed=2)
    card.take(write(tmp_path / "first.csv", clients[:3]))
    changed = [dict(clients[0]), clients[3]]
    changed[0]["BILL_AMT1"] += 7
    taken = card.take(write(tmp_path / "second.csv", changed))
    assert (taken.opened, taken.quarantined) == (1, 1)
    assert Quarantined.objects.get().code == "differs_from_earlier_file"


@pytest.mark.slow
def test_an_interrupted_import_goes_on_where_it_was(db: str, tmp_path: Path) -> None:
    from duecourse.intake import card

    path = write(tmp_path / "book.csv", drawn(20, seed=3))

    def stop(stage: str, done: int, of: int) -> None:
        if stage == "replay and close" and done == 70:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        card.take(path, progress=stop)
    taken = card.take(path)
    assert (taken.opened, taken.known, taken.days) == (0, 20, 183 - 70)


def test_agreement_counts_every_client_month_once() -> None:
    import numpy as np

    from duecourse.intake import agreement

    source = np.random.default_rng(0)
    found, recorded = source.integers(0, 4, (5, 500)), source.integers(0, 4, (5, 500))
    kinds = agreement.kinds(found, recorded, source.integers(-1, 3, (4, 500)), source.integers(0, 3, (4, 500)))
    assert sum(kinds.values()) == 4 * 500
    assert kinds["agree"] == int((found[1:] == recorded[1:]).sum())


def test_kappa_is_one_for_equal_and_zero_for_unrelated_codes() -> None:
    import numpy as np

    from duecourse.intake import agreement

    same = np.array([0, 2, 0, 3])
    assert agreement.measures(same, same)["kappa"] == 1.0
    assert agreement.measures(np.array([2, 2, 0, 0]), np.array([2, 0, 2, 0]))["kappa"] == 0.0


def stopped_after(done_days: int) -> Callable[[str, int, int], None]:
    """A progress that interrupts an import after so many days."""

    def stop(stage: str, done: int, of: int) -> None:
        if stage == "replay and close" and done == done_days:
            raise KeyboardInterrupt

    return stop


def test_another_file_waits_until_the_one_that_was_interrupted_is_finished(db: str, tmp_path: Path) -> None:
    from duecourse.intake import card

    clients = drawn(6, seed=4)
    with pytest.raises(KeyboardInterrupt):
        card.take(write(tmp_path / "first.csv", clients[:3]), progress=stopped_after(2))
    before = dump()
    with pytest.raises(card.OtherFileUnfinished, match=r"first\.csv") as refused:
        card.take(write(tmp_path / "second.csv", clients[3:]))
    assert refused.value.code == "other_file_unfinished"
    assert dump() == before


def test_an_interrupted_import_does_not_go_on_in_a_book_that_was_closed_beyond_it(db: str, tmp_path: Path) -> None:
    from duecourse.book import close
    from duecourse.intake import card

    path = write(tmp_path / "book.csv", drawn(3, seed=5))
    with pytest.raises(KeyboardInterrupt):
        card.take(path, progress=stopped_after(2))
    close.through(card.FIRST + timedelta(days=3))
    before = dump()
    with pytest.raises(card.BookWentOn) as refused:
        card.take(path)
    assert refused.value.code == "book_went_on"
    assert dump() == before


def test_an_import_stops_at_a_day_that_cannot_be_sealed_and_again_when_it_is_taken_again(
    db: str, tmp_path: Path
) -> None:
    from django.db import connections

    from duecourse.book.tables import Day, SetAside
    from duecourse.intake import card
    from duecourse.intake.tables import File
    from duecourse.ledger.tables import Entry

    path = write(tmp_path / "book.csv", drawn(3, seed=6))

    def change(statement_on: str, fee: int) -> None:
        """A fee that no entry charged keeps the account from being dormant, whatever it has bought by then."""
        with connections["owner"].cursor() as cursor:
            cursor.execute(
                f"UPDATE ledger_balance SET statement_on = {statement_on}, fee = fee + %s, "
                "unbilled_fee = unbilled_fee + %s WHERE account_id = 1",
                [fee, fee],
            )
            cursor.execute("INSERT INTO ledger_agenda SELECT open_day, 1 FROM ledger_shard")

    def break_one(stage: str, done: int, of: int) -> None:
        if stage == "replay and close" and done == 2:
            change("day - 5", 1)

    with pytest.raises(card.ImportStopped) as refused:
        card.take(path, progress=break_one)
    assert refused.value.code == "import_stopped"
    assert SetAside.objects.get().account_id == 1
    assert Day.objects.count() == 2
    assert File.objects.get().summary == {"replayed_through": "2005-04-02"}
    assert not Entry.objects.filter(account_id=1, booked_day__gt=date(2005, 4, 2)).exists()
    before = Entry.objects.count()
    with pytest.raises(card.ImportStopped):
        card.take(path)
    assert Entry.objects.count() == before
