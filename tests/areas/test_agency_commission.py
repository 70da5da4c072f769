"""Commission: exact, on what came in while a case was placed and within its tail, taken back with what bounced."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import agency_book
import pytest
from agency_book import NOON, OPEN, TERMS, cases_moved, engaged, line, place

from duecourse.recovery.agency_earned import Window, split, window_of

RATE = 150_001
END = date(2026, 4, 30)


@pytest.fixture(scope="module")
def made(module_db: str) -> dict[str, int]:
    who = agency_book.book()
    cases_moved()
    return who


@pytest.fixture
def who(made: dict[str, int], db_copy: str) -> dict[str, int]:
    engaged()
    return made


def pay(number: str, amount: int, on: date = OPEN) -> int:
    from duecourse.servicing import payments

    return payments.receive(
        account=line(number), amount_minor=amount, received_on=on, key=f"{number} {amount} {on}"
    ).entry_id


def state(month: date = END, agency: str = "north") -> Any:
    from duecourse.recovery import agency_commission

    (told,) = agency_commission.state(agency=agency, month=month, by="bob")
    return told


def test_what_is_taken_back_is_taken_whole_and_no_remainder_is_lost() -> None:
    carried = 0
    total = 0
    for micro in (1, 999_999, -1, 1_500_000, -500_000, -1_000_000, 333_333):
        whole, carried = split(micro, carried)
        total += whole
        assert 0 <= carried < 10**6
    assert total * 10**6 + carried == 1_333_332


def test_a_payment_earns_for_who_has_the_account_else_for_who_had_it_last() -> None:
    one = Window(1, 1, date(2026, 1, 1), date(2026, 2, 1), 10, RATE)
    other = Window(2, 2, date(2026, 2, 5), None, 10, RATE)
    days = {date(2025, 12, 31): None, date(2026, 1, 1): 1, date(2026, 2, 10): 2, date(2026, 2, 4): 1}
    for day, agency in days.items():
        found = window_of([one, other], day)
        assert (found.agency if found else None) == agency
    assert window_of([one], date(2026, 2, 10)) is one
    assert window_of([one], date(2026, 2, 11)) is None
    assert window_of([one._replace(until=one.since)], date(2026, 1, 2)) is None, "recalled before it began"


def test_a_month_is_stated_with_each_payment_behind_it_and_stays(who: dict[str, int]) -> None:
    from duecourse.book import close
    from duecourse.recovery import agency_commission

    pay("ann", 7_777, OPEN - timedelta(days=3))
    reference = place(who["ann"])
    place(who["ben"])
    paid = [pay("ann", 10_001), pay("ben2", 5_003)]
    with pytest.raises(agency_commission.CommissionRefused, match="not sealed through 2026-04-30"):
        state()
    close.through(END)
    told = state()
    assert [one.entry_id for one in told.lines] == paid, "what came before the placement earns nothing"
    exact = (10_001 + 5_003) * RATE
    assert (told.row.payments, told.row.received_minor, int(told.row.exact_micro)) == (2, 15_004, exact)
    assert (told.row.commission_minor, told.row.carried_micro) == divmod(exact, 10**6)
    assert agency_commission.rows(told, 2)[0] == [
        f"{reference}-1", "2026-04-21", "100.01", "150001", "15.00160001", "us",
    ]  # fmt: skip
    assert state().row.id == told.row.id
    close.through(date(2026, 5, 31))
    later = state(date(2026, 5, 1))
    assert (later.row.payments, later.row.brought_micro) == (0, told.row.carried_micro)
    with pytest.raises(agency_commission.CommissionRefused, match="2026-05 of north is stated"):
        state(date(2026, 3, 1))


def test_the_tail_earns_and_after_it_nothing_does(who: dict[str, int]) -> None:
    from duecourse.book import close
    from duecourse.recovery import placements

    reference = place(who["ann"])
    close.through(OPEN)
    placements.recall(reference=reference, day=OPEN, by="bob", reason="x")
    last = OPEN + timedelta(days=30)
    close.through(last - timedelta(days=1))
    within = pay("ann", 100, last)
    close.through(last)
    pay("ann", 200, last + timedelta(days=1))
    close.through(date(2026, 5, 31))
    assert [one.entry_id for one in state(date(2026, 5, 1)).lines] == [within]


def test_a_payment_that_is_undone_takes_its_commission_back_whenever_that_is(who: dict[str, int]) -> None:
    from duecourse.book import close
    from duecourse.recovery import placements
    from duecourse.servicing import payments

    reference = place(who["ann"])
    entry = pay("ann", 10_001)
    close.through(END)
    first = state()
    placements.recall(reference=reference, day=END, by="bob", reason="x")
    close.through(date(2026, 7, 31))
    payments.reverse(account=line("ann"), entry=entry, reason="bounced", by="bob", key="back")
    close.through(date(2026, 8, 31))
    second = state(date(2026, 8, 1))
    assert [one.amount_minor for one in second.lines] == [-10_001], "long after the tail"
    assert first.row.commission_minor + second.row.commission_minor == 0
    assert second.row.carried_micro == 0


def test_a_payment_that_counted_until_it_bounced_takes_its_commission_back(
    who: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from duecourse.book import close
    from duecourse.servicing import past_events, payments

    place(who["ann"])
    entry = pay("ann", 10_001)
    close.through(END)
    told = past_events.first_agreed(line("ann"))
    until = told._replace(acts=told.acts._replace(chargeback=1 - told.acts.chargeback))
    if told.acts.chargeback == payments.NEVER_MADE:
        monkeypatch.setattr(past_events, "first_agreed", lambda account: until)
    on = END + timedelta(days=5)
    close.through(on - timedelta(days=1))
    payments.bounce(account=line("ann"), entry=entry, on=on, by="bob", reason="no funds", key="bounce")
    close.through(date(2026, 5, 31))
    first, second = state(), state(date(2026, 5, 1))
    assert [one.amount_minor for one in (*first.lines, *second.lines)] == [10_001, -10_001]
    assert {one.counted_on for one in (*first.lines, *second.lines)} == {OPEN}
    assert first.row.commission_minor + second.row.commission_minor == 0


def test_a_refunded_excess_takes_its_commission_back_from_the_newest_payments_and_earns_it_again_when_undone(
    who: dict[str, int],
) -> None:
    from duecourse.book import close
    from duecourse.servicing import adjustments, changes, read
    from duecourse.servicing.tables import Act

    place(who["ann"])
    old = pay("ann", 300_003)
    close.through(OPEN)
    new = pay("ann", 50_001, OPEN + timedelta(days=1))
    close.through(END)
    assert [one.entry_id for one in state().lines] == [old, new]
    credit = read.account(number="ann").figures["credit"]
    assert 50_001 < credit < 300_003, "more than the newest payment alone"
    told = {"account": line("ann"), "by": "bob", "reason": "paid too much"}
    adjustments.pay_out(amount_minor=credit, on=END + timedelta(days=1), key="out", **told)
    close.through(date(2026, 5, 31))
    back = state(date(2026, 5, 1))
    days = (OPEN + timedelta(days=1), OPEN)
    assert [(one.amount_minor, one.counted_on) for one in back.lines] == list(
        zip((-50_001, 50_001 - credit), days, strict=True)
    )
    assert back.row.exact_micro == -credit * RATE
    assert back.row.payments == 1
    changes.undo(act=Act.objects.get(kind="credit_refund").id, key="undo", **told)
    close.through(date(2026, 6, 30))
    again = state(date(2026, 6, 1))
    assert sum(one.amount_minor for one in again.lines) == credit
    whole = sum(state(date(2026, month, 1)).row.commission_minor for month in (4, 5, 6))
    assert (whole, again.row.carried_micro) == divmod(350_004 * RATE, 10**6)


def test_a_payment_that_bounces_after_it_was_refunded_takes_its_commission_back_once(who: dict[str, int]) -> None:
    from duecourse.book import close
    from duecourse.servicing import adjustments, payments, read

    place(who["ann"])
    entry = pay("ann", 350_004)
    close.through(OPEN)
    credit = read.account(number="ann").figures["credit"]
    told = {"account": line("ann"), "by": "bob", "reason": "paid too much"}
    adjustments.pay_out(amount_minor=credit, on=OPEN + timedelta(days=1), key="out", **told)
    close.through(END)
    assert sum(one.amount_minor for one in state().lines) == 350_004 - credit
    payments.bounce(entry=entry, on=END + timedelta(days=1), key="back", **told)
    close.through(date(2026, 5, 31))
    months = [state(date(2026, month, 1)) for month in (4, 5)]
    assert sum(one.amount_minor for month in months for one in month.lines) == 0
    assert sum(month.row.exact_micro for month in months) == 0


def test_a_refund_of_what_two_agencies_brought_in_takes_back_from_each(who: dict[str, int]) -> None:
    from duecourse.book import close
    from duecourse.recovery import placements
    from duecourse.servicing import adjustments, purchases

    engaged("south")
    reference = place(who["ann"])
    pay("ann", 3_000)
    close.through(OPEN)
    placements.recall(reference=reference, day=OPEN, by="bob", reason="x")
    case = agency_book.case_of(who["ann"])
    placements.place(case=case, agency="south", day=OPEN, at=NOON + timedelta(days=1), by="bob", reason="x")
    close.through(OPEN + timedelta(days=1))
    pay("ann", 2_000, OPEN + timedelta(days=2))
    purchases.refund(account=line("ann"), amount_minor=200_000, on=OPEN + timedelta(days=2), key="returned")
    adjustments.credit(account=line("ann"), amount_minor=50_000, on=OPEN + timedelta(days=2), key="returned too")
    close.through(END)
    assert [sum(one.amount_minor for one in state(agency=one).lines) for one in ("north", "south")] == [3_000, 2_000]
    told = {"account": line("ann"), "by": "bob", "reason": "bought nothing in the end"}
    adjustments.pay_out(amount_minor=4_500, on=END + timedelta(days=1), key="out", **told)
    close.through(date(2026, 5, 31))
    back = {one: state(date(2026, 5, 1), one).lines for one in ("north", "south")}
    assert {one: [line.amount_minor for line in lines] for one, lines in back.items()} == {
        "north": [-2_500], "south": [-2_000],
    }  # fmt: skip


def test_net_keeps_back_the_commission_on_what_the_agency_took(who: dict[str, int], tmp_path: Path) -> None:
    from duecourse.book import close
    from duecourse.intake import agency_file

    engaged("net", terms=TERMS.replace('"gross"', '"net"'))
    reference = place(who["ann"], "net")
    path = tmp_path / "a.csv"
    path.write_text(f"id,kind,reference,at,amount\n1,payment,{reference},2026-04-21T11:00:00+08:00,200.00\n")
    agency_file.take(path, agency="net", at=NOON, by="bob")
    pay("ann", 10_000)
    close.through(END)
    told = state(agency="net")
    assert (told.row.received_minor, told.row.taken_minor) == (30_000, 20_000)
    assert told.row.commission_minor == 30_000 * RATE // 10**6
    assert told.kept_back_minor == 20_000 * RATE // 10**6


def test_no_currency_is_stated_of_an_agency_that_never_had_a_case(who: dict[str, int]) -> None:
    from duecourse.book import close
    from duecourse.recovery import agency_commission

    close.through(END)
    assert agency_commission.state(agency="north", month=END, by="bob") == []


def test_a_loan_earns_too_and_a_chargeback_of_part_takes_that_part_back(who: dict[str, int]) -> None:
    from duecourse.book import close
    from duecourse.recovery.agency_tables import AgencyReport, PlacedAccount, Placement
    from duecourse.servicing import loan_opening, loans
    from duecourse.servicing.tables import Act

    loan = loan_opening.open_loan(
        number="loan", borrower_id=who["dai"], product="loan_demo", approved_minor=500_000, on=OPEN, by="t",
        installments=6, rate_ppm=120_000,
    )  # fmt: skip
    loans.draw(account=loan, amount_minor=500_000, on=OPEN, by="t", key="draw")
    placed = Placement.objects.get(reference=place(who["dai"]))
    PlacedAccount.objects.create(
        placement_id=placed.id, number=2, account_id=loan, on=OPEN, currency="CNY", days_past_due=1, owed_minor=1,
        commission_ppm=RATE,
    )  # fmt: skip
    close.through(date(2026, 6, 30))
    entry = loans.pay(account=loan, amount_minor=50_003, on=date(2026, 7, 1), key="pay").entry_id
    paid = Act.objects.get(account_id=loan, kind="payment")
    AgencyReport.objects.create(
        agency_id=placed.agency_id, placement_id=placed.id, reference="1", kind="payment", at=NOON, account_id=loan,
        row_id=entry, day=OPEN, late=False, file_id=1, digest=b"", by="t",
    )  # fmt: skip
    close.through(date(2026, 7, 31))
    from duecourse.recovery import agency_commission

    def stated(month: int) -> Any:
        told = agency_commission.state(agency="north", month=date(2026, month, 1), by="bob")
        return next(one for one in told if one.row.currency == "CNY")

    assert [(one.amount_minor, one.by_agency) for one in stated(7).lines] == [(50_003, True)]
    told = {"account": loan, "on": date(2026, 8, 3), "by": "t", "reason": "bank"}
    close.through(date(2026, 8, 2))
    loans.act(kind="chargeback", key="back", of=paid.id, amount=20_003, **told)
    close.through(date(2026, 8, 31))
    assert [(one.amount_minor, one.counted_on, one.by_agency) for one in stated(8).lines] == [
        (-20_003, date(2026, 7, 1), True)
    ]
    other = loans.pay(account=loan, amount_minor=7_001, on=date(2026, 9, 1), key="other").entry_id
    loans.undo_payment(account=loan, entry=other, by="t", reason="never came", key="undo")
    close.through(date(2026, 9, 30))
    assert sorted(one.amount_minor for one in stated(9).lines) == [-7_001, 7_001]
    exact = (50_003 - 20_003) * RATE
    assert [sum(stated(month).row.commission_minor for month in (7, 8, 9)), stated(9).row.carried_micro] == [
        *divmod(exact, 10**6)
    ]
