"""The way to court: the limitation clock, the checks before it, the demand and its notice."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from duecourse.ledger.journal import Refused
from duecourse.recovery.legal_clock import Dated, run
from duecourse.rules import legal_terms

FIRST = date(2024, 1, 2)
CLOSED = date(2024, 4, 1)
NOW = datetime.combine(date(2024, 4, 2), time(4), UTC)
"""Noon in Shanghai of the open day."""
WHO: Any = {"by": "alice", "reason": "asked by the file"}


def person(place: str = "CN", zone: str = "Asia/Shanghai", language: str = "zh", address: bool = True) -> int:
    from duecourse.borrowers import people, reach

    found = people.enrol(source="test", references=["1"])[0]
    reach.reside(borrower=found, place=place, zone=zone, language=language, **WHO)
    if address:
        value = "上海市浦东新区世纪大道 1 号" if language == "zh" else "1 High Street\nLeeds LS1 4AP"
        reach.add_point(borrower=found, kind="address", value=value, at_work=False, source="contract", **WHO)
    return found


def late_loan(borrower: int, amount: int = 600_000) -> int:
    """A loan of six installments from January of which the second and third were never paid."""
    from duecourse.book import close
    from duecourse.servicing import loan_opening, loans

    account = loan_opening.open_loan(
        number="B-1", borrower_id=borrower, product="loan_demo", approved_minor=amount, on=FIRST, by="test",
        installments=6, rate_ppm=120_000,
    )  # fmt: skip
    loans.draw(account=account, amount_minor=amount, on=FIRST, by="test", key="draw")
    close.through(date(2024, 2, 1))
    loans.pay(account=account, amount_minor=amount * 18 // 100, on=date(2024, 2, 2), key="pay")
    close.through(CLOSED)
    return account


def failed(at: datetime = NOW) -> dict[str, str]:
    from duecourse.recovery import legal_checks

    return {one.name: one.reason for one in legal_checks.checks(account="B-1", at=at) if not one.passed}


def offer_help(on: date = CLOSED) -> None:
    from duecourse.recovery import legal_checks

    legal_checks.offer_help(account="B-1", what="installments of 200", channel="call", on=on, key="help", **WHO)


def write(key: str = "d-1", at: datetime = NOW) -> Any:
    from duecourse.recovery import legal_demand

    return legal_demand.write(account="B-1", at=at, key=key, **WHO)


def refused(code: str, call: Any, *args: Any, **told: Any) -> str:
    with pytest.raises(Refused) as caught:
        call(*args, **told)
    assert type(caught.value).code == code
    return str(caught.value)


def rule(place: str) -> legal_terms.LimitationRule:
    found = legal_terms.limitation_rule(place=place, on=date(2026, 1, 1))
    assert found is not None
    return found


def test_each_place_has_its_own_months_and_rule_and_a_state_without_one_is_not_known() -> None:
    told = {place: (rule(place).rule, rule(place).months) for place in ("CN", "UK", "UK-SCT", "US-NY", "DE")}
    assert told == {
        "CN": ("CN-LIM-01", 36), "UK": ("UK-10", 72), "UK-SCT": ("UK-10.SCT", 60),
        "US-NY": ("US-NY-LIM", 36), "DE": ("DE-LIM", 36),
    }  # fmt: skip
    assert legal_terms.limitation_rule(place="US-NY", on=date(2022, 4, 6)) is None
    assert legal_terms.limitation_rule(place="US-WY", on=date(2026, 1, 1)) is None
    assert legal_terms.limitation_rule(place="", on=date(2026, 1, 1)) is None


def test_what_starts_the_time_anew_is_said_by_the_rule_of_the_place() -> None:
    began = date(2021, 5, 31)
    happened = [Dated("promise", date(2022, 6, 1), 1), Dated("payment", date(2023, 1, 10), 2)]
    begun, ends, told = run(rule("CN"), began, happened)
    assert (begun, ends, [one.counts for one in told]) == (date(2023, 1, 10), date(2026, 1, 10), [True, True])
    begun, ends, told = run(rule("UK"), began, happened[:1])
    assert (begun, ends, told[0].counts) == (began, date(2027, 5, 31), False)


def test_what_comes_after_the_end_brings_nothing_back() -> None:
    late = Dated("payment", date(2024, 6, 1), 1)
    begun, ends, told = run(rule("CN"), date(2021, 5, 31), [late])
    assert (begun, ends, told[0].counts) == (date(2021, 5, 31), date(2024, 5, 31), False)
    in_time = Dated("demand", date(2024, 5, 31), 1)
    assert run(rule("CN"), date(2021, 5, 31), [in_time, late])[1] == date(2027, 6, 1)


def test_the_clock_of_a_loan_runs_from_its_oldest_missed_due_and_an_acknowledgement_restarts_it(db: str) -> None:
    from duecourse.recovery import legal_limitation

    late_loan(person())
    told = legal_limitation.limitation(account="B-1", on=CLOSED)
    assert (told.default_on, told.begun_on, told.ends_on) == (date(2024, 3, 2), date(2024, 3, 2), date(2027, 3, 2))
    assert told.days_left == (date(2027, 3, 2) - CLOSED).days
    owned: Any = {"account": "B-1", "kind": "written", "on": date(2024, 3, 20), "source": "letter 7", **WHO}
    assert legal_limitation.acknowledge(key="a-1", **owned) == legal_limitation.acknowledge(key="a-1", **owned)
    refused("legal_key_reused", legal_limitation.acknowledge, key="a-1", **owned | {"kind": "spoken"})
    refused("legal_refused", legal_limitation.acknowledge, key="a-2", **owned | {"on": date(2023, 1, 1)})
    assert legal_limitation.limitation(account="B-1", on=CLOSED).ends_on == date(2027, 3, 20)
    assert legal_limitation.limitation(account="B-1", on=date(2027, 3, 21)).is_over


def test_nothing_starts_while_a_check_fails_and_each_says_why(db: str) -> None:
    from duecourse.borrowers import reach
    from duecourse.care import circumstances, complaints, disputes

    borrower = person()
    late_loan(borrower)
    assert set(failed()) == {"help", "demand"}
    assert "nothing was offered since 2024-03-02" in failed()["help"]
    offer_help()
    assert set(failed()) == {"demand"}
    told: Any = {"person": borrower, "at": NOW, "by": "alice"}
    one = disputes.open_dispute(**told, kind="reported", text="not mine", channel="call", reason="called", key="d")
    assert failed()["dispute"].startswith("dispute since 2024-04-0")
    message = refused("legal_checks_failed", write)
    assert "dispute: dispute since" in message
    disputes.go_on(dispute=one, state="rejected", at=NOW, by="bob", reason="looked at")
    circumstances.note(**told, kind="health", text="ill", treat=["more_time"], review_on=date(2024, 9, 1), key="c")
    assert "circumstances" not in failed()
    assert "last looked at on 2024-04-02" in failed(NOW + timedelta(days=91))["circumstances"]
    complaints.receive(**told, text="rude", channel="call", about="contact", reason="called", key="k", account=None)
    assert failed()["complaint"].startswith("complaint ")
    reach.block(borrower=borrower, kind="breathing_space", since=NOW, by="alice", reason="register")
    assert "breathing_space" in failed()


def test_a_small_debt_and_a_place_without_a_limitation_are_not_sued_for(db: str) -> None:
    late_loan(person("US-WY", "America/Denver", "en"), amount=60_000)
    told = failed()
    assert "at least 100000 is sued for" in told["amount"]
    assert told["limitation"] == "no limitation is kept for US-WY"


def test_a_demand_is_asked_of_the_gate_and_its_amounts_are_the_ledgers(db: str) -> None:
    from duecourse.borrowers.contact_tables import ContactDecision
    from duecourse.recovery.legal_tables import Demand
    from duecourse.servicing import read

    late_loan(person())
    offer_help()
    told = write()
    assert told.number == "D00000001"
    assert told.pdf.startswith(b"%PDF")
    row = Demand.objects.get()
    page = read.account(number="B-1")
    assert row.body["owed"] == page.figures["owed"] == sum(one["amount"] for one in row.body["parts"])
    assert (row.body["past_due"], row.language) == (page.standing.past_due, "zh")
    assert "世纪大道" not in str(row.body)
    decision = ContactDecision.objects.get(id=row.decision_id)
    assert (decision.allowed, decision.channel, decision.purpose) == (True, "letter", "legal_notice")
    assert write().again
    assert write().pdf == told.pdf


def test_a_demand_that_the_gate_refuses_is_not_written_and_the_refusal_is_kept(db: str) -> None:
    from duecourse.borrowers import reach
    from duecourse.borrowers.contact_tables import ContactDecision
    from duecourse.recovery.legal_tables import Demand

    borrower, at = person("UK", "Europe/London", "en"), NOW + timedelta(hours=7)
    late_loan(borrower)
    offer_help()
    block = reach.block(borrower=borrower, kind="inconvenient_time", since=NOW, **WHO)
    assert "UK-12" in refused("demand_not_allowed", write, at=at)
    assert not Demand.objects.exists()
    assert not ContactDecision.objects.get().allowed
    reach.end_block(borrower=borrower, block=block, at=at, **WHO)
    assert write(at=at + timedelta(minutes=1)).number == "D00000001"


def test_the_notice_counts_from_the_day_of_posting_in_business_days_of_the_place(db: str) -> None:
    from duecourse.recovery import legal_checks, legal_demand
    from duecourse.rules import places

    late_loan(person())
    offer_help()
    one = write()
    assert failed() == {"demand": "no demand was posted"}
    at = NOW + timedelta(days=1)
    sent = legal_demand.post(demand=one.id, at=at, reference="EMS 17", by="alice")
    assert sent.pay_by == places.business_day_after("CN", date(2024, 4, 3), 18)
    refused("no_such_demand", legal_demand.post, demand=one.id, at=at, reference="EMS 18", by="alice")
    refused("no_such_demand", legal_demand.post, demand=99, at=at, reference="EMS 18", by="alice")
    last = datetime.combine(sent.pay_by, time(4), UTC)
    assert "the notice runs through" in failed(last)["demand"]
    assert failed(last + timedelta(days=1)) == {}
    assert "too old" in failed(last + timedelta(days=180))["demand"]
    assert legal_checks.notice_ends(place="UK", posted_on=date(2026, 1, 5)) == date(2026, 1, 29)


def test_an_english_letter_names_free_advice_and_the_law_of_the_notice(db: str) -> None:
    from duecourse.recovery.legal_tables import Demand

    late_loan(person("UK", "Europe/London", "en"))
    offer_help()
    write(at=NOW + timedelta(hours=7))
    body = Demand.objects.get().body
    assert (body["rule"], body["words"]["title"]) == ("UK-CCA-88", "Letter of demand")
    assert "MoneyHelper" in body["adviser"]


def test_a_demand_whose_past_due_was_paid_is_no_demand_for_what_is_late_anew(db: str) -> None:
    from duecourse.book import close
    from duecourse.recovery import legal_demand
    from duecourse.servicing import loans, read

    account = late_loan(person())
    offer_help()
    legal_demand.post(demand=write().id, at=NOW, reference="EMS 1", by="alice")
    asked = sum(due.left for due in read.account(number="B-1").dues)
    loans.pay(account=account, amount_minor=asked + 30_000, on=date(2024, 4, 2), key="paid")
    close.through(date(2024, 5, 12))
    at = datetime.combine(date(2024, 5, 13), time(4), UTC)
    assert "asked for what was paid since" in failed(at)["demand"]
    assert "nothing was offered since" in failed(at)["help"]


def test_a_letter_that_says_what_is_prohibited_is_not_written(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.conf import settings

    from duecourse.borrowers.contact_tables import ContactDecision
    from duecourse.recovery.legal_tables import Demand

    late_loan(person("UK", "Europe/London", "en"))
    offer_help()
    monkeypatch.setattr(settings, "LENDER", "Pay or you will be arrested Ltd")
    assert "UK-CONC-7" in refused("demand_wording", write, at=NOW + timedelta(hours=7))
    assert not Demand.objects.exists()
    assert not ContactDecision.objects.exists()
