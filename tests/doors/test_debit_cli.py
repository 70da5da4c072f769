"""`duecourse debit` and `duecourse suspense`: what they print, the files they write, their refusals by code."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

DUE = date(2024, 2, 21)


def run(*words: str, given: str = "") -> Result:
    from duecourse.cli import main

    return CliRunner(env={"COLUMNS": "160"}).invoke(main, list(words), catch_exceptions=False, input=given)


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


def test_a_mandate_is_granted_held_released_and_revoked(db: str) -> None:
    from duecourse.servicing import accounts, in_force

    on = date(2024, 1, 10)
    account = accounts.open_line(number="L2", borrower_id=1, product="line_demo", limit_minor=500_000, on=on)
    why = ("--on", str(on), "--reason", "asked for")
    grant = ("debit", "grant", "L2", "--takes", "minimum", "--source", "bank_card", "--source", "bank_account", *why)
    cards = "6222020200112233\n6222020200114455\n"
    lacks = run(*grant, given=cards)
    assert (lacks.exit_code, "consent_missing" in lacks.stderr) == (2, True)
    granted = run(*grant, "--consent", "C-1", "--limit", "500.00", given=cards)
    assert "mandate" in granted.stdout, granted.stderr
    assert "as before" in run(*grant, "--consent", "C-1", "--limit", "500.00", given=cards).stdout
    (told,) = in_force.of(account=account).mandates
    assert (told.takes, told.limit_minor, told.is_over) == ("minimum", 50_000, False)
    assert [(one.kind, one.last4) for one in told.sources] == [("bank_card", "2233"), ("bank_account", "4455")]
    other = run("debit", "grant", "L2", "--takes", "statement", "--source", "bank_card", *why, "--consent", "C-2",
                given="6222020200119999\n")  # fmt: skip
    assert (other.exit_code, "mandate_stands" in other.stderr) == (2, True)
    assert "is held" in run("debit", "hold", "L2", *why).stdout
    assert "as before" in run("debit", "hold", "L2", *why).stdout
    assert "is released" in run("debit", "release", "L2", *why).stdout
    assert "is held" in run("debit", "hold", "L2", *why).stdout
    assert "is revoked" in run("debit", "revoke", "L2", *why).stdout
    assert "as before" in run("debit", "revoke", "L2", *why).stdout
    (told,) = in_force.of(account=account).mandates
    assert [one.kind for one in told.states] == ["granted", "held", "released", "held", "revoked"]
    listed = run("debit", "mandates", "L2").stdout
    assert "takes minimum since 2024-01-10 from bank_card 2233, bank_account 4455" in listed
    assert "6222" not in listed + granted.stdout
    again = run(*grant, "--consent", "C-1", "--limit", "500.00", given=cards)
    assert "as before" not in again.stdout, again.stdout
    assert len(in_force.of(account=account).mandates) == 2
    short = run(*grant, "--consent", "C-3", "--since", str(on), given="12\n")
    assert (short.exit_code, "mandate_refused" in short.stderr) == (2, True)


def test_a_mandate_of_an_account_without_one_is_refused(db: str) -> None:
    from duecourse.servicing import accounts

    on = date(2024, 1, 10)
    accounts.open_line(number="L3", borrower_id=1, product="line_demo", limit_minor=500_000, on=on)
    refused = run("debit", "revoke", "L3", "--on", str(on), "--reason", "asked for")
    assert (refused.exit_code, "no_mandate" in refused.stderr) == (2, True)
    assert "has no mandate" in run("debit", "mandates", "L3").stdout
    assert "no_such_account" in run("debit", "mandates", "L4").stderr


def test_money_is_taken_into_suspense_once(book: int) -> None:
    from duecourse.servicing import suspense

    take = ("suspense", "receive", "--amount", "300.00", "--on", str(DUE), "--reference", "R-9", "--payer", "someone")
    first = run(*take)
    assert first.stdout.startswith("item "), first.stderr
    assert run(*take).stdout == first.stdout
    (item,) = suspense.open_items()
    assert (item.left_minor, item.reference, item.payer, item.received_on) == (30_000, "R-9", "someone", DUE)
    assert run(*take, "--key", "another").stdout != first.stdout
    refused = run(*take, "--currency", "XYZ")
    assert (refused.exit_code, "currency_unknown" in refused.stderr) == (2, True)
    later = run("suspense", "receive", "--amount", "1", "--on", str(DUE + timedelta(days=1)), "--reference", "R")
    assert (later.exit_code, "effective_after_open_day" in later.stderr) == (2, True)
    assert run("suspense", "receive", "--amount", "1.001", "--on", str(DUE), "--reference", "R").exit_code == 2
    assert len(suspense.open_items()) == 2
