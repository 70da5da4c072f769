"""In a breathing space nothing grows on what was owed; while identity theft is looked into, being late is free."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("db")
FIRST = date(2024, 1, 5)
BEGINS = date(2024, 3, 1)
"""Both accounts have missed a due day by then; more come in the sixty days."""
LAST = BEGINS + timedelta(days=59)
LATER = LAST + timedelta(days=30)
SAID: dict[str, Any] = {"by": "alice", "reason": "register"}
TERMS = {
    "rate_ppm": 180_000, "late_rate_ppm": 240_000, "late_fee_minor": 500, "tolerance_ppm": 0, "cycle_day": 1,
    "due_after_days": 9, "nonaccrual_days": 90,
}  # fmt: skip


def person_with(name: str) -> tuple[int, int, int]:
    """Somebody in London, with a line and a loan of their own."""
    from duecourse.borrowers import people, reach
    from duecourse.servicing import accounts, loan_opening, loans, purchases

    person = people.enrol(source="test", references=[name])[0]
    reach.reside(borrower=person, place="UK", zone="Europe/London", language="en", by="alice", reason="application")
    line = accounts.open_line(
        number=f"{name}-L", borrower_id=person, product="card_tw_2005", limit_minor=500_000, on=FIRST, **TERMS
    )
    purchases.post(account=line, amount_minor=100_000, on=FIRST, key=f"{name} bought")
    loan = loan_opening.open_loan(
        number=f"{name}-C", borrower_id=person, product="loan_demo", approved_minor=600_000, on=FIRST, by="bob",
        installments=12,
    )  # fmt: skip
    loans.draw(account=loan, amount_minor=600_000, on=FIRST, by="bob", key=f"{name} drawn")
    return person, line, loan


def begin(person: int, key: str = "b", begins_on: date = BEGINS, **more: Any) -> int:
    from duecourse.care import breathing_spaces

    return breathing_spaces.begin(
        person=person,
        begins_on=begins_on,
        reference="BSS-1",
        key=f"{key}{person}",
        **{"kind": "standard", **more, **SAID},
    )


def end(space: int, on: date) -> None:
    from duecourse.care import breathing_spaces

    breathing_spaces.end(breathing_space=space, at=datetime(on.year, on.month, on.day, 12, tzinfo=UTC), **SAID)


def through(day: date) -> None:
    from duecourse.book import close

    close.through(day)


def owed(account: int) -> int:
    from duecourse.servicing import outlook

    return outlook.held(account=account).owed_minor


def charged(account: int) -> tuple[int, int]:
    """Fees and late interest that are owed."""
    from duecourse.servicing import outlook

    told = outlook.held(account=account).row.owed
    return told.fee, told.penalty


def late_interest(account: int) -> int:
    """The late interest of a loan to the day."""
    from duecourse.kernel.loan import quote
    from duecourse.servicing import outlook

    held = outlook.held(account=account)
    return quote(held.eve, held.today).penalty


def test_nothing_grows_in_a_breathing_space_and_the_old_terms_hold_after_it() -> None:
    person, line, loan = person_with("one")
    through(BEGINS - timedelta(days=1))
    was = owed(line), charged(line)[0]
    space = begin(person)
    all_of_it = owed(loan)  # with the interest that is still to come, and late interest to the day
    through(LAST)
    assert (owed(line), charged(line)[0]) == was, "two due days went by, and 60 nights"
    assert owed(loan) == all_of_it
    through(LAST + timedelta(days=1))
    from duecourse.care import breathing_spaces
    from duecourse.servicing.tables import Act

    assert owed(line) > was[0], "it bears again from the day after the last"
    assert owed(loan) > all_of_it
    assert breathing_spaces.not_stopped(breathing_space=space) == []
    kinds = list(Act.objects.filter(account_id=loan).order_by("id").values_list("kind", flat=True))
    assert kinds[-2:] == ["interest_pause", "late_pause"]


def test_what_stops_charges_by_right_is_no_relief_in_a_chance_and_a_relief_beside_it_is_one() -> None:
    from duecourse.risk.features import PRODUCTS
    from duecourse.servicing import rates
    from duecourse.servicing.tables import Act

    def reliefs(day: date) -> list[int]:
        tables = (PRODUCTS[product].made(day).arrow().to_pylist() for product in ("line", "loan"))
        return [one["reliefs_in_year"] for rows in tables for one in rows]

    person, line, _ = person_with("one")
    through(BEGINS - timedelta(days=1))
    begin(person)
    through(BEGINS + timedelta(days=3))
    assert set(Act.objects.values_list("kind", flat=True)) >= {"relief", "interest_pause", "late_pause"}
    assert reliefs(BEGINS + timedelta(days=3)) == [0, 0]
    again = BEGINS + timedelta(days=4)
    rates.relieve(account=line, terms={"late_fee_minor": 0}, first=again, last=LATER, key="asked", **SAID)
    through(again)
    assert reliefs(again) == [1, 0]


def test_a_space_told_late_or_ended_early_comes_to_what_one_known_from_the_first_comes_to() -> None:
    """One is cancelled after 20 days; one is told only then; one has a relief and pauses of exactly these days."""
    from duecourse.kernel.days import day_number
    from duecourse.servicing import loans, rates

    early, late, slow = person_with("early"), person_with("late"), person_with("slow")
    plain = person_with("plain")
    until = BEGINS + timedelta(days=20)
    through(BEGINS - timedelta(days=1))
    space = begin(early[0])
    rates.relieve(
        account=slow[1], terms={"rate_ppm": 0, "late_rate_ppm": 0, "late_fee_minor": 0, "late_fee_share_ppm": 0},
        first=BEGINS, last=until, key="relief", **SAID,
    )  # fmt: skip
    for kind in ("interest_pause", "late_pause"):
        last = day_number(until.year, until.month, until.day)
        loans.act(account=slow[2], kind=kind, on=BEGINS, key=kind, until=last, **SAID)
    through(until - timedelta(days=1))
    end(space, until)
    through(until + timedelta(days=10))
    end(begin(late[0]), until)
    for day in (until + timedelta(days=11), LATER):
        through(day)
        figures = [[(owed(one), charged(one)) for one in accounts] for _, *accounts in (early, late, slow, plain)]
        assert figures[0] == figures[1] == figures[2]
        assert all(mine[0] < theirs[0] for mine, theirs in zip(figures[0], figures[3], strict=True))


def test_a_crisis_stops_charges_until_thirty_days_after_the_treatment() -> None:
    from duecourse.care import breathing_spaces

    person, line, _ = person_with("crisis")
    through(BEGINS - timedelta(days=1))
    was = owed(line)
    space = begin(person, kind="mental_health_crisis")
    through(BEGINS + timedelta(days=9))
    at = datetime(2024, 3, 11, 12, tzinfo=UTC)
    breathing_spaces.treatment_ended(breathing_space=space, on=date(2024, 3, 10), at=at, **SAID)
    through(date(2024, 4, 9))
    assert owed(line) == was
    through(date(2024, 4, 10))
    assert owed(line) > was


def test_a_loan_whose_day_is_to_come_is_stopped_by_the_close_that_reaches_it() -> None:
    from duecourse.care import breathing_spaces

    person, _, loan = person_with("ahead")
    through(BEGINS - timedelta(days=4))
    space = begin(person)
    assert breathing_spaces.not_stopped(breathing_space=space) == [loan]
    assert breathing_spaces.stop_charges(on=BEGINS - timedelta(days=4), by="system") == ()
    assert breathing_spaces.not_stopped(breathing_space=space) == [loan]
    through(BEGINS + timedelta(days=2))
    assert breathing_spaces.stop_charges(on=BEGINS + timedelta(days=2), by="system") == ()
    was = owed(loan)
    assert breathing_spaces.stop_charges(on=BEGINS + timedelta(days=2), by="system") == (), "again it does nothing"
    assert breathing_spaces.not_stopped(breathing_space=space) == []
    through(LAST)
    assert owed(loan) == was


def test_the_same_request_twice_stops_once_and_accounts_opened_later_are_not_in_it() -> None:
    from duecourse.care.freeze_tables import Freeze
    from duecourse.servicing import accounts

    person, line, loan = person_with("twice")
    through(BEGINS)
    assert begin(person) == begin(person)
    accounts.open_line(
        number="new",
        borrower_id=person,
        product="card_tw_2005",
        limit_minor=1_000,
        on=BEGINS + timedelta(days=1),
        **TERMS,
    )
    rows = Freeze.objects.order_by("id").values_list("account_id", "first_on", "last_on")
    assert list(rows) == [(line, BEGINS, LAST), (loan, BEGINS, LAST), (loan, BEGINS, LAST)]


@pytest.mark.parametrize("outcome", ["rejected", "upheld"])
def test_being_late_costs_nothing_while_identity_theft_is_looked_into(outcome: str) -> None:
    from duecourse.care import disputes

    person, line, loan = person_with("theft")
    _, other, _ = person_with("plain")
    through(BEGINS - timedelta(days=1))
    was = charged(line)[0]
    at = datetime(2024, 3, 1, 12, tzinfo=UTC)
    number = disputes.open_dispute(
        person=person, kind="identity_theft", text="not me", at=at, channel="call", key="theft", **SAID
    )
    late = late_interest(loan)
    through(date(2024, 3, 20))
    assert (charged(line)[0], late_interest(loan)) == (was, late)
    assert late > 0
    assert charged(other)[0] > was
    disputes.go_on(dispute=number, state=outcome, at=datetime(2024, 3, 21, 12, tzinfo=UTC), **SAID)
    through(date(2024, 5, 20))
    costs = charged(line)[0] > was
    assert costs == (outcome == "rejected"), "rejected, it costs again from the day after; upheld, it never does"
