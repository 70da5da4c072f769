"""Auto-debit on the real database: mandates, notices, orders, answers, pauses; draws whose money came back."""

from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from refusing import refused, trace

from duecourse.kernel.debit import PLAIN_DEBITS

pytestmark = pytest.mark.usefixtures("db")
FIRST = date(2024, 1, 10)
DUE = date(2024, 2, 21)
CARD, BANK = "6222020200112233", "CN-ACCOUNT-99887766"


def close(through: date) -> None:
    from duecourse.book import close as closing

    closing.through(through)


def line(number: str = "L1", product: str = "line_demo") -> int:
    """A line that bought for 1,000.00, billed on the 1st of February; 50.00 are due on DUE."""
    from duecourse.servicing import accounts, purchases

    account = accounts.open_line(number=number, borrower_id=1, product=product, limit_minor=500_000, on=FIRST)
    purchases.post(account=account, amount_minor=100_000, on=FIRST, key=f"buy{number}")
    return account


@pytest.fixture
def account(made: int, db_copy: str) -> int:
    """The line below, for one test."""
    return made


@pytest.fixture(scope="module")
def made(module_db: str) -> int:
    """Such a line, on a book that is open on the due day."""
    opened = line()
    close(DUE - timedelta(days=1))
    return opened


def grant(account: int, **told: Any) -> int:
    from duecourse.servicing import mandates

    sources = [mandates.Source("bank_card", CARD), mandates.Source("bank_account", BANK)]
    asked = {"takes": "minimum", "sources": sources, "on": FIRST, "by": "alice", "reason": "asked for", "key": "m1"}
    return mandates.grant(account=account, **{**asked, "consent": "C-1", **told})


def terms(monkeypatch: pytest.MonkeyPatch, law_class: str | None = None, **changed: int) -> None:
    """Let mandates be granted under other terms."""
    from duecourse.rules import debit_rules

    told = debit_rules.Debits(PLAIN_DEBITS._replace(**changed), law_class)
    monkeypatch.setattr(debit_rules, "of_product", lambda code, day: told)


