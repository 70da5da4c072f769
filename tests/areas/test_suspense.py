"""Money that cannot be attributed: it lies in suspense, is attributed as if it had come in time, or is returned."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from refusing import refused, trace

pytestmark = pytest.mark.usefixtures("db")
FIRST = date(2024, 4, 1)
CAME = date(2024, 4, 5)
TODAY = date(2024, 4, 12)


def line(number: str, on: date = FIRST) -> int:
    from duecourse.servicing import accounts

    return accounts.open_line(number=number, borrower_id=1, product="card_tw_2005", limit_minor=500_000, on=on)


def close(through: date) -> None:
    from duecourse.book import close as closing

    closing.through(through)


def sums() -> tuple[int, int]:
    """Cash and suspense over all entries, debit positive."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(cash), 0)::bigint, coalesce(sum(suspense), 0)::bigint FROM ledger_entry")
        return cursor.fetchone()


def book_is_right() -> None:
    from duecourse.book import check

    for checked in check.everything():
        assert checked.ok, f"{checked.what}: {checked.detail}"


def came(amount: int = 30_000, **told: Any) -> int:
    from duecourse.servicing import suspense

    asked = {"received_on": CAME, "reference": "R1", "payer": "someone", "key": "s1", "channel": 2, **told}
    return suspense.receive(amount_minor=amount, **asked)


def attribute(item: int, account: int, **told: Any) -> Any:
    from duecourse.servicing import suspense

    return suspense.attribute(
        **{"item": item, "account": account, "on": TODAY, "by": "bob", "reason": "found", "key": "a1", **told}
    )


@pytest.fixture
def account(made: int, db_copy: str) -> int:
    """The line below, for one test."""
    return made


@pytest.fixture(scope="module")
def made(module_db: str) -> int:
    """A line that bought before the money came, on a book that is open on TODAY."""
    from duecourse.servicing import purchases

    opened = line("L1")
    purchases.post(account=opened, amount_minor=100_000, on=FIRST, key="buy")
    close(TODAY - timedelta(days=1))
    return opened


def test_money_lies_in_suspense_without_an_account(account: int) -> None:
    from duecourse.ledger import chart
    from duecourse.ledger.tables import Entry
    from duecourse.servicing import suspense

    item = came()
    entry = Entry.objects.get(kind=chart.SUSPENSE)
    assert (entry.account_id, entry.product_id, entry.cash, entry.suspense) == (None, None, 30_000, -30_000)
    assert (entry.effective_day, entry.booked_day, entry.channel) == (CAME, TODAY, 2)
    (listed,) = suspense.open_items()
    assert (listed.id, listed.left_minor, listed.age_days, listed.reference) == (item, 30_000, 7, "R1")
    assert suspense.open_items(on=TODAY + timedelta(days=30))[0].age_days == 37
    book_is_right()


def test_the_same_key_brings_the_same_item_and_another_body_is_refused(account: int) -> None:
    from duecourse.servicing.cash_tables import Suspense

    assert came() == came()
    assert Suspense.objects.count() == 1
    refused("request_key_reused", lambda: came(30_001))


def test_attributed_money_counts_from_the_day_it_came_as_if_it_had_been_paid_then() -> None:
    from duecourse.kernel.columns import FIELDS
    from duecourse.ledger.tables import Balance, Entry
    from duecourse.servicing import payments, purchases

    late, in_time = line("L1"), line("L2")
    for one in (late, in_time):
        purchases.post(account=one, amount_minor=100_000, on=FIRST, key=f"buy{one}")
    close(CAME - timedelta(days=1))
    payments.receive(account=in_time, amount_minor=30_000, received_on=CAME, key="pay", channel=2)
    close(TODAY - timedelta(days=1))
    done = attribute(came(), late)
    assert attribute(came(), late) == done._replace(again=True)
    close(date(2024, 5, 20))
    rows = {one: Balance.objects.filter(account_id=one).values(*FIELDS, "dues").get() for one in (late, in_time)}
    assert rows[late] == rows[in_time]
    paid = Entry.objects.get(id=done.payment_id)
    assert (paid.effective_day, paid.booked_day, paid.channel) == (CAME, TODAY, 2)
    assert sums() == (60_000, 0)
    book_is_right()


