"""An account's life on the real ledger: opening, purchases, refunds, payments, statements, refusals."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

PRODUCT = "card_tw_2005"
DAY = date(2005, 4, 1)


def open_line(number: str = "L1", limit: int = 500_000, **changed: Any) -> int:
    from duecourse.servicing import accounts

    return accounts.open_line(number=number, borrower_id=1, product=PRODUCT, limit_minor=limit, on=DAY, **changed)


@pytest.fixture
def line(db: str) -> int:
    return open_line()


def everything() -> dict[str, list[str]]:
    """All rows of all tables, as text."""
    from django.apps import apps
    from django.db import connection

    names = {model._meta.db_table for model in apps.get_app_config("duecourse").get_models()} | {"ledger_agenda"}
    found = {}
    with connection.cursor() as cursor:
        for name in sorted(names):
            cursor.execute(f"SELECT t::text FROM {name} t ORDER BY 1")
            found[name] = [row[0] for row in cursor.fetchall()]
    return found


def row(line: int) -> Any:
    from duecourse.ledger.tables import Balance

    return Balance.objects.get(account_id=line)


def principal(line: int) -> int:
    held = row(line)
    return held.unbilled + held.bearing + held.window + held.revolving + held.past_due


def close(through: date) -> None:
    from duecourse.book import close

    assert all(closed.sealed for closed in close.through(through))


def entry(entry_id: int) -> Any:
    from duecourse.ledger.tables import Entry

    return Entry.objects.get(id=entry_id)


def test_terms_are_frozen_at_opening(db: str) -> None:
    """Lines opened under other terms keep theirs; equal terms are kept once."""

    from duecourse.servicing import agreed
    from duecourse.servicing.tables import Account

    first, other, same = open_line("A"), open_line("B", rate_ppm=120_000), open_line("C")
    terms = {account.id: account.terms_id for account in Account.objects.all()}
    assert terms[first] == terms[same] != terms[other]
    assert agreed.of(terms[other]).terms.rate_ppm == 120_000
    assert row(other).terms_id == terms[other]


def test_a_purchase_is_authorised_within_the_limit(line: int) -> None:
    from duecourse.servicing import purchases
    from duecourse.servicing.refusals import OverLimit

    purchases.authorise(account=line, amount_minor=400_000, on=DAY, key="b1")
    before = everything()
    with pytest.raises(OverLimit) as refused:
        purchases.authorise(account=line, amount_minor=100_001, on=DAY, key="b2")
    assert refused.value.code == "over_limit"
    assert everything() == before
    purchases.authorise(account=line, amount_minor=100_000, on=DAY, key="b3")
    assert principal(line) == 500_000


def test_a_purchase_already_made_is_posted_over_the_limit_and_marked(line: int) -> None:
    from duecourse.servicing import purchases
    from duecourse.servicing.tables import Breach

    purchases.post(account=line, amount_minor=600_000, on=DAY, key="b1")
    purchases.post(account=line, amount_minor=600_000, on=DAY, key="b1")
    assert principal(line) == 600_000
    assert list(Breach.objects.values_list("account_id", "effective_day", "rule", "amount_minor")) == [
        (line, DAY, "over_limit", 600_000)
    ]


def test_a_suspended_line_authorises_nothing_until_the_minimum_is_paid(line: int) -> None:
    from duecourse.servicing import payments, purchases
    from duecourse.servicing.refusals import Suspended
    from duecourse.servicing.tables import Breach, Statement

    purchases.authorise(account=line, amount_minor=100_000, on=DAY, key="b1")
    close(date(2005, 5, 20))
    now = date(2005, 5, 21)
    before = everything()
    with pytest.raises(Suspended) as refused:
        purchases.authorise(account=line, amount_minor=1, on=now, key="b2")
    assert refused.value.code == "line_suspended"
    assert everything() == before
    purchases.post(account=line, amount_minor=700, on=now, key="b3")
    assert list(Breach.objects.values_list("rule", flat=True)) == ["suspended"]
    payments.receive(account=line, amount_minor=Statement.objects.get().minimum, received_on=now, key="p")
    purchases.authorise(account=line, amount_minor=1, on=now, key="b2")


def test_a_purchase_that_comes_late_is_tested_as_one_of_today(line: int) -> None:
    """Authorising happens now, whatever day the purchase is for; one already made is marked by what is known now."""
    from duecourse.servicing import purchases
    from duecourse.servicing.refusals import OverLimit
    from duecourse.servicing.tables import Breach

    purchases.authorise(account=line, amount_minor=400_000, on=DAY, key="b1")
    close(DAY + timedelta(days=2))
    before = everything()
    with pytest.raises(OverLimit):
        purchases.authorise(account=line, amount_minor=100_001, on=DAY, key="b2")
    assert everything() == before
    purchases.post(account=line, amount_minor=100_001, on=DAY, key="b3")
    assert list(Breach.objects.values_list("effective_day", "rule")) == [(DAY, "over_limit")]
    assert principal(line) == 500_001


def test_a_refund_comes_off_what_was_bought_and_the_rest_is_a_credit(line: int) -> None:
    from duecourse.servicing import purchases

    purchases.post(account=line, amount_minor=3_000, on=DAY, key="b")
    given = purchases.refund(account=line, amount_minor=5_000, on=DAY, key="r")
    assert given.amounts == {"principal": -3_000, "credit": -2_000, "merchant": 5_000}
    assert (principal(line), row(line).credit) == (0, 2_000)


def test_a_payment_says_where_it_went(line: int) -> None:
    from duecourse.servicing import payments, purchases

    purchases.post(account=line, amount_minor=3_000, on=DAY, key="b")
    paid = payments.receive(account=line, amount_minor=2_000, received_on=DAY, key="p", channel=7)
    assert paid.amounts == {"principal": -2_000, "cash": 2_000}
    assert not paid.again
    assert (entry(paid.entry_id).channel, entry(paid.entry_id).booked_day) == (7, DAY)
    again = payments.receive(account=line, amount_minor=2_000, received_on=DAY, key="p", channel=7)
    assert again == paid._replace(again=True)


def test_a_statement_reads_back_as_it_was_sent(line: int) -> None:
    """A correction is a later version beside it."""
    from duecourse.servicing import payments, purchases
    from duecourse.servicing.tables import Statement

    names = ("version", "due_on", "balance", "minimum", "principal", "interest", "booked_day")
    purchases.post(account=line, amount_minor=100_000, on=DAY, key="b")
    close(date(2005, 4, 30))
    sent = Statement.objects.values_list(*names).get(cycle_on=date(2005, 4, 30))
    assert sent == (1, date(2005, 5, 20), 100_000, 4_000, 100_000, 0, date(2005, 4, 30))
    close(date(2005, 5, 3))
    payments.receive(account=line, amount_minor=30_000, received_on=date(2005, 4, 20), key="p")
    kept = list(Statement.objects.order_by("version").values_list(*names))
    assert kept == [sent, (2, date(2005, 5, 20), 70_000, 2_800, 70_000, 0, date(2005, 5, 4))]


def test_a_statement_that_should_not_have_been_is_corrected_to_nothing(line: int) -> None:
    from duecourse.servicing import payments, purchases
    from duecourse.servicing.tables import Statement

    purchases.post(account=line, amount_minor=100_000, on=DAY, key="b")
    close(date(2005, 5, 3))
    payments.receive(account=line, amount_minor=100_000, received_on=date(2005, 4, 20), key="p")
    kept = list(Statement.objects.order_by("version").values_list("cycle_on", "balance", "minimum", "due_on"))
    assert kept == [
        (date(2005, 4, 30), 100_000, 4_000, date(2005, 5, 20)),
        (date(2005, 4, 30), 0, 0, None),
    ]
    close(date(2005, 6, 1))
    assert principal(line) == 0


def refusals() -> list[tuple[str, Callable[[int], object]]]:
    from duecourse.ledger.journal import DifferentBody, NoSuchAccount
    from duecourse.servicing import accounts, adjustments, payments, purchases, refusals
    from duecourse.servicing.accounts import NotOpenDay, NumberTaken

    def pay(account: int, amount: int, on: date, key: str = "n") -> object:
        return payments.receive(account=account, amount_minor=amount, received_on=on, key=key)

    def undo(account: int, entry_id: int) -> object:
        return payments.reverse(account=account, entry=entry_id, reason="bounced", by="bob", key="n")

    def bought(line: int) -> int:
        from duecourse.ledger.tables import Entry

        return Entry.objects.get(kind=1, account_id=line).id

    late = DAY + timedelta(days=3)
    cases: list[tuple[type[Exception], Callable[[int], object]]] = [
        (NoSuchAccount, lambda line: pay(line + 1, 5, late)),
        (NoSuchAccount, lambda line: pay(10**18, 5, late)),
        (NoSuchAccount, lambda line: pay(-1, 5, late)),
        (refusals.NotAnAmount, lambda line: pay(line, 0, late)),
        (refusals.NotAnAmount, lambda line: pay(line, -5, late)),
        (refusals.NotAnAmount, lambda line: pay(line, 10**10 + 1, late)),
        (refusals.NotAnAmount, lambda line: purchases.post(account=line, amount_minor=10**10, on=late, key="n")),
        (refusals.AfterOpenDay, lambda line: pay(line, 5, late + timedelta(days=1))),
        (refusals.BeforeOpening, lambda line: pay(line, 5, DAY - timedelta(days=1))),
        (DifferentBody, lambda line: pay(line, 6, DAY, "p")),
        (DifferentBody, lambda line: adjustments.credit(account=line, amount_minor=5, on=DAY, key="p")),
        (refusals.NotReversible, lambda line: undo(line, 10**9)),
        (refusals.NotReversible, lambda line: undo(line, bought(line))),
        (NumberTaken, lambda line: open_line("L1")),
        (NotOpenDay, lambda line: open_line("L2")),
        (refusals.NotAnAmount, lambda line: accounts.open_line(
            number="L3", borrower_id=1, product=PRODUCT, limit_minor=-1, on=late)),
    ]  # fmt: skip
    return [(kind.code, ask) for kind, ask in cases]


def test_a_refused_action_leaves_no_trace(line: int) -> None:
    from duecourse.ledger.journal import Refused
    from duecourse.servicing import payments, purchases

    purchases.post(account=line, amount_minor=3_000, on=DAY, key="b")
    payments.receive(account=line, amount_minor=5, received_on=DAY, key="p")
    close(DAY + timedelta(days=2))
    before = everything()
    for i, (code, ask) in enumerate(refusals()):
        with pytest.raises(Refused) as refused:
            ask(line)
        assert refused.value.code == code, i
        if code not in ("account_number_taken", "not_the_open_day", "not_an_amount"):
            assert str(line) in str(refused.value) or "account" in str(refused.value) or "key" in str(refused.value)
        assert everything() == before, (i, code)


def test_terms_of_another_year_basis_are_refused(db: str) -> None:
    """The seal accrues in the product's basis."""
    from duecourse.rules.fields import TermsRefused

    with pytest.raises(TermsRefused, match="year_days"):
        open_line(year_days=360)


