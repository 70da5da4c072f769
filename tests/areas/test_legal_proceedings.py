"""Proceedings: prepared and filed by two, judged with costs and interest on the ledger, ended for a reason."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from test_legal import FIRST, NOW, WHO, late_loan, offer_help, person, refused, write

JUDGED = date(2024, 5, 20)
READY = datetime.combine(date(2024, 5, 6), time(4), UTC)
"""The notice of a demand posted on the 2nd of April is over."""


@pytest.fixture
def borrower(db: str) -> int:
    return person()


def demanded() -> None:
    """Help was offered, and a demand was posted whose notice is over."""
    from duecourse.recovery import legal_demand

    offer_help()
    legal_demand.post(demand=write().id, at=NOW, reference="EMS 1", by="alice")


def prepared(at: datetime = READY, key: str = "p-1") -> int:
    from duecourse.recovery import legal_proceedings

    return legal_proceedings.prepare(account="B-1", kind="court", at=at, key=key, **WHO)


def filed() -> int:
    from duecourse.book import close
    from duecourse.recovery import legal_proceedings

    one = prepared()
    legal_proceedings.file(proceeding=one, at=READY, reference="(2024) 沪 01 民初 1 号", by="bob", reason="in order")
    close.through(JUDGED)
    return one


def judge(one: int, **more: Any) -> None:
    from duecourse.recovery import legal_proceedings
    from duecourse.recovery.legal_proceedings import Award

    told: dict[str, Any] = {"award": Award(400_000, 5_000, 80_000), "on": JUDGED, "reference": "judgment 1"}
    legal_proceedings.judge(proceeding=one, by="bob", reason="by the court", **told | more)


def figures() -> Any:
    from duecourse.servicing import read

    return read.account(number="B-1").figures


def stages() -> list[str]:
    from duecourse.recovery import legal_proceedings

    return [one.stage for _, rows in legal_proceedings.stages(account="B-1") for one in rows]


@pytest.fixture
def loan(borrower: int) -> int:
    return late_loan(borrower)


def test_nothing_is_prepared_while_a_check_fails_and_what_passed_is_kept(loan: int) -> None:
    from duecourse.recovery.legal_tables import Proceeding

    refused("legal_checks_failed", prepared)
    demanded()
    refused("legal_checks_failed", prepared, at=NOW + timedelta(days=20))
    assert prepared() == prepared() == 1
    assert all(one["passed"] for one in Proceeding.objects.get().checks)
    refused("proceeding_stands", prepared, key="p-2")


def test_who_prepared_a_proceeding_does_not_file_it(loan: int) -> None:
    from duecourse.personal import shared
    from duecourse.recovery import legal_limitation, legal_proceedings

    demanded()
    one = prepared()
    told: Any = {"proceeding": one, "at": READY, "reference": "1", "reason": "in order"}
    refused("second_person_needed", legal_proceedings.file, by="alice", **told)
    legal_proceedings.file(by="bob", **told)
    refused("proceeding_not_so", legal_proceedings.file, by="bob", **told)
    assert stages() == ["prepared", "filed"]
    ((kind, who),) = [(told.kind, told.who) for told in shared.of(person=1, on=READY.date())]
    assert (kind, who) == ("court", "1")
    assert legal_limitation.limitation(account="B-1", on=READY.date()).underway


def test_a_judgment_puts_costs_on_the_ledger_and_stops_the_agreed_interest_of_a_loan(loan: int) -> None:
    from duecourse.book import check, close
    from duecourse.recovery import legal_proceedings

    demanded()
    one = filed()
    refused("legal_refused", judge, one, award=legal_proceedings.Award(10_000_000, 0, 0))
    before = figures()
    judge(one)
    assert figures()["fee"] - before["fee"] == 5_000
    owed = figures()["owed"]
    close.through(JUDGED + timedelta(days=31))
    assert figures()["owed"] == owed
    assert legal_proceedings.charge_interest(
        proceeding=one, through=JUDGED + timedelta(days=10), by="bob", reason="monthly"
    ) == 400_000 * 80_000 * 10 // 365_000_000  # fmt: skip
    whole = 400_000 * 80_000 * 31 // 365_000_000
    told: Any = {"proceeding": one, "by": "bob", "reason": "monthly"}
    legal_proceedings.charge_interest(through=JUDGED + timedelta(days=31), **told)
    assert figures()["owed"] == owed + whole
    refused("legal_refused", legal_proceedings.charge_interest, through=JUDGED + timedelta(days=31), **told)
    for checked in check.everything():
        assert checked.ok, checked.detail


def test_a_judgment_on_a_line_leaves_nothing_but_its_own_interest_to_grow(borrower: int) -> None:
    from duecourse.book import close
    from duecourse.recovery import legal_proceedings
    from duecourse.servicing import accounts, purchases, read

    account = accounts.open_line(number="B-1", borrower_id=borrower, product="line_demo", limit_minor=900_000, on=FIRST)
    purchases.post(account=account, amount_minor=500_000, on=FIRST, key="buy")
    close.through(date(2024, 4, 1))
    demanded()
    one = filed()
    judge(one)
    close.through(date(2024, 7, 10))
    held = read.account(number="B-1")
    close.through(date(2024, 8, 20))
    assert read.account(number="B-1").figures["interest"] == held.figures["interest"]
    assert legal_proceedings.charge_interest(
        proceeding=one, through=date(2024, 8, 20), by="bob", reason="monthly"
    ) == 400_000 * 80_000 * (date(2024, 8, 20) - JUDGED).days // 365_000_000  # fmt: skip


def test_a_proceeding_ends_satisfied_settled_dismissed_or_withdrawn_and_only_once(loan: int) -> None:
    from duecourse.recovery import legal_proceedings
    from duecourse.recovery.legal_tables import ProceedingDocument

    demanded()
    one = filed()
    told: Any = {"proceeding": one, "on": JUDGED, "by": "bob", "reason": "by the court"}
    refused("proceeding_not_so", legal_proceedings.enforce, reference="1", **told)
    judge(one)
    legal_proceedings.enforce(reference="bailiff 7", **told)
    assert legal_proceedings.attach(proceeding=one, name="writ.pdf", content=b"%PDF writ", by="bob") == 1
    assert b"writ" not in bytes(ProceedingDocument.objects.get().content)
    assert "still owed" in refused("proceeding_not_so", legal_proceedings.satisfy, **told)
    refused("proceeding_not_so", legal_proceedings.settle, arrangement=99, **told)
    legal_proceedings.withdraw(**told)
    refused("proceeding_not_so", legal_proceedings.withdraw, **told)
    assert stages() == ["prepared", "filed", "judgment", "enforcement", "withdrawn"]
