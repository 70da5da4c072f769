"""Payments on a real ledger."""

from datetime import date

import pytest


@pytest.fixture
def line(db: str) -> int:
    from duecourse.borrowers import people
    from duecourse.servicing import accounts

    borrower = people.enrol(source="test", references=["alice"])[0]
    return accounts.open_line(
        number="L1", borrower_id=borrower, product="card_tw_2005", limit_minor=500_000, on=date(2005, 4, 1)
    )


def test_the_same_request_key_answers_the_first_result(line: int) -> None:
    from duecourse.ledger.tables import Entry
    from duecourse.servicing import payments

    first = payments.receive(account=line, amount_minor=5_000, received_on=date(2005, 4, 1), key="p1")
    again = payments.receive(account=line, amount_minor=5_000, received_on=date(2005, 4, 1), key="p1")
    assert again.entry_id == first.entry_id
    assert again.again
    assert Entry.objects.filter(account_id=line).count() == 1


def test_another_body_under_a_used_key_is_refused_and_moves_nothing(line: int) -> None:
    from duecourse.ledger.journal import DifferentBody
    from duecourse.ledger.tables import Entry
    from duecourse.servicing import payments

    payments.receive(account=line, amount_minor=5_000, received_on=date(2005, 4, 1), key="p1")
    with pytest.raises(DifferentBody):
        payments.receive(account=line, amount_minor=6_000, received_on=date(2005, 4, 1), key="p1")
    assert Entry.objects.filter(account_id=line).count() == 1


def test_a_key_used_alone_is_known_in_a_batch_and_the_other_way_round(line: int) -> None:
    import numpy as np

    from duecourse.ledger import chart
    from duecourse.ledger.journal import DifferentBody
    from duecourse.ledger.tables import Entry
    from duecourse.servicing import batch, payments

    def taken(key: str, amount: int) -> batch.Taken:
        keys = np.array([key.encode()], dtype=f"S{batch.KEY_LENGTH}")
        entries = batch.Entries(np.array([line]), np.array([chart.PAYMENT]), np.array([amount]), keys)
        return batch.post(entries=entries, on=date(2005, 4, 1))

    alone, together = "a" * batch.KEY_LENGTH, "b" * batch.KEY_LENGTH
    payments.receive(account=line, amount_minor=5_000, received_on=date(2005, 4, 1), key=alone)
    assert taken(alone, 5_000) == batch.Taken(0, 1, [])
    assert taken(together, 7_000) == batch.Taken(1, 0, [])
    again = payments.receive(account=line, amount_minor=7_000, received_on=date(2005, 4, 1), key=together)
    assert (again.again, again.amounts["cash"]) == (True, 7_000)
    with pytest.raises(DifferentBody):
        taken(alone, 5_001)
    with pytest.raises(DifferentBody):
        payments.receive(account=line, amount_minor=7_001, received_on=date(2005, 4, 1), key=together)
    assert Entry.objects.filter(account_id=line).count() == 2


def test_a_batch_keeps_what_merchants_sell_and_refuses_what_is_no_category_of_a_purchase(line: int) -> None:
    import numpy as np

    from duecourse.ledger import chart
    from duecourse.ledger.tables import Entry
    from duecourse.servicing import batch, purchases
    from duecourse.servicing.tables import PurchaseCategory

    on = date(2005, 4, 1)
    keys = np.array([b"a" * batch.KEY_LENGTH, b"b" * batch.KEY_LENGTH], dtype=f"S{batch.KEY_LENGTH}")
    entries = batch.Entries(
        np.array([line, line]), np.array([chart.PURCHASE, chart.PAYMENT]), np.array([300, 200]), keys
    )
    for wrong in ([10_000, 0], [-1, 0], [5_411, 6_011]):
        with pytest.raises(purchases.NotACategory):
            batch.post(entries=entries._replace(categories=np.array(wrong)), on=on)
    assert not Entry.objects.filter(account_id=line).exists()
    told = entries._replace(categories=np.array([5_411, 0]))
    assert batch.post(entries=told, on=on).posted == 2
    assert batch.post(entries=told, on=on).known == 2
    (kept,) = PurchaseCategory.objects.all()
    assert Entry.objects.get(id=kept.entry_id).kind == chart.PURCHASE
    assert (kept.account_id, kept.category, kept.amount_minor, kept.effective_day, kept.booked_day) == (
        line, 5_411, 300, on, on
    )  # fmt: skip


def test_every_number_of_a_row_and_of_an_entry_is_kept_under_its_own_name(line: int) -> None:
    """The database's functions take numbers by place: each place must be the one that the kernel and the chart mean."""
    from duecourse.kernel.columns import FIELDS
    from duecourse.ledger import chart, journal
    from duecourse.ledger.tables import Agenda, Balance, Entry

    fields = tuple(0 if name == "credit" else 1_000 + place for place, name in enumerate(FIELDS))
    amounts = {name: 10 + place for place, name in enumerate(chart.COLUMNS[:-1])}
    amounts[chart.COLUMNS[-1]] = -sum(amounts.values())
    day, before, wakes = date(2005, 4, 1), date(2005, 3, 30), date(2005, 4, 9)
    dues = list(range(12))
    plain = journal.Entry(line, 1, chart.REFUND, before, day, "TWD", {"cash": 1, "credit": -1})
    full = journal.Entry(line, 1, chart.PAYMENT, before, day, "TWD", amounts, 21, 22, 23, 24, 25)

    def post() -> int:
        journal.lock(line, key="k", body=b"k")
        return journal.post([plain, full], fields=fields, dues=dues, key="k", body=b"k", wake_on=wakes)()

    entry_id = journal.atomically(post)
    row = Balance.objects.filter(account_id=line).values(*FIELDS, "dues").get()
    assert row == dict(zip(FIELDS, fields, strict=True)) | {"dues": dues}
    held = journal.atomically(lambda: journal.lock(line, key="k", body=b"k"))
    assert (held.fields, held.dues, held.answered, held.open_day) == (fields, dues, entry_id, day)
    first, last = Entry.objects.filter(account_id=line).order_by("id").values()
    told = {name: last[name] for name in journal.Entry._fields if name != "amounts"}
    assert told == {name: value for name, value in full._asdict().items() if name != "amounts"}
    assert {name: last[name] for name in chart.COLUMNS} == amounts
    assert [name for name in chart.COLUMNS if first[name] is not None] == ["credit", "cash"]
    assert (first["reverses"], first["stands_for"], last["id"]) == (None, None, entry_id)
    assert Agenda.objects.filter(account_id=line, day=wakes).count() == 1


def test_both_statements_of_a_payment_are_prepared_once(line: int) -> None:
    from django.db import connection

    from duecourse.servicing import payments

    for i in range(3):
        payments.receive(account=line, amount_minor=100, received_on=date(2005, 4, 1), key=f"p{i}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements ORDER BY 1")
        prepared = [row[0] for row in cursor.fetchall()]
    assert [statement.split("(")[0] for statement in prepared] == ["SELECT ledger_lock", "SELECT ledger_post"]
