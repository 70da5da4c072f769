"""Receipts and certificates in the console and on the command line: who may, whose they are, what is written.

The cast: bob works for the lender and may, charlie may not; a demo's visitor may look and do nothing.
"""

import csv
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from pages import client, text

pytestmark = pytest.mark.usefixtures("seen_contexts")
LAST = date(2005, 6, 9)


def entry_of(account: int) -> int:
    from duecourse.ledger.tables import Entry

    return Entry.objects.filter(account_id=account, kind=4).order_by("id")[0].id


def documents() -> int:
    from duecourse.servicing.tables import Document

    return Document.objects.count()


def test_a_receipt_stands_beside_each_payment_in_both_languages(book: dict[str, int]) -> None:
    entry = entry_of(book["L-2"])
    path = f"/accounts/L-2/receipts/{entry}.pdf"
    assert path in client().get("/accounts/L-2?postings=all").content.decode()
    assert "收据" in text(client("bob", "zh").get("/accounts/L-2?postings=all"))
    response = client().get(path)
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == f'attachment; filename="receipt-{entry}.pdf"'
    assert response["Cache-Control"] == "private, no-store"
    assert response.content.startswith(b"%PDF")


def test_a_receipt_is_of_its_own_account_alone(book: dict[str, int]) -> None:
    entry = entry_of(book["L-2"])
    for path in (f"/accounts/L-3/receipts/{entry}.pdf", "/accounts/L-2/receipts/1.pdf", "/accounts/no/receipts/1.pdf"):
        assert client().get(path).status_code == 404


def test_a_statement_is_there_as_pdf(book: dict[str, int]) -> None:
    page = client().get("/accounts/L-1/statements/2005-04-30").content.decode()
    assert "/accounts/L-1/statements/2005-04-30.pdf?version=" in page
    assert client().get("/accounts/L-1/statements/2005-04-30.pdf?version=1").content.startswith(b"%PDF")
    assert client().get("/accounts/L-1/statements/2005-04-29.pdf").status_code == 404
    assert client().get("/accounts/L-1/statements/2005-04-30.pdf?version=x").status_code == 404


@pytest.mark.parametrize("who", ["charlie", None])
def test_who_may_not_view_the_book_gets_no_document(book: dict[str, int], who: str | None) -> None:
    entry, expected = entry_of(book["L-2"]), 403 if who else 302
    browser = client(who)
    for path in (f"receipts/{entry}.pdf", "statements/2005-04-30.pdf", "certificates/C00000001.pdf"):
        assert browser.get(f"/accounts/L-2/{path}").status_code == expected
    assert browser.post("/accounts/L-3/certificates").status_code == expected
    assert documents() == 0


def test_an_account_that_is_not_settled_gets_no_certificate(book: dict[str, int]) -> None:
    assert "Issue a certificate" not in text(client().get("/accounts/L-1"))
    refused = client().post("/accounts/L-1/certificates")
    assert refused.status_code == 409
    assert "Account L-1 is not settled" in text(refused)
    assert "账户 L-1 尚未结清" in text(client("bob", "zh").post("/accounts/L-1/certificates"))
    assert client().post("/accounts/none/certificates").status_code == 404
    assert documents() == 0


def test_a_certificate_is_issued_by_a_button_by_one_who_may(book: dict[str, int]) -> None:
    from django.test import override_settings

    from duecourse.servicing import adjustments, read

    credit = read.account(number="L-3").figures["credit"]
    given: dict[str, Any] = {"by": "bob", "reason": "asked for", "key": "out"}
    adjustments.pay_out(account=book["L-3"], amount_minor=credit, on=LAST + timedelta(days=1), **given)
    assert "Issue a certificate" in text(client().get("/accounts/L-3"))
    with override_settings(DEMO=True):
        visitor = client(None)
        assert "Issue a certificate" not in text(visitor.get("/accounts/L-3"))
        assert visitor.post("/accounts/L-3/certificates").status_code == 403
    assert documents() == 0
    answer = client().post("/accounts/L-3/certificates")
    assert answer.status_code == 302
    assert client().get(answer["Location"]).content.startswith(b"%PDF")
    number = answer["Location"].rpartition("/")[2].removesuffix(".pdf")
    assert client().get(f"/accounts/L-2/certificates/{number}.pdf").status_code == 404
    assert client().get("/accounts/L-3/certificates/C99999999.pdf").status_code == 404
    assert f"{number} · as of" in text(client().get("/accounts/L-3"))
    assert client().get("/accounts/L-3/certificates").status_code == 405


