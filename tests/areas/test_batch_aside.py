"""A batch in which one account is set aside: its entries are faults, those of the others are posted."""

from datetime import date, timedelta

DAY = date(2005, 4, 1)
LAST = date(2005, 5, 2)


def test_the_entries_of_an_account_that_is_set_aside_are_faults_and_the_others_are_posted(db: str) -> None:
    import numpy as np
    from django.db import connections

    from duecourse.book import close
    from duecourse.ledger import chart
    from duecourse.ledger.tables import Balance, Entry, Request
    from duecourse.servicing import accounts, batch

    ids = [
        accounts.open_line(number=f"L{i}", borrower_id=i, product="card_tw_2005", limit_minor=500_000, on=DAY)
        for i in range(3)
    ]
    first = batch.Entries(
        np.array(ids), np.full(3, chart.PURCHASE), np.full(3, 10_000), np.array([b"b%039d" % i for i in range(3)])
    )
    assert batch.post(entries=first, on=DAY) == (3, 0, [])
    close.through(DAY)
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE ledger_balance SET statement_on = day - 5 WHERE account_id = %s", [ids[1]])
    close.through(LAST, by="bob", excepted=[ids[1]])
    before = Balance.objects.filter(account_id=ids[1]).values().get()
    payments = batch.Entries(
        np.array([ids[0], ids[1], ids[1], ids[2]]),
        np.full(4, chart.PAYMENT),
        np.array([1_000, 2_000, 3_000, 4_000]),
        np.array([b"p%039d" % i for i in range(4)]),
    )
    taken = batch.post(entries=payments, on=LAST + timedelta(days=1))
    assert (taken.posted, taken.known) == (2, 0)
    assert [(one.place, one.code) for one in taken.faults] == [(1, "entry_refused"), (2, "entry_refused")]
    assert all("an evening of the account was left out" in one.message for one in taken.faults)
    paid = Entry.objects.filter(kind=chart.PAYMENT).order_by("account_id").values_list("account_id", "cash")
    assert list(paid) == [(ids[0], 1_000), (ids[2], 4_000)]
    assert Balance.objects.filter(account_id=ids[1]).values().get() == before
    assert sorted(Request.objects.filter(key__startswith="p").values_list("key", flat=True)) == [
        f"p{i:039d}" for i in (0, 3)
    ]