def test_lines_open_on_the_open_day_of_the_book(db: str) -> None:
    from duecourse.servicing import accounts
    from duecourse.servicing.accounts import NotOpenDay

    open_line("A")
    close(DAY)
    with pytest.raises(NotOpenDay) as refused:
        open_line("B")
    assert refused.value.code == "not_the_open_day"
    tomorrow = DAY + timedelta(days=1)
    accounts.open_line(number="B", borrower_id=1, product=PRODUCT, limit_minor=1, on=tomorrow)
    close(tomorrow)


def test_a_key_that_stands_twice_in_a_batch_is_refused_and_nothing_is_posted(line: int) -> None:
    import numpy as np

    from duecourse.ledger import chart
    from duecourse.servicing import batch

    before = everything()
    keys = np.array([b"k" * batch.KEY_LENGTH] * 2)
    twice = batch.Entries(np.array([line, line]), np.full(2, chart.PAYMENT), np.array([100, 200]), keys)
    with pytest.raises(batch.BadKey):
        batch.post(entries=twice, on=DAY)
    assert everything() == before


def test_an_account_whose_numbers_contradict_each_other_takes_nothing(line: int) -> None:
    from django.db import connections

    from duecourse.servicing import payments
    from duecourse.servicing.refusals import Faulty

    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE ledger_balance SET due_on = day - 1, statement_on = statement_on + 0")
        cursor.execute("UPDATE ledger_balance SET dues = ARRAY[day + 5, 100, 0, 0, 0, 100]")
    before = everything()
    with pytest.raises(Faulty):
        payments.receive(account=line, amount_minor=100, received_on=DAY, key="p")
    assert everything() == before
