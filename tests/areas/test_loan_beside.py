"""What stands beside a loan's months as features: as known on the day, null where nothing was told."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("db")
FIRST = date(2026, 1, 5)
WHO: dict[str, Any] = {"by": "bob", "reason": "ill"}
Told = dict[str, Any]
NOTHING: Told = {
    "arranged_now": 0, "arrangements_failed": 0, "reliefs_in_year": 0, "lenders_elsewhere": None,
    "owed_elsewhere": None, "payment_elsewhere": None, "late_elsewhere": None, "enquiries_elsewhere": None,
    "lenders_elsewhere_change": None, "owed_elsewhere_change": None, "income_to_due": None,
    "contacts_tried": 0, "talks_reached": None, "days_since_talk": None, "contacts_by_borrower": 0, "stops_contact": 0,
    "disputes_told": 0, "disputes_open": 0,
}  # fmt: skip


def close(through: date) -> None:
    from duecourse.book import close as closing

    closing.through(through)


@pytest.fixture
def loan(db: str) -> int:
    """A loan of 6,000.00 in six installments, the first on 5 February."""
    from duecourse.servicing import loan_opening, loans

    account = loan_opening.open_loan(
        number="C1", borrower_id=1, product="loan_demo", approved_minor=600_000, on=FIRST, by="bob", installments=6,
        rate_ppm=120_000,
    )  # fmt: skip
    loans.draw(account=account, amount_minor=600_000, on=FIRST, by="bob", key="drawn")
    return account


def told(day: date) -> Told:
    """The features beside the months of the one loan on a day."""
    from duecourse.risk.features import PRODUCTS, loan_beside

    (row,) = PRODUCTS["loan"].made(day).arrow().to_pylist()
    return {feature.name: row[feature.name] for feature in loan_beside.BESIDE}


def changed(day: date) -> Told:
    """What of it is told on a day."""
    return {name: value for name, value in told(day).items() if value != NOTHING[name]}


def test_arrangements_and_relief_count_from_the_day_on_which_they_are_known(loan: int) -> None:
    from duecourse.rules.read import day_number
    from duecourse.servicing import arrangements, loans
    from duecourse.servicing.arrangement_plan import Amount, Plan, Rate
    from duecourse.servicing.tables import Act

    close(date(2026, 2, 8))
    on = date(2026, 2, 9)
    plan = Plan(rate=Rate(0), amounts=(Amount(date(2026, 2, 20), 50_000),), tolerance_days=2)
    arrangements.agree(account=loan, terms=plan, on=on, key="a", **WHO)
    close(on)
    assert told(on - timedelta(days=1)) == NOTHING, "the day before knew nothing of it"
    assert changed(on) == {"arranged_now": 1}, "the pause of interest is the arrangement's own"
    broken, eased = date(2026, 2, 23), date(2026, 2, 24)
    close(broken)
    assert changed(broken) == {"arrangements_failed": 1}
    since = {"number": 8, "until": day_number(date(2026, 3, 5)), "every": 1, "unit": 3}
    loans.act(account=loan, kind="re_age", on=eased, key="re-aged", **since, **WHO)
    act = Act.objects.get(kind="re_age").id
    close(eased)
    assert changed(eased) == {"arrangements_failed": 1, "reliefs_in_year": 1}
    loans.undo(account=loan, of=act, on=date(2026, 2, 25), key="undone", **WHO)
    close(date(2026, 2, 25))
    assert changed(date(2026, 2, 25)) == {"arrangements_failed": 1}
    assert changed(eased) == {"arrangements_failed": 1, "reliefs_in_year": 1}, "as it was known then"


def test_an_installment_that_was_moved_is_a_holiday_of_its_month_and_no_relief_beside_it(loan: int) -> None:
    from duecourse.rules.read import day_number
    from duecourse.servicing import loans

    moved = {"since": day_number(date(2026, 2, 5)), "until": day_number(date(2026, 3, 5))}
    close(date(2026, 1, 30))
    loans.act(account=loan, kind="reschedule", on=date(2026, 1, 31), key="moved", **moved, **WHO)
    longer = {"since": day_number(date(2026, 2, 1)), "number": 6}
    loans.act(account=loan, kind="reschedule", on=date(2026, 1, 31), key="longer", **longer, **WHO)
    close(date(2026, 1, 31))
    assert changed(date(2026, 1, 31)) == {"reliefs_in_year": 1}


def test_debts_with_others_are_held_against_what_was_approved_and_the_loans_own_installment(
    loan: int, tmp_path: Path
) -> None:
    from duecourse.intake import debts_file

    close(date(2026, 1, 9))
    file = tmp_path / "debts.csv"
    head = "account,as_of,source,lenders,balance,payment,worst_days_past_due,enquiries\n"
    file.write_text(head + "C1,2026-01-08,bureau,2,3000.00,250.50,0,1\n")
    debts_file.take(file)
    close(date(2026, 4, 9))
    file.write_text(head + "C1,2026-04-08,bureau,5,4500.00,400.00,35,4\n")
    debts_file.take(file)
    close(date(2026, 4, 10))
    assert told(date(2026, 1, 9)) == NOTHING
    before, after = told(date(2026, 4, 9)), told(date(2026, 4, 10))
    installment = 250.50 / before["payment_elsewhere"]
    assert 1_000 < installment < 1_100
    assert before == NOTHING | {
        "lenders_elsewhere": 2, "owed_elsewhere": 0.5, "payment_elsewhere": before["payment_elsewhere"],
        "late_elsewhere": 0, "enquiries_elsewhere": 1,
    }  # fmt: skip
    assert after == NOTHING | {
        "lenders_elsewhere": 5, "owed_elsewhere": 0.75, "payment_elsewhere": pytest.approx(400 / installment),
        "late_elsewhere": 35, "enquiries_elsewhere": 4, "lenders_elsewhere_change": 3, "owed_elsewhere_change": 0.25,
    }  # fmt: skip


def test_the_day_of_income_counts_to_the_next_installment(loan: int) -> None:
    from duecourse.servicing import income_days

    close(date(2026, 1, 20))
    income_days.tell(account=loan, day_of_month=31, on=date(2026, 1, 21), key="i", by="bob", reason="payslip")
    close(date(2026, 2, 6))
    assert told(date(2026, 1, 20)) == NOTHING
    assert changed(date(2026, 1, 21)) == {"income_to_due": 5}, "31 January to 5 February"
    assert changed(date(2026, 2, 6)) == {"income_to_due": 5}, "28 February, its last day, to 5 March"
    income_days.tell(account=loan, day_of_month=5, on=date(2026, 2, 7), key="j", by="bob", reason="a new job")
    close(date(2026, 2, 7))
    assert changed(date(2026, 2, 7)) == {"income_to_due": 0}


def test_features_by_sql_kept_from_another_day_are_those_of_the_days_own_expression(loan: int) -> None:
    from duecourse.risk.features import LOANS

    close(date(2026, 3, 7))
    for day in (date(2026, 1, 31), date(2026, 3, 7)):
        own = LOANS.made(day).expression().to_pyarrow()
        assert own.num_rows == 1
        assert LOANS.made(day).arrow().equals(own)


def test_a_conversation_counts_for_every_loan_of_its_borrower_whatever_it_was_about(loan: int) -> None:
    from duecourse.borrowers import reach

    close(date(2026, 1, 9))
    at = datetime(2026, 1, 10, 4, 0, tzinfo=UTC)
    reach.inbound(borrower=1, channel="call", outcome="connected", at=at, account=4_711, **WHO)
    reach.inbound(borrower=2, channel="call", outcome="connected", at=at, **WHO)
    close(date(2026, 1, 12))
    assert changed(date(2026, 1, 9)) == {}
    assert changed(date(2026, 1, 12)) == {"days_since_talk": 2, "contacts_by_borrower": 1}


def test_disputes_count_from_the_day_on_which_they_are_told_and_stand_until_they_are_decided(loan: int) -> None:
    from duecourse.care import disputes

    on = date(2026, 1, 10)

    def noon(after: int) -> datetime:
        return datetime(2026, 1, 10, 4, 0, tzinfo=UTC) + timedelta(days=after)

    told_by: Told = {"person": 1, "channel": "call", "by": "bob", "reason": "told", "text": "not so"}
    close(on - timedelta(days=1))
    amount = disputes.open_dispute(kind="amount", account=loan, amount_minor=5_000, at=noon(0), key="amount", **told_by)
    disputes.open_dispute(kind="identity_theft", at=noon(0), key="theft", **told_by)
    disputes.open_dispute(kind="reported", at=noon(0), key="other", **(told_by | {"person": 2}))
    close(on)
    disputes.go_on(dispute=amount, state="rejected", at=noon(1), by="ann", reason="it was so")
    close(on + timedelta(days=1))
    disputes.open_dispute(kind="reported", account=loan, at=noon(1), key="late", **told_by)
    close(on + timedelta(days=2))

    def disputed(day: date) -> tuple[int, int]:
        of_day = told(day)
        return of_day["disputes_told"], of_day["disputes_open"]

    assert disputed(on - timedelta(days=1)) == (0, 0)
    assert disputed(on) == (2, 2), "that of the person counts for each of their loans"
    assert disputed(on + timedelta(days=1)) == (2, 1), "what was told after the day was sealed was not known on it"
    assert disputed(on + timedelta(days=2)) == (3, 2)


def test_to_dispute_never_raises_a_chance() -> None:
    from duecourse.risk.features import PRODUCTS

    names = {name: [one for one in of.features if one.startswith("disputes")] for name, of in PRODUCTS.items()}
    assert names == {
        "line": ["disputes_in_year", "disputes_told", "disputes_open"], "loan": ["disputes_told", "disputes_open"],
    }  # fmt: skip
    assert {of.direction[one] for name, of in PRODUCTS.items() for one in names[name]} == {-1}


def test_no_feature_is_called_as_a_column_of_the_person_so_that_models_of_either_product_may_go_live() -> None:
    from duecourse.risk import recorded
    from duecourse.risk.features import PRODUCTS

    person = {name.lower() for name in recorded.PERSON}
    assert {name: sorted(person & set(of.features)) for name, of in PRODUCTS.items()} == {"line": [], "loan": []}