def test_an_item_is_split_over_accounts_and_what_is_left_goes_back(account: int) -> None:
    from duecourse.servicing import suspense

    second = line("L2", on=TODAY)
    item = came(received_on=TODAY)
    attribute(item, account, amount_minor=10_000)
    attribute(item, second, amount_minor=15_000, key="a2")
    assert suspense.open_items()[0].left_minor == 5_000
    told: dict[str, Any] = {"item": item, "on": TODAY, "by": "bob", "reason": "not ours", "key": "r1"}
    back = suspense.return_to_payer(**told)
    assert suspense.return_to_payer(**told) == back._replace(again=True)
    assert suspense.open_items() == []
    assert sums() == (25_000, 0)
    assert [(one.kind, one.amount_minor, one.by) for one in suspense.moves_of(item=item)] == [
        ("attributed", 10_000, "bob"),
        ("attributed", 15_000, "bob"),
        ("returned", 5_000, "bob"),
    ]
    close(TODAY)
    book_is_right()


def test_no_more_than_there_is_leaves_and_none_before_it_came(account: int) -> None:
    item = came()
    refused("more_than_in_suspense", lambda: attribute(item, account, amount_minor=30_001))
    refused("before_received", lambda: attribute(item, account, on=CAME - timedelta(days=1)))
    refused("not_an_amount", lambda: attribute(item, account, amount_minor=0))
    refused("no_such_suspense", lambda: attribute(item + 1, account))
    refused("no_such_account", lambda: attribute(item, account + 1))
    attribute(item, account)
    refused("more_than_in_suspense", lambda: attribute(item, account, key="a2"))


def test_money_of_another_currency_or_of_no_known_one_is_refused(account: int) -> None:
    from duecourse.servicing import loan_opening

    item = came()
    loan = loan_opening.open_loan(
        number="N1", borrower_id=1, product="loan_demo", approved_minor=100_000, on=TODAY, by="test"
    )
    refused("other_currency", lambda: attribute(item, loan))
    refused("currency_unknown", lambda: came(key="s2"))
    refused("currency_unknown", lambda: came(key="s2", currency="XAU"))
    assert came(key="s2", currency="CNY") != item


def test_before_the_first_account_and_after_the_open_day_nothing_is_taken() -> None:
    refused("no_open_day", came)
    line("L1")
    refused("effective_after_open_day", came)


def test_money_that_came_before_the_account_was_opened_is_not_attributed_to_it(account: int) -> None:
    item = came()
    later = line("L2", on=TODAY)
    refused("effective_before_opening", lambda: attribute(item, later))


def test_an_attribution_to_the_wrong_account_is_taken_back(account: int) -> None:
    from duecourse.servicing import read, suspense

    before = read.account(number="L1").figures
    item = came()
    done = attribute(item, account)
    assert read.account(number="L1").figures != before
    back = suspense.take_back(move=done.move, by="bob", reason="another's", key="b1")
    assert suspense.take_back(move=done.move, by="bob", reason="another's", key="b1") == back._replace(again=True)
    assert read.account(number="L1").figures == before
    assert suspense.open_items()[0].left_minor == 30_000
    assert sums() == (30_000, -30_000)
    refused("not_attributed", lambda: suspense.take_back(move=done.move, by="bob", reason="again", key="b2"))
    refused("not_attributed", lambda: suspense.take_back(move=back.move, by="bob", reason="again", key="b2"))
    close(TODAY)
    book_is_right()


def test_money_is_attributed_to_a_loan(db: str) -> None:
    from duecourse.servicing import loan_opening, loans, suspense

    loan = loan_opening.open_loan(
        number="N1", borrower_id=1, product="loan_demo", approved_minor=100_000, on=FIRST, by="test"
    )
    loans.draw(account=loan, amount_minor=100_000, on=FIRST, by="test", key="draw")
    close(date(2024, 5, 3))
    item = came(9_000, received_on=date(2024, 5, 1))
    done = attribute(item, loan, on=date(2024, 5, 4))
    back = suspense.take_back(move=done.move, by="bob", reason="another's", key="b1")
    assert back.payment_id != done.payment_id
    attribute(item, loan, on=date(2024, 5, 4), key="a2")
    close(date(2024, 5, 5))
    book_is_right()


