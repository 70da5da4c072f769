"""`duecourse debit` and `duecourse suspense`: what they print, the files they write, their refusals by code."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

DUE = date(2024, 2, 21)


def run(*words: str) -> Result:
    from duecourse.cli import main

    return CliRunner().invoke(main, list(words), catch_exceptions=False)


@pytest.fixture
def book(db: str) -> int:
    """A line with a mandate, open on the day on which 50.00 are due."""
    from duecourse.book import close
    from duecourse.servicing import accounts, mandates, purchases

    first = date(2024, 1, 10)
    account = accounts.open_line(number="L1", borrower_id=1, product="line_demo", limit_minor=500_000, on=first)
    purchases.post(account=account, amount_minor=100_000, on=first, key="buy")
    sources = [mandates.Source("bank_card", "6222020200112233")]
    told = {"on": first, "by": "alice", "reason": "asked for", "key": "m1", "consent": "C-1"}
    mandates.grant(account=account, takes="minimum", sources=sources, **told)
    close.through(DUE - timedelta(days=1))
    return account


def test_a_day_of_debits_from_orders_to_answers(book: int, tmp_path: Path) -> None:
    out, answers = tmp_path / "orders.csv", tmp_path / "answers.csv"
    told = run("debit", "due", "--day", str(DUE), "--out", str(out))
    assert told.exit_code == 0
    assert f"1 orders of {DUE}" in told.stdout
    (order,) = csv.DictReader(out.open())
    assert (order["account"], order["amount"], order["amount_minor"], order["last4"]) == ("L1", "50.00", "5000", "2233")
    assert "1 orders without an answer" in run("debit", "open").stdout
    answers.write_text(f"order,result,on\n{order['order']},unknown,{DUE}\ndebit:0,paid,{DUE}\n")
    taken = run("debit", "take", str(answers))
    assert "2 rows, 1 answers now: 0 paid, 0 failed, 1 unknown" in taken.stdout
    assert "no_such_order" in taken.stdout
    blocked = run("debit", "due", "--day", str(DUE)).stdout
    assert "order_unresolved" in blocked
    assert "6222020200112233" not in told.stdout + taken.stdout + out.read_text()
    assert run("debit", "announce", "--day", str(DUE)).exit_code == 0
    refused = run("debit", "due", "--day", str(DUE + timedelta(days=1)))
    assert (refused.exit_code, "effective_after_open_day" in refused.stderr) == (2, True)


def test_money_in_suspense_is_listed_attributed_taken_back_and_returned(book: int) -> None:
    from duecourse.servicing import suspense

    assert "nothing lies in suspense" in run("suspense", "list").stdout
    item = str(suspense.receive(amount_minor=30_000, received_on=DUE, reference="R-7", payer="someone", key="s"))
    listed = run("suspense", "list").stdout
    assert "R-7" in listed
    assert "in all 300.00 CNY" in listed
    on = ("--on", str(DUE), "--reason", "found")
    attribute = ("suspense", "attribute", item, "L1", *on, "--amount", "100.00")
    assert "attributed to account L1" in run(*attribute).stdout
    assert "as before" in run(*attribute).stdout
    assert "taken back" in run("suspense", "take-back", item, "L1", "--reason", "another's").stdout
    assert "as before" not in run(*attribute).stdout
    assert "returned" in run("suspense", "return", item, *on).stdout
    assert "nothing lies in suspense" in run("suspense", "list").stdout
    refused = run("suspense", "attribute", item, "L1", *on)
    assert (refused.exit_code, "more_than_in_suspense" in refused.stderr) == (2, True)
    assert run("suspense", "attribute", item, "L1", *on, "--amount", "1.001").exit_code == 2
