"""Receipts and settlement certificates: their figures are the ledger's, and one that became untrue is void."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from duecourse.ledger.journal import Refused

FIRST = date(2024, 1, 2)
LENT = date(2024, 1, 1)
PRODUCT = "card_tw_2005"


def close(through: date) -> None:
    from duecourse.book import close as closing

    closing.through(through)


def a_line(number: str = "A-1", **terms: Any) -> int:
    from duecourse.servicing import accounts

    return accounts.open_line(
        number=number, borrower_id=1, product=PRODUCT, limit_minor=1_000_000, on=FIRST, cycle_day=1, **terms
    )


def buy(account: int, amount: int, on: date, key: str) -> int:
    from duecourse.servicing import purchases

    return purchases.post(account=account, amount_minor=amount, on=on, key=key).entry_id


def pay(account: int, amount: int, on: date, key: str) -> int:
    from duecourse.servicing import payments

    return payments.receive(account=account, amount_minor=amount, received_on=on, key=key, channel=3).entry_id


def a_loan(number: str = "B-1", amount: int = 600_000) -> int:
    from duecourse.servicing import loan_opening, loans

    account = loan_opening.open_loan(
        number=number, borrower_id=2, product="loan_demo", approved_minor=amount, on=LENT, by="test",
        installments=6, rate_ppm=120_000,
    )  # fmt: skip
    loans.draw(account=account, amount_minor=amount, on=LENT, by="test", key=f"draw{number}")
    return account


def receipt(account: str, entry: int) -> dict[str, Any]:
    """What a receipt says, once it has been shown that its parts add up."""
    from duecourse.servicing import receipts

    told = receipts.facts(account=account, entry=entry)
    assert sum(told["met"].values()) + told["excess"] + told["recovered"] == told["amount"]
    if told["taken_back"] is None:
        lying = {name: sum(due[name] for due in told["dues"]) for name in ("principal", "interest", "fee", "penalty")}
        for name, amount in lying.items():
            assert amount + told["beyond"].get(name, 0) == told["met"].get(name, 0)
    return told


def test_a_receipt_says_what_a_payment_met_due_by_due(db: str) -> None:
    account = a_line()
    buy(account, 100_000, FIRST, "b1")
    close(date(2024, 2, 5))
    entry = pay(account, 50_000, date(2024, 2, 6), "p1")
    told = receipt("A-1", entry)
    assert told["amount"] == 50_000
    assert told["met"] == {"principal": 50_000}
    assert [(due["due_on"], due["principal"]) for due in told["dues"]] == [("2024-02-21", 4_000)]
    assert told["beyond"] == {"principal": 46_000}
    assert (told["owed"], told["channel"], told["next"]) == (50_000, 3, None)


def test_a_receipt_of_a_late_payment_shows_each_missed_due(db: str) -> None:
    account = a_line()
    buy(account, 100_000, FIRST, "b1")
    close(date(2024, 3, 25))
    entry = pay(account, 4_500, date(2024, 3, 26), "p1")
    told = receipt("A-1", entry)
    assert [due["due_on"] for due in told["dues"]] == ["2024-02-21", "2024-03-21"]
    assert told["dues"][0]["principal"] == 4_000
    assert told["next"]["is_late"]
    assert told["next"]["past_due"] == told["next"]["amount"]


def test_a_payment_posted_again_by_a_replay_has_one_receipt(db: str) -> None:
    account = a_line()
    buy(account, 100_000, FIRST, "b1")
    close(date(2024, 3, 25))
    entry = pay(account, 6_000, date(2024, 3, 26), "p1")
    pay(account, 5_000, date(2024, 2, 10), "p0")
    told = receipt("A-1", entry)
    assert (told["entry"], told["amount"], told["taken_back"]) == (entry, 6_000, None)


def test_more_than_all_becomes_a_credit_balance_and_the_receipt_says_so(db: str) -> None:
    account = a_line()
    buy(account, 10_000, FIRST, "b1")
    told = receipt("A-1", pay(account, 12_000, FIRST, "p1"))
    assert (told["excess"], told["credit"], told["owed"]) == (2_000, 2_000, 0)
    assert told["beyond"] == {"principal": 10_000}


def test_a_receipt_of_a_loan_names_its_installments(db: str) -> None:
    account = a_loan()
    close(date(2024, 2, 4))
    told = receipt("B-1", pay(account, 110_000, date(2024, 2, 5), "p1"))
    assert told["is_loan"]
    assert told["dues"][0]["due_on"] == "2024-02-01"
    assert told["dues"][0]["interest"] == told["met"]["interest"] > 0
    assert told["next"]["due_on"] == "2024-03-01"


@pytest.mark.parametrize("kind", ["line", "loan"])
def test_a_receipt_of_a_payment_taken_back_says_so(db: str, kind: str) -> None:
    from duecourse.servicing import payments

    number, account = ("A-1", a_line()) if kind == "line" else ("B-1", a_loan())
    if kind == "line":
        buy(account, 10_000, FIRST, "b1")
    close(date(2024, 1, 9))
    entry = pay(account, 4_000, date(2024, 1, 10), "p1")
    close(date(2024, 1, 14))
    payments.reverse(account=account, entry=entry, reason="bounced", by="bob", key="r")
    told = receipt(number, entry)
    assert told["taken_back"] == {"day": "2024-01-15", "by": "bob", "reason": "bounced"}
    assert told["dues"] == []


def test_what_is_no_payment_has_no_receipt(db: str) -> None:
    from duecourse.servicing import documents
    from duecourse.servicing.receipts import NotAPayment

    account = a_line()
    bought = buy(account, 10_000, FIRST, "b1")
    for entry in (bought, 10**9):
        with pytest.raises(NotAPayment):
            documents.receipt(account="A-1", entry=entry)


def settled_line() -> int:
    """A line that bought, was billed with interest to come, and paid all of it."""
    account = a_line()
    buy(account, 100_000, FIRST, "b1")
    close(date(2024, 2, 5))
    pay(account, 100_000, date(2024, 2, 6), "p1")
    close(date(2024, 2, 6))
    return account


def settled_loan() -> int:
    """A loan paid off early by its quote."""
    from duecourse.servicing import payoff

    account = a_loan()
    close(date(2024, 2, 14))
    quote = payoff.quote(number="B-1", day=date(2024, 2, 15)).quote
    pay(account, quote.payoff, date(2024, 2, 15), "p1")
    close(date(2024, 2, 15))
    return account


def issue(number: str) -> Any:
    from duecourse.servicing import documents

    return documents.issue(account=number, by="bob")


def verify(told: str) -> Any:
    from duecourse.servicing import documents

    return documents.verify(told=told, by="carol")


@pytest.mark.parametrize(("number", "settled"), [("A-1", settled_line), ("B-1", settled_loan)])
def test_a_settled_account_gets_one_certificate_for_the_same_facts(
    db: str, number: str, settled: Any, tmp_path: Path
) -> None:
    from duecourse.servicing.tables import Document

    settled()
    first, again = issue(number), issue(number)
    assert first.pdf.startswith(b"%PDF")
    assert (again.number, again.pdf, again.again) == (first.number, first.pdf, True)
    assert Document.objects.count() == 1
    body = Document.objects.get().body
    assert body["paid_off_on"] == ("2024-02-06" if number == "A-1" else "2024-02-15")
    assert body["amount"] == (1_000_000 if number == "A-1" else 600_000)
    assert body["used"] == (100_000 if number == "A-1" else 600_000)
    place = tmp_path / "c.pdf"
    place.write_bytes(first.pdf)
    told = verify(str(place))
    assert (told.number, told.account, told.by, told.void) == (first.number, number, "bob", None)
    assert verify(first.number) == told
    place.write_bytes(first.pdf.replace(b"%PDF", b"%PDE"))
    with pytest.raises(Refused) as reason:
        verify(str(place))
    assert reason.value.code == "no_such_document"


def test_whatever_stands_on_an_account_refuses_the_certificate_and_nothing_is_written(db: str) -> None:
    from duecourse.servicing import disputes
    from duecourse.servicing.documents import NotSettled
    from duecourse.servicing.tables import Document

    account = a_line()

    def refused(because: str) -> None:
        with pytest.raises(NotSettled, match=because):
            issue("A-1")
        assert Document.objects.count() == 0

    refused("nothing was ever owed")
    bought = buy(account, 10_000, FIRST, "b1")
    refused("principal 10,000")
    pay(account, 10_100, FIRST, "p1")
    refused("credit balance 100")
    buy(account, 300, FIRST, "b2")
    disputes.open_dispute(account=account, entry=bought, amount_minor=200, on=FIRST, by="bob", reason="r", key="d")
    refused("disputed, held or to come 200")


def test_interest_that_has_only_accrued_refuses_it_too(db: str) -> None:
    from duecourse.servicing.documents import NotSettled

    account = a_line()
    buy(account, 100_000, FIRST, "b1")
    close(date(2024, 3, 4))  # past the due day: interest grows
    pay(account, read_owed("A-1"), date(2024, 3, 5), "p1")
    assert read_owed("A-1") == 0
    with pytest.raises(NotSettled, match="interest"):
        issue("A-1")


def read_owed(number: str) -> int:
    from duecourse.servicing import read

    return read.account(number=number).figures["owed"]


@pytest.mark.parametrize(("number", "settled"), [("A-1", settled_line), ("B-1", settled_loan)])
def test_a_certificate_is_void_once_a_payment_was_taken_back(db: str, number: str, settled: Any) -> None:
    from duecourse.ledger.tables import Entry
    from duecourse.servicing import documents, payments
    from duecourse.servicing.tables import DocumentVoid

    account = settled()
    issued = issue(number)
    paid = Entry.objects.get(account_id=account, kind=4).id
    payments.reverse(account=account, entry=paid, reason="bounced", by="bob", key="r")
    assert not DocumentVoid.objects.exists()
    told = verify(issued.number)
    assert "is owed as of" in told.void
    assert DocumentVoid.objects.get().by == "carol"
    with pytest.raises(documents.DocumentIsVoid):
        documents.again(number=issued.number)
    from duecourse.servicing import payoff

    day = date(2024, 2, 7) if number == "A-1" else date(2024, 2, 16)
    pay(account, payoff.quote(number=number, day=day).quote.payoff, day, "p2")
    assert verify(issued.number).void == told.void  # void it stays; paid again, there is another
    other = issue(number)
    assert other.number != issued.number
    assert verify(other.number).void is None


def test_a_payment_that_counts_as_made_until_it_bounced_voids_it(db: str) -> None:
    from duecourse.kernel.act_terms import NEVER_MADE
    from duecourse.servicing import payments

    account = a_line(chargeback=1 - NEVER_MADE)
    buy(account, 100_000, FIRST, "b1")
    close(date(2024, 2, 5))
    paid = pay(account, 100_000, date(2024, 2, 6), "p1")
    close(date(2024, 2, 6))
    issued = issue("A-1")
    close(date(2024, 2, 8))
    payments.bounce(account=account, entry=paid, on=date(2024, 2, 9), by="bob", reason="no funds", key="x")
    assert verify(issued.number).void == "a payment made before it was taken back on 2024-02-09: no funds"


def test_what_is_bought_later_does_not_void_it(db: str) -> None:
    account = settled_line()
    issued = issue("A-1")
    buy(account, 5_000, date(2024, 2, 7), "b2")
    close(date(2024, 3, 5))
    assert verify(issued.number).void is None
    assert read_owed("A-1") == 5_000


def test_bought_and_paid_on_its_own_day_does_not_void_it_and_a_late_presented_purchase_does(db: str) -> None:
    account = a_line()
    buy(account, 5_000, FIRST, "b1")
    pay(account, 5_000, FIRST, "p1")
    issued = issue("A-1")
    buy(account, 700, FIRST, "b2")
    assert verify(issued.number).void is None
    close(FIRST + timedelta(days=2))
    pay(account, 700, FIRST + timedelta(days=3), "p2")
    later = issue("A-1")
    buy(account, 900, FIRST + timedelta(days=1), "b3")
    assert "is owed as of" in verify(later.number).void


def test_a_number_that_was_never_given_out_is_refused(db: str) -> None:
    from duecourse.servicing.documents import NoSuchDocument

    for told in ("C00000001", "C", "X1", "", "C999999999999999999999", "c-1"):
        with pytest.raises(NoSuchDocument):
            verify(told)


@pytest.mark.parametrize("kind", ["receipt", "certificate", "statement"])
def test_the_same_facts_make_the_same_bytes_on_one_page(db: str, kind: str) -> None:
    from duecourse.servicing import documents, receipts, typeset

    account = settled_line()
    told = {
        "receipt": lambda: documents.receipt(account="A-1", entry=paid_entry(account)),
        "certificate": lambda: issue("A-1").pdf,
        "statement": lambda: documents.statement(account="A-1", cycle_on=date(2024, 2, 1)),
    }[kind]
    one = told()
    assert one == told()
    assert one.count(b"/Type /Page\n") + one.count(b"/Type/Page\n") == 1 or b"/Count 1" in one
    if kind == "receipt":
        pictures = typeset.pages(receipts.facts(account="A-1", entry=paid_entry(account)))
        assert len(pictures) == 1
        assert pictures[0].startswith(b"\x89PNG")


def paid_entry(account: int) -> int:
    from duecourse.ledger.tables import Entry

    return Entry.objects.filter(account_id=account, kind=4).first().id


def test_without_a_chinese_font_it_says_so(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from duecourse.servicing import documents, typeset
    from duecourse.servicing.tables import Document

    settled_line()
    monkeypatch.setattr(typeset, "FAMILIES", ("A family that nobody has",))
    with pytest.raises(typeset.NoChineseFont, match="fonts-noto-cjk"):
        documents.issue(account="A-1", by="bob")
    assert Document.objects.count() == 0
