"""Who is due is proposed with amounts by one person and charged off by another, once; some things keep an account."""

from datetime import date, timedelta
from typing import Any

import pytest
from test_loan_endings import close, drawn, row
from test_small_balances import end, in_order, line

pytestmark = pytest.mark.usefixtures("db_copy")
DAY = date(2024, 9, 1)
"""A line bought on 1 January is 180 days past due by then, a loan more than 120."""


@pytest.fixture(scope="module")
def late(module_db: str) -> dict[str, int]:
    """A line and a loan that are never paid, and two more lines, all late on DAY; the loan is the first person's."""
    from duecourse.borrowers import people

    who = dict(zip("LABC", people.enrol(source="test", references=list("labc")), strict=True))
    lines = {name: line(number=name, person=who[name]) for name in "ABC"}
    lines["L1"] = drawn("L1")
    close(DAY)
    return lines | {f"person {name}": number for name, number in who.items()}


def due(day: date = DAY) -> dict[str, Any]:
    from duecourse.recovery import charge_offs

    return {one.number: one for one in charge_offs.due(day=day)}


def propose(by: str = "alice", day: date = DAY) -> int:
    from duecourse.recovery import charge_offs

    return charge_offs.propose(day=day, by=by, reason="half a year late")


def carry_out(proposal: int, by: str = "bob") -> Any:
    from duecourse.recovery import charge_offs

    seen: list[tuple[int, int]] = []
    done = charge_offs.carry_out(proposal=proposal, by=by, progress=lambda count, of: seen.append((count, of)))
    assert seen == [(count, len(seen)) for count in range(1, len(seen) + 1)]
    return done


def code_of(work: Any) -> str:
    from duecourse.ledger.journal import Refused

    with pytest.raises(Refused) as caught:
        work()
    return str(caught.value.code)


def test_what_is_due_is_proposed_with_amounts_and_charged_off_once_by_another(late: dict[str, int]) -> None:
    from duecourse.recovery import charge_offs, cohorts

    told = due()
    assert set(told) == {"A", "B", "C", "L1"}
    assert told["A"].principal == 20_000
    proposal = propose()
    assert code_of(propose) == "nothing_to_charge_off", "all are proposed already"
    assert due()["A"].proposal == proposal
    before = {name: row(late[name]) for name in told}
    assert code_of(lambda: carry_out(proposal, by="alice")) == "charge_off_needs_another"
    assert {name: row(late[name]) for name in told} == before
    done = carry_out(proposal)
    assert (done.done, done.refused, done.before) == (4, 0, 0)
    again = carry_out(proposal)
    assert (again.done, again.before) == (0, 4)
    outcomes = {one["number"]: one for one in charge_offs.rows_of(proposal=proposal)}
    for name in told:
        assert row(late[name])["charged_off"] == outcomes[name]["done_minor"] > 0
    assert all(outcomes[name]["done_minor"] == told[name].lost for name in "ABC"), "as it was shown"
    on = DAY + timedelta(days=1)
    close(on)
    assert sum(one.lost for one in cohorts.of_day(day=on).rows) == sum(one["done_minor"] for one in outcomes.values())
    assert due(on) == {}
    assert in_order()


def test_what_stands_in_the_way_keeps_an_account_before_the_proposal_and_after_it(late: dict[str, int]) -> None:
    from duecourse.borrowers import reach
    from duecourse.recovery import charge_offs
    from duecourse.servicing import arrangements, payments
    from duecourse.servicing.arrangement_plan import Amount, Plan

    since = end(DAY) - timedelta(hours=1)
    reach.block(borrower=late["person A"], kind="breathing_space", since=since, by="t", reason="")
    assert due()["A"].kept == ("breathing_space",)
    proposal = propose()
    on = DAY + timedelta(days=1)
    arrangements.agree(
        account=late["B"], terms=Plan(amounts=(Amount(on + timedelta(days=20), 900),), stops_late_fees=True), on=on,
        by="t", reason="ill", key="a",
    )  # fmt: skip
    payments.receive(account=late["C"], amount_minor=50_000, received_on=on, key="paid at last")
    before = {name: row(late[name]) for name in "ABC"}
    done = carry_out(proposal)
    assert (done.done, done.refused) == (1, 2)
    assert {name: row(late[name]) for name in "ABC"} == before, "what is refused leaves no trace in the money"
    told = {one["number"]: one["refused"] for one in charge_offs.rows_of(proposal=proposal)}
    assert told == {"B": "charge_off_kept", "C": "charge_off_no_longer_due", "L1": ""}


def test_a_proposal_that_is_too_old_or_is_none_is_refused(late: dict[str, int]) -> None:
    from duecourse.recovery import charge_offs

    proposal = propose()
    close(DAY + timedelta(days=40))
    before = row(late["A"])
    assert code_of(lambda: carry_out(proposal)) == "charge_off_proposal_too_old"
    assert row(late["A"]) == before
    assert code_of(lambda: charge_offs.rows_of(proposal=99)) == "no_such_proposal"
    assert propose(day=DAY + timedelta(days=40)) == proposal + 1


def test_what_was_turned_down_is_not_carried_out_and_may_be_proposed_anew(late: dict[str, int]) -> None:
    from duecourse.recovery import charge_offs

    proposal, on = propose(), DAY + timedelta(days=1)
    told: dict[str, Any] = {"proposal": proposal, "on": on, "by": "bob"}
    assert code_of(lambda: charge_offs.turn_down(reason=" ", **told)) == "turned_down_without_reason"
    charge_offs.turn_down(reason="call them first", **told)
    before = row(late["A"])
    assert code_of(lambda: carry_out(proposal)) == "charge_off_turned_down"
    assert code_of(lambda: charge_offs.turn_down(reason="again", **told)) == "charge_off_turned_down"
    assert row(late["A"]) == before
    assert propose() == proposal + 1


def test_two_at_once_carry_a_proposal_out_once(late: dict[str, int]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connections

    from duecourse.ledger import chart
    from duecourse.ledger.tables import Entry
    from duecourse.recovery import charge_offs

    proposal = propose()

    def work(by: str) -> int:
        try:
            return charge_offs.carry_out(proposal=proposal, by=by).done
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(work, ("bob", "carol"))) == 4
    assert Entry.objects.filter(kind=chart.CHARGE_OFF).count() == 4