def law_of(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """Let the law of another place hold."""
    from duecourse.rules import debit_rules

    real = debit_rules.laws
    monkeypatch.setattr(debit_rules, "laws", lambda **told: real(**{**told, "place": place}))


def due(day: date = DUE) -> Any:
    from duecourse.servicing import debits

    return debits.due(day=day)


def orders(day: date = DUE) -> list[Any]:
    return list(due(day).orders)


def why(day: date = DUE) -> list[tuple[str, str]]:
    return [(one.code, one.rule) for one in due(day).left_out]


def settle(order: str, result: str, key: str, on: date = DUE, **told: Any) -> Any:
    from duecourse.servicing import debit_results

    return debit_results.settled(order=order, result=result, on=on, key=key, **told)


def paid_in() -> int:
    from duecourse.ledger import chart
    from duecourse.ledger.tables import Entry

    found = Entry.objects.filter(kind=chart.PAYMENT)
    return sum(found.values_list("cash", flat=True))


def book_is_right() -> None:
    from duecourse.book import check

    for checked in check.everything():
        assert checked.ok, f"{checked.what}: {checked.detail}"


# Mandates


def test_a_mandate_keeps_the_last_four_of_a_reference_and_nothing_else_of_it(account: int) -> None:
    from duecourse.servicing import mandates
    from duecourse.servicing.debit_tables import DebitSource

    mandate = grant(account)
    assert grant(account) == mandate
    assert [(one.place, one.kind, one.last4) for one in DebitSource.objects.order_by("place")] == [
        (0, "bank_card", "2233"),
        (1, "bank_account", "7766"),
    ]
    everything = str(trace())
    assert CARD not in everything
    assert BANK not in everything
    assert CARD not in repr(mandates.Source("bank_card", CARD))
    assert bytes(DebitSource.objects.get(place=0).keyed) == mandates.keyed(reference=CARD)
    assert [(one.kind, one.by) for one in mandates.states_of(mandate=mandate)] == [("granted", "alice")]


def test_a_mandate_that_cannot_be_is_refused(account: int) -> None:
    from duecourse.servicing.mandates import Source

    refused("consent_missing", lambda: grant(account, consent=""))
    refused("mandate_refused", lambda: grant(account, takes="installment"))
    refused("mandate_refused", lambda: grant(account, takes="all"))
    refused("mandate_refused", lambda: grant(account, sources=[]))
    refused("mandate_refused", lambda: grant(account, sources=[Source("bank_card", CARD)] * 2))
    refused("mandate_refused", lambda: grant(account, sources=[Source("bank_card", "2233")]))
    refused("mandate_refused", lambda: grant(account, sources=[Source("wallet", CARD)]))
    refused("not_an_amount", lambda: grant(account, takes="fixed"))
    refused("not_an_amount", lambda: grant(account, limit_minor=-1))
    refused("effective_after_open_day", lambda: grant(account, on=DUE + timedelta(days=1)))
    refused("effective_before_opening", lambda: grant(account, on=FIRST - timedelta(days=1)))
    refused("no_such_account", lambda: grant(account + 1))
    grant(account)
    refused("mandate_stands", lambda: grant(account, key="m2"))
    refused("request_key_reused", lambda: grant(account, limit_minor=1))


def test_a_mandate_is_held_released_and_revoked(account: int) -> None:
    from duecourse.servicing import mandates

    mandate = grant(account)
    told: dict[str, Any] = {"mandate": mandate, "on": DUE, "by": "alice", "reason": "asked for"}
    refused("mandate_already_so", lambda: mandates.release(**told, key="s0"))
    held = mandates.hold(**told, key="s1")
    assert mandates.hold(**told, key="s1") == held
    refused("mandate_already_so", lambda: mandates.hold(**told, key="s2"))
    refused("mandate_already_so", lambda: mandates.release(**{**told, "on": FIRST}, key="s2"))
    assert (orders(), why()) == ([], [("mandate_held", "")])
    mandates.release(**told, key="s3")
    mandates.revoke(**told, key="s4")
    refused("no_mandate", lambda: mandates.revoke(**told, key="s5"))
    refused("no_mandate", lambda: mandates.hold(**{**told, "mandate": mandate + 1}, key="s5"))
    assert (orders(), why()) == ([], [])
    assert grant(account, key="m2") != mandate


# Orders and answers


def test_the_minimum_is_ordered_on_its_due_day_once_and_its_payment_counts_then(account: int) -> None:
    from duecourse.ledger.tables import Entry

    grant(account)
    (order,) = orders()
    assert (order.amount_minor, order.due_on, order.day, order.last4) == (5_000, DUE, DUE, "2233")
    assert orders() == [order]
    first = settle(order.key, "paid", "r1")
    assert settle(order.key, "paid", "r1") == settle(order.key, "paid", "r2") == first._replace(again=True)
    entry = Entry.objects.get(id=first.entry_id)
    assert (entry.cash, entry.effective_day) == (5_000, DUE)
    assert paid_in() == 5_000
    assert orders() == []
    close(DUE + timedelta(days=3))
    assert (orders(DUE + timedelta(days=4)), why(DUE + timedelta(days=4))) == ([], [])
    book_is_right()


def test_before_its_day_nothing_is_ordered_and_no_day_to_come_is_decided() -> None:
    account = line()
    close(DUE - timedelta(days=2))
    grant(account)
    assert (orders(DUE - timedelta(days=1)), why(DUE - timedelta(days=1))) == ([], [])
    refused("effective_after_open_day", due)


def test_a_late_answer_counts_from_the_day_on_which_the_bank_took_it(account: int) -> None:
    from duecourse.servicing import read

    grant(account)
    (order,) = orders()
    close(DUE + timedelta(days=2))
    assert read.account(number="L1").standing.days_past_due == 2
    settle(order.key, "paid", "r1")
    assert read.account(number="L1").standing.days_past_due == 0
    close(DUE + timedelta(days=3))
    book_is_right()


def test_a_refused_order_goes_to_the_next_source_and_then_waits_for_the_next_round(account: int) -> None:
    grant(account)
    (first,) = orders()
    settle(first.key, "failed", "r1", reason_code="51")
    (second,) = orders()
    assert (second.attempt, second.last4, second.day) == (2, "7766", DUE)
    settle(second.key, "failed", "r2")
    assert orders() == []
    close(DUE)
    assert orders(DUE + timedelta(days=1)) == []
    close(DUE + timedelta(days=1))
    (third,) = orders(DUE + timedelta(days=2))
    assert (third.attempt, third.last4) == (3, "2233")
    settle(third.key, "failed", "r3", on=DUE + timedelta(days=2))
    close(DUE + timedelta(days=3))
    assert why(DUE + timedelta(days=4)) == [("tries_used", "")]
    assert paid_in() == 0


def test_an_order_without_a_certain_answer_blocks_another_until_it_is_resolved(account: int) -> None:
    from duecourse.servicing import debits

    grant(account)
    (order,) = orders()
    settle(order.key, "unknown", "r1")
    assert (orders(), why()) == ([], [("order_unresolved", "")])
    assert [one.key for one in debits.unresolved()] == [order.key]
    assert paid_in() == 0
    settle(order.key, "failed", "r2")
    assert [one.attempt for one in orders()] == [2]
    refused("order_settled", lambda: settle(order.key, "paid", "r3"))
    refused("order_settled", lambda: settle(order.key, "unknown", "r3"))
    assert [one.attempt for one in debits.unresolved()] == [2]


def test_an_order_of_a_revoked_mandate_still_blocks_the_next_one(account: int) -> None:
    from duecourse.servicing import mandates

    mandate = grant(account)
    (order,) = orders()
    mandates.revoke(mandate=mandate, on=DUE, by="alice", reason="asked for", key="s1")
    grant(account, key="m2")
    assert orders() == [order]
    settle(order.key, "unknown", "r0")
    assert (orders(), why()) == ([], [("order_unresolved", "")])
    settle(order.key, "paid", "r1")
    assert (orders(), why(), paid_in()) == ([], [], 5_000)


def test_answers_that_contradict_their_order_are_refused(account: int) -> None:
    grant(account)
    (order,) = orders()
    refused("no_such_order", lambda: settle("debit:0", "paid", "r1"))
    refused("not_an_answer", lambda: settle(order.key, "perhaps", "r1"))
    refused("not_an_answer", lambda: settle(order.key, "failed", "r1", amount_minor=1))
    refused("not_an_answer", lambda: settle(order.key, "paid", "r1", on=DUE - timedelta(days=1)))
    refused("not_an_amount", lambda: settle(order.key, "paid", "r1", amount_minor=5_001))
    refused("effective_after_open_day", lambda: settle(order.key, "paid", "r1", on=DUE + timedelta(days=1)))
    refused("effective_after_open_day", lambda: settle(order.key, "failed", "r1", on=DUE + timedelta(days=1)))
    refused("part_not_allowed", lambda: settle(order.key, "paid", "r1", amount_minor=4_999))


def test_a_part_is_taken_where_the_terms_let_it_and_the_rest_is_ordered_again(
    account: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    terms(monkeypatch, part_paid=1)
    grant(account)
    (order,) = orders()
    settle(order.key, "paid", "r1", amount_minor=2_000)
    (rest,) = orders()
    assert (rest.amount_minor, rest.attempt) == (3_000, 2)
    law_of(monkeypatch, "uk")
    refused("part_not_allowed", lambda: settle(rest.key, "paid", "r2", amount_minor=1_000))
    settle(rest.key, "paid", "r3")
    assert paid_in() == 5_000


def test_statement_fixed_and_limited_mandates_take_what_they_say(account: int) -> None:
    from duecourse.servicing import mandates

    for number, (told, amount) in enumerate(
        (
            ({"takes": "statement"}, 100_000),
            ({"takes": "statement", "limit_minor": 30_000}, 30_000),
            ({"takes": "fixed", "fixed_minor": 20_000}, 20_000),
            ({"takes": "fixed", "fixed_minor": 200_000}, 100_000),
        )
    ):
        mandate = grant(account, key=f"m{number}", **told)
        (order,) = orders()
        assert order.amount_minor == amount
        settle(order.key, "failed", f"r{number}")
        mandates.revoke(mandate=mandate, on=DUE, by="alice", reason="next", key=f"s{number}")


def test_what_the_limit_of_a_mandate_leaves_is_not_taken_by_a_second_order(account: int) -> None:
    grant(account, takes="statement", limit_minor=30_000)
    (order,) = orders()
    settle(order.key, "paid", "r1")
    assert (orders(), why()) == ([], [("limit_reached", "")])
    assert paid_in() == 30_000


def test_a_statement_is_debited_though_its_minimum_was_paid_before(account: int) -> None:
    from duecourse.servicing import payments

    grant(account, takes="statement")
    payments.receive(account=account, amount_minor=5_000, received_on=DUE, key="own")
    (order,) = orders()
    assert (order.amount_minor, order.due_on) == (95_000, DUE)


def test_an_installment_of_a_loan_is_debited_on_its_due_day() -> None:
    from duecourse.servicing import loan_opening, loans, read

    loan = loan_opening.open_loan(
        number="N1", borrower_id=1, product="loan_demo", approved_minor=120_000, on=FIRST, by="test"
    )
    loans.draw(account=loan, amount_minor=120_000, on=FIRST, by="test", key="draw")
    grant(loan, takes="installment")
    first = date(2024, 2, 10)
    close(first - timedelta(days=1))
    (order,) = orders(first)
    asked = read.account(number="N1").schedule[0].asked
    assert (order.amount_minor, order.due_on) == (asked, first)
    settle(order.key, "paid", "r1", on=first)
    close(first)
    assert orders(first + timedelta(days=1)) == []
    assert read.account(number="N1").schedule[0].left == 0
    book_is_right()


# What pauses


def test_an_account_in_dispute_is_not_debited_unless_the_terms_say(
    account: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from duecourse.ledger import chart
    from duecourse.ledger.tables import Entry
    from duecourse.servicing import disputes, mandates

    mandate = grant(account)
    bought = Entry.objects.get(account_id=account, kind=chart.PURCHASE).id
    told: dict[str, Any] = {"account": account, "on": DUE, "by": "bob", "reason": "not delivered"}
    opened = disputes.open_dispute(entry=bought, amount_minor=10_000, key="d1", **told)
    assert (orders(), why()) == ([], [("in_dispute", "")])
    mandates.revoke(mandate=mandate, on=DUE, by="alice", reason="next", key="s")
    terms(monkeypatch, in_dispute=1)
    mandate = grant(account, key="m2")
    assert len(orders()) == 1
    disputes.uphold(dispute=opened.act, key="d2", **told)
    assert why() == []


def test_an_account_on_holiday_or_charged_off_is_not_debited(account: int) -> None:
    from duecourse.servicing import charge_offs, deferrals

    grant(account)
    told: dict[str, Any] = {"account": account, "on": DUE, "by": "bob", "reason": "flood"}
    deferrals.defer(due_on=DUE, until=DUE + timedelta(days=14), key="h", **told)
    assert orders() == []
    other = line_paid_late()
    assert other not in [one.account_id for one in due().orders]
    charge_offs.charge_off(key="c", **told)
    assert orders() == []
    assert ("charged_off", "") in why()


def test_an_account_in_an_arrangement_is_not_debited_unless_the_terms_say(
    account: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from duecourse.servicing import arrangements, mandates
    from duecourse.servicing.arrangement_plan import Amount, Plan

    mandate = grant(account)
    told: dict[str, Any] = {"on": DUE, "by": "bob", "reason": "lost work"}
    plan = Plan(amounts=(Amount(DUE + timedelta(days=10), 5_000),), stops_late_fees=True)
    arrangements.agree(account=account, terms=plan, key="a", **told)
    assert (orders(), why()) == ([], [("in_arrangement", "")])
    mandates.revoke(mandate=mandate, on=DUE, by="alice", reason="next", key="s")
    terms(monkeypatch, in_arrangement=1)
    grant(account, key="m2")
    assert len(orders()) == 1


def line_paid_late() -> int:
    """A line opened on the due day, of which nothing is due."""
    from duecourse.servicing import accounts

    opened = accounts.open_line(number="L9", borrower_id=2, product="line_demo", limit_minor=1_000, on=DUE)
    grant(opened, on=DUE, key="m9")
    return opened


# Notices and law


def test_without_its_notice_in_time_nothing_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    from duecourse.servicing import debit_notices

    terms(monkeypatch, notice_days=3)
    account = line()
    close(DUE - timedelta(days=4))
    grant(account)
    day = DUE - timedelta(days=3)
    assert debit_notices.announce(day=day) != []
    (notice,) = debit_notices.announce(day=day)
    assert (notice.take_on, notice.amount_minor, notice.last4, notice.rule) == (DUE, 5_000, "2233", "terms")
    close(DUE - timedelta(days=1))
    assert [one.amount_minor for one in orders()] == [5_000]


def test_a_notice_that_is_late_moves_the_debit_and_none_forbids_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from duecourse.servicing import debit_notices

    terms(monkeypatch, notice_days=3)
    account = line()
    close(DUE - timedelta(days=1))
    grant(account)
    assert (orders(), why()) == ([], [("notice_missing", "terms")])
    (notice,) = debit_notices.announce(day=DUE)
    assert notice.take_on == DUE + timedelta(days=3)
    assert orders() == []
    close(DUE + timedelta(days=2))
    assert len(orders(DUE + timedelta(days=3))) == 1
    refused("effective_after_open_day", lambda: debit_notices.announce(day=DUE))


def test_no_more_is_taken_than_the_notice_names(monkeypatch: pytest.MonkeyPatch) -> None:
    from duecourse.servicing import debit_notices, purchases

    terms(monkeypatch, notice_days=3)
    account = line()
    close(DUE - timedelta(days=4))
    grant(account, takes="statement")
    debit_notices.announce(day=DUE - timedelta(days=3))
    purchases.post(account=account, amount_minor=50_000, on=FIRST, key="late")
    close(DUE - timedelta(days=1))
    assert [one.amount_minor for one in orders()] == [100_000]


def test_the_law_ends_the_attempts_and_its_rule_is_named(account: int, monkeypatch: pytest.MonkeyPatch) -> None:
    law_of(monkeypatch, "uk")
    terms(monkeypatch, tries=9, retry_days=0)
    grant(account)
    for number in range(2):
        (order,) = orders()
        settle(order.key, "failed", f"r{number}")
    assert (orders(), why()) == ([], [("law_tries", "UK-05")])


def test_the_law_lets_no_part_be_asked(account: int, monkeypatch: pytest.MonkeyPatch) -> None:
    law_of(monkeypatch, "uk")
    grant(account, takes="statement", limit_minor=30_000)
    assert (orders(), why()) == ([], [("law_whole", "UK-05")])


def test_a_scheme_wants_fourteen_days_unless_another_number_is_agreed(
    account: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    law_of(monkeypatch, "eu")
    grant(account)
    assert why() == [("notice_missing", "EU-SEPA-PRENOTE")]
    assert due().left_out[0].detail == "14 days before"


def test_the_law_is_read_by_place_day_and_class() -> None:
    from duecourse.rules import debit_rules

    on = date(2026, 1, 1)
    us = debit_rules.laws(place="us", on=on)
    assert [law.rule for law in us] == ["US-CFR-1005.10D", "US-CFR-1041.8", "US-CFR-1041.9"]
    assert not any(law.verified for law in us)
    assert [law.rule for law in debit_rules.laws(place="us", on=on, law_class="other")] == ["US-CFR-1005.10D"]
    assert [law.rule for law in debit_rules.laws(place="us", on=date(2024, 1, 1))] == ["US-CFR-1005.10D"]
    assert debit_rules.laws(place="nowhere", on=on) == ()
    (attempts,) = (law for law in debit_rules.laws(place="uk", on=on) if law.attempts)
    assert (attempts.attempts, attempts.verified) == ((2, 0, 1), True)


def test_the_terms_of_debits_are_read_by_name() -> None:
    from duecourse.rules import debit_rules
    from duecourse.rules.fields import TermsRefused

    told = debit_rules.parse({"tries": 2, "part_paid": True, "class": "short_term"}, where="here")
    assert told == (PLAIN_DEBITS._replace(tries=2, part_paid=1), "short_term")
    for wrong in ({"tries": 0}, {"part_paid": 1}, {"magic": 1}, {"class": 1}):
        with pytest.raises(TermsRefused):
            debit_rules.parse(wrong, where="here")


# Whatever the bank answers


@pytest.mark.parametrize("seed", range(2))
def test_whatever_the_bank_answers_no_more_is_taken_than_was_due(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from duecourse.ledger.journal import DifferentBody
    from duecourse.servicing import debits
    from duecourse.servicing.debit_results import OrderSettled

    chance = Random(seed)
    terms(monkeypatch, tries=9, retry_days=chance.randrange(2), part_paid=1, window_days=20)
    account = line()
    close(DUE - timedelta(days=1))
    grant(account, limit_minor=chance.choice((0, 3_000)), takes=chance.choice(("minimum", "statement")))
    sent: dict[str, int] = {}
    day, most = DUE, 0
    for _ in range(30):
        before = {one.key for one in debits.unresolved()}
        found = orders(day)
        most = max([most, *(one.amount_minor for one in found)])
        if before:
            assert {one.key for one in found} <= before
        sent |= {one.key: one.amount_minor for one in found}
        if sent:
            order = chance.choice(list(sent))
            result = chance.choice(("paid", "failed", "unknown"))
            part = chance.choice((None, 1 + sent[order] // 2)) if result == "paid" else None
            with suppress(OrderSettled, DifferentBody):
                settle(order, result, f"r{chance.randrange(20)}", on=day, amount_minor=part)
        if chance.random() < 0.3:
            close(day)
            day += timedelta(days=1)
    assert paid_in() <= most
    assert most <= 100_000
    close(day)
    book_is_right()


# Files of answers


def answers(place: Path, *rows: str) -> Path:
    place.write_text("\n".join(("order,result,on,amount,reason_code", *rows)) + "\n")
    return place


def test_a_file_of_answers_is_taken_once_and_its_bad_rows_wait(account: int, tmp_path: Path) -> None:
    from duecourse.intake import debit_answers
    from duecourse.intake.files import NothingToRetry
    from duecourse.intake.tables import Quarantined

    grant(account)
    (order,) = orders()
    with pytest.raises(NothingToRetry):
        debit_answers.retry(answers(tmp_path / "n.csv", f"{order.key},failed,{DUE},,51"))
    sent = answers(
        tmp_path / "a.csv",
        f"{order.key},paid,{DUE},49.99,",
        f"{order.key},maybe,{DUE},,",
        f"debit:0,failed,{DUE},,51",
        f"{order.key},failed,someday,,51",
        f"{order.key},paid,{DUE},49.999,",
    )
    taken = debit_answers.take(sent)
    assert (taken.answered, paid_in()) == (0, 0)
    waiting = Quarantined.objects.filter(taken_by=None).order_by("row").values_list("row", "field", "code")
    assert list(waiting) == [
        (1, "", "part_not_allowed"),
        (2, "result", "not_an_answer"),
        (3, "order", "no_such_order"),
        (4, "on", "not_a_day"),
        (5, "amount", "not_a_number"),
    ]
    before = trace()
    assert debit_answers.take(sent).answered == 0
    assert trace() == before
    right = answers(tmp_path / "b.csv", f"{order.key},成功,{DUE},50.00,")
    assert debit_answers.retry(right).answered == 1
    assert paid_in() == 5_000
    assert list(waiting.all()) == [(3, "order", "no_such_order")]
    assert debit_answers.take(answers(tmp_path / "c.csv", f"{order.key},paid,{DUE},,")).answered == 0
    assert paid_in() == 5_000


# Draws whose money came back


def loan(number: str = "N1") -> tuple[int, int]:
    """A loan of 1,200.00 approved and drawn on the first day, and its draw."""
    from duecourse.servicing import loan_opening, loans
    from duecourse.servicing.tables import Act

    opened = loan_opening.open_loan(
        number=number, borrower_id=1, product="loan_demo", approved_minor=120_000, on=FIRST, by="test"
    )
    loans.draw(account=opened, amount_minor=120_000, on=FIRST, by="test", key=f"draw{number}")
    return opened, Act.objects.get(account_id=opened, kind="draw").id


def money_of(draw: int, account: int, **told: Any) -> dict[str, Any]:
    return {
        "account": account,
        "draw": draw,
        "on": FIRST,
        "by": "bob",
        "reason": "the bank said so",
        "key": "k",
        **told,
    }


def test_a_draw_whose_money_came_back_was_never_made_and_the_loan_is_drawn_again() -> None:
    from duecourse.kernel.columns import FIELDS
    from duecourse.ledger.tables import Balance
    from duecourse.servicing import disbursements, loans

    account, draw = loan()
    disbursements.sent(**money_of(draw, account))
    close(date(2024, 1, 19))
    told = money_of(draw, account, on=date(2024, 1, 20), key="f")
    failed = disbursements.failed(**told)
    assert disbursements.failed(**told).entry_id == failed.entry_id
    assert [one.kind for one in disbursements.states_of(account=account)] == ["sent", "failed"]
    close(date(2024, 1, 24))
    book_is_right()
    loans.draw(account=account, amount_minor=120_000, on=date(2024, 1, 25), by="test", key="again")
    other, _ = drawn_once(date(2024, 1, 25))
    close(date(2024, 2, 28))
    rows = [Balance.objects.filter(account_id=one).values(*FIELDS, "dues").get() for one in (account, other)]
    assert rows[0] == rows[1]
    book_is_right()


def drawn_once(on: date) -> tuple[int, int]:
    """A loan that opens and is drawn on a day."""
    from duecourse.servicing import loan_opening, loans

    opened = loan_opening.open_loan(
        number="N9", borrower_id=1, product="loan_demo", approved_minor=120_000, on=on, by="test"
    )
    return opened, loans.draw(account=opened, amount_minor=120_000, on=on, by="test", key="draw9").entry_id


def test_by_the_terms_the_interest_of_the_days_until_it_failed_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    from duecourse.ledger.tables import Balance
    from duecourse.rules import cash_terms
    from duecourse.servicing import disbursements, loans

    told = cash_terms.CashTerms(failed_draw=cash_terms.UNTIL_FAILED)
    monkeypatch.setattr(cash_terms, "of_product", lambda code, opened_on: told)
    account, draw = loan()
    close(date(2024, 1, 19))
    done = disbursements.failed(**money_of(draw, account, on=date(2024, 1, 20), key="f"))
    assert done.amounts["cash"] == 120_000
    close(date(2024, 1, 24))
    row = Balance.objects.get(account_id=account)
    assert (row.revolving, row.past_due) == (0, 0)
    assert row.limit_minor - row.statement_left == 120_000
    loans.draw(account=account, amount_minor=120_000, on=date(2024, 1, 25), by="test", key="again")
    close(date(2024, 2, 28))
    book_is_right()


def test_states_that_cannot_follow_are_refused() -> None:
    from duecourse.servicing import disbursements, loans

    account, draw = loan()
    other = line()
    disbursements.confirmed(**money_of(draw, account))
    refused("disbursement_already_so", lambda: disbursements.sent(**money_of(draw, account, key="k2")))
    refused("no_such_act", lambda: disbursements.sent(**money_of(draw + 99, account, key="k2")))
    refused("no_such_account", lambda: disbursements.sent(**money_of(draw, account + 9, key="k2")))
    refused("not_a_loan", lambda: disbursements.failed(**money_of(draw, other, key="k2")))
    later = FIRST + timedelta(days=1)
    refused("effective_after_open_day", lambda: disbursements.sent(**money_of(draw, account, on=later, key="k2")))
    paid = loans.pay(account=account, amount_minor=5_000, on=FIRST, key="pay")
    refused("draw_in_use", lambda: disbursements.failed(**money_of(draw, account, key="k2")))
    loans.undo_payment(account=account, entry=paid.entry_id, by="bob", reason="bounced", key="back")
    disbursements.failed(**money_of(draw, account, key="k2"))
    refused("disbursement_already_so", lambda: disbursements.failed(**money_of(draw, account, key="k3")))