def test_by_the_terms_money_counts_from_its_attribution(account: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from duecourse.ledger.tables import Entry
    from duecourse.rules import cash_terms

    told = cash_terms.CashTerms(suspense=cash_terms.FROM_ATTRIBUTION)
    monkeypatch.setattr(cash_terms, "of_product", lambda code, opened_on: told)
    done = attribute(came(), account)
    assert Entry.objects.get(id=done.payment_id).effective_day == TODAY


def test_the_terms_of_cash_are_read_by_word() -> None:
    from duecourse.rules import cash_terms
    from duecourse.rules.fields import TermsRefused

    told = cash_terms.parse({"suspense": "attributed", "failed_draw": "until_failed"}, where="here")
    assert told == (cash_terms.FROM_ATTRIBUTION, cash_terms.UNTIL_FAILED)
    for wrong in ({"suspense": "never"}, {"magic": 1}):
        with pytest.raises(TermsRefused):
            cash_terms.parse(wrong, where="here")


def test_check_names_suspense_that_is_not_its_items(account: int) -> None:
    from django.db import connection

    from duecourse.book import check

    came()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_entry (kind, effective_day, booked_day, currency, cash, suspense) "
            "VALUES (25, %s, %s, 'TWD', 1, -1)",
            [TODAY, TODAY],
        )
    told = check.suspense()
    assert (told.ok, told.detail) == (False, "TWD: ledger 30001, items 30000")


HEADER = "account,amount,received_on,reference,channel"


def file(place: Path, *rows: str) -> Path:
    place.write_text("\n".join((HEADER, *rows)) + "\n")
    return place


def test_a_row_of_an_unknown_account_lies_in_suspense_until_its_corrected_row_comes(
    account: int, tmp_path: Path
) -> None:
    from duecourse.intake import receive
    from duecourse.intake.tables import Quarantined
    from duecourse.servicing import suspense

    sent = file(tmp_path / "p.csv", f"L1,10.00,{TODAY},A1,1", f"L-X,300.00,{CAME},A2,1", f"L-Y,1.001,{CAME},A3,1")
    plain = receive.take(sent)
    assert (plain.posted, plain.file.summary["in_suspense"], suspense.open_items()) == (1, 0, [])
    taken = receive.take(sent, suspense=True)
    assert (taken.posted, taken.file.summary["in_suspense"]) == (0, 1)
    assert taken.file.summary["in_suspense_minor"] == {"TWD": 30_000}
    (item,) = suspense.open_items()
    assert (item.left_minor, item.received_on, item.channel, item.reference) == (30_000, CAME, 1, "A2")
    before = trace()
    receive.take(sent, suspense=True)
    assert trace() == before

    wrong = receive.retry(file(tmp_path / "w.csv", f"L1,299.00,{CAME},A2,1"))
    assert wrong.posted == 0
    assert Quarantined.objects.filter(file=wrong.file).values_list("code", flat=True).get() == "suspense_differs"
    right = receive.retry(file(tmp_path / "c.csv", f"L1,300.00,{CAME},A2,1"), by="bob")
    assert right.posted == 1
    assert suspense.open_items() == []
    assert sums() == (31_000, 0)
    assert set(Quarantined.objects.filter(taken_by=None).values_list("reference", flat=True)) == {"1:A3"}
    after = trace()
    assert receive.take(file(tmp_path / "c.csv", f"L1,300.00,{CAME},A2,1")).posted == 0
    assert trace() == after
    close(TODAY)
    book_is_right()


def test_money_that_went_back_is_not_paid_by_a_corrected_row(account: int, tmp_path: Path) -> None:
    from duecourse.intake import receive
    from duecourse.intake.tables import Quarantined
    from duecourse.servicing import suspense

    receive.take(file(tmp_path / "p.csv", f"L-X,300.00,{CAME},A2,1"), suspense=True)
    (item,) = suspense.open_items()
    suspense.return_to_payer(item=item.id, on=TODAY, by="bob", reason="not ours", key="r")
    corrected = receive.retry(file(tmp_path / "c.csv", f"L1,300.00,{CAME},A2,1"))
    assert corrected.posted == 0
    assert sums() == (0, 0)
    waits = Quarantined.objects.filter(file=corrected.file).values_list("code", flat=True).get()
    assert waits == "more_than_in_suspense"