def run(*words: str) -> Result:
    from duecourse.cli import main

    return CliRunner().invoke(main, list(words), catch_exceptions=False)


@pytest.fixture
def settled(db: str) -> int:
    """A line that bought and paid all of it on its first day; answers the entry of the payment."""
    from duecourse.servicing import accounts, payments, purchases

    on = date(2005, 4, 1)
    account = accounts.open_line(number="L9", borrower_id=1, product="card_tw_2005", limit_minor=500_000, on=on)
    purchases.post(account=account, amount_minor=12_345, on=on, key="b")
    return payments.receive(account=account, amount_minor=12_345, received_on=on, key="p").entry_id


def test_the_commands_write_verify_and_refuse_by_code(settled: int, tmp_path: Path) -> None:
    from duecourse.servicing import payments
    from duecourse.servicing.tables import Account

    receipt, certificate = tmp_path / "r.pdf", tmp_path / "c.pdf"
    assert run("receipt", "L9", str(settled), "--out", str(receipt)).exit_code == 0
    assert receipt.read_bytes().startswith(b"%PDF")
    told = run("certificate", "L9", "--out", str(certificate))
    assert told.exit_code == 0
    number = told.stdout.split("certificate ")[-1].split()[0]
    assert "issued before" in run("certificate", "L9", "--out", str(certificate)).stdout
    for asked in (str(certificate), number):
        told = run("certificate", "verify", asked)
        assert (told.exit_code, "it stands" in told.stdout, "account L9" in told.stdout) == (0, True, True)
    payments.reverse(account=Account.objects.get(number="L9").id, entry=settled, reason="bounced", by="bob", key="r")
    told = run("certificate", "verify", str(certificate))
    assert told.exit_code == 1
    assert "TWD 123.45 is owed as of 2005-04-01" in told.stdout
    for words, code in (
        (("certificate", "L9", "--out", str(certificate)), "not_settled"),
        (("certificate", "verify", "C99"), "no_such_document"),
        (("receipt", "L9", "1", "--out", str(receipt)), "not_a_payment"),
        (("statement", "L9", "--cycle", "2005-04-30", "--out", str(receipt)), "no_such_statement"),
    ):
        told = run(*words)
        assert (told.exit_code, code in told.stderr) == (2, True)


def test_reconciling_by_command_shows_and_writes_every_difference(settled: int, tmp_path: Path) -> None:
    from duecourse.intake import reconcile_report

    bank, out, report = tmp_path / "b.csv", tmp_path / "out.csv", tmp_path / "r.json"
    bank.write_text("day,amount,reference\n2005-04-01,123.40,p\n2005-04-01,9.00,[X1]\n")
    told = run("reconcile", "bank", str(bank), "--out", str(out), "--report", str(report))
    assert told.exit_code == 0
    assert max(len(line) for line in told.stdout.splitlines() if "│" in line) <= 80
    for said in ("amount differs", "123.40", "123.45", "[X1]", "no balances in the file"):
        assert said in told.stdout
    rows = list(csv.DictReader(out.open()))
    assert [(row["outcome"], row["account"], row["theirs"], row["ours"]) for row in rows] == [
        ("amount_differs", "L9", "123.40", "123.45"), ("missing_here", "", "9.00", ""),
    ]  # fmt: skip
    assert [one["kind"] if "kind" in one else one["outcome"] for one in json.loads(report.read_text())["open"]] == [
        "amount_differs", "missing_here",
    ]  # fmt: skip
    assert "open items of" in run("check").stdout
    assert reconcile_report.counted()[1:] == (True, 2, "bank amount differs 1, bank missing here 1")
    item = rows[1]["item"]
    assert run("reconcile", "resolve", item, "--reason", "interest of the bank").exit_code == 0
    assert "no_such_open_item" in run("reconcile", "resolve", item, "--reason", "again").stderr
    assert "1 items are open" in run("reconcile", "open").stdout
    assert "known before, nothing was changed" in run("reconcile", "bank", str(bank)).stdout
    acquirer = tmp_path / "m.csv"
    acquirer.write_text("merchant,kind,reference,day,amount,fee\nM1,purchase,b,2005-04-01,123.45,0.50\n")
    told = run("reconcile", "merchant", str(acquirer))
    assert told.exit_code == 0
    assert "122.95" in told.stdout
