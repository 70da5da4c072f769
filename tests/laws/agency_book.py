"""A book with people who are late, and agencies: what tests of agencies begin with."""

from datetime import UTC, date, datetime
from typing import Any

FIRST, LAST = date(2026, 1, 5), date(2026, 4, 20)
OPEN = date(2026, 4, 21)
NOON = datetime(2026, 4, 21, 4, 0, tzinfo=UTC)
"""Noon in Shanghai on the open day."""
NAMES = ("ann", "ben", "cai", "dai", "eve", "fei")
"""All are late since 10 February but fei, who pays."""
TERMS = """
agreement = "C-2026-17"
basis = "entrusted"
contract_from = 2026-01-01
contract_to = 2026-12-31
channels = ["call", "sms", "email"]
remits = "gross"
tail_days = 30
tell_within_days = 2
retention_days = 90
share = 1
[[commission]]
from_days_past_due = 1
ppm = 150_001
[[commission]]
from_days_past_due = 91
ppm = 250_000
"""
LATE = {
    "late_rate_ppm": 240_000, "late_fee_minor": 500, "tolerance_ppm": 0, "cycle_day": 1, "due_after_days": 9,
    "nonaccrual_days": 90,
}  # fmt: skip


def book() -> dict[str, int]:
    """Six people from January to April with a line each, two of ben's; each can be reached; fei pays."""
    from duecourse.book import close
    from duecourse.borrowers import people, reach
    from duecourse.servicing import accounts, payments, purchases

    who = dict(zip(NAMES, people.enrol(source="test", references=NAMES), strict=True))
    lines = {}
    for place, (name, number) in enumerate([*((name, name) for name in NAMES), ("ben", "ben2")]):
        if number == name:
            reach.reside(borrower=who[name], place="CN", zone="Asia/Shanghai", language="zh", by="t", reason="")
            told = {"borrower": who[name], "at_work": False, "source": "contract", "by": "t", "reason": ""}
            reach.add_point(kind="phone", value=f"+86 139000000{place}", **told)
            reach.add_point(kind="email", value=f"{name}@example.org", **told)
        lines[number] = accounts.open_line(
            number=number, borrower_id=who[name], product="card_tw_2005", limit_minor=500_000, on=FIRST, **LATE
        )
        purchases.post(account=lines[number], amount_minor=200_000, on=FIRST, key=f"{number} bought")
    for month in (2, 3, 4):
        close.through(date(2026, month, 8))
        payments.receive(
            account=lines["fei"], amount_minor=60_000, received_on=date(2026, month, 9), key=f"fei {month}"
        )
    close.through(LAST)
    return who


def line(number: str) -> int:
    """The id of an account."""
    from duecourse.servicing.tables import Account

    return int(Account.objects.get(number=number).id)


def engaged(code: str = "north", terms: str = TERMS, **changed: Any) -> None:
    """An agency in China whose terms two others approved, engaged since the contract began."""
    from duecourse.recovery import agencies

    for name, value in changed.items():
        terms = "\n".join(f"{name} = {value}" if one.startswith(f"{name} =") else one for one in terms.splitlines())
    agencies.add(code=code, name=f"{code} ltd", contact="desk@agency.example", places_of=["CN"], by="ada", reason="")
    number = agencies.propose(agency=code, text=terms, by="ada", reason="tender")
    for by in ("bob", "carol"):
        agencies.approve(terms=number, on=FIRST, by=by, reason="read")
    agencies.become(agency=code, state="engaged", on=FIRST, by="bob", reason="tender won")


def cases_moved(name: str = "default") -> None:
    """The cases of the last sealed day, by a strategy of the house."""
    from importlib.resources import files

    from duecourse.recovery import cases, strategies

    text = files("duecourse.rules").joinpath(f"house/strategies/{name}.json").read_text(encoding="utf-8")
    number = strategies.register(name=name, text=text, by="ada")
    for by in ("bob", "carol"):
        strategies.approve(strategy=number, on=FIRST, by=by, reason="")
    strategies.go_live(strategy=number, role="champion", on=FIRST, by="bob", reason="")
    cases.move(day=LAST, by="t")


def case_of(person: int) -> int:
    """The open case of a person."""
    from duecourse.recovery import cases

    return int(cases.open_cases()[person].id)


def place(person: int, agency: str = "north") -> str:
    """Place a person's case; answers the reference."""
    from duecourse.recovery import placements

    row = placements.place(case=case_of(person), agency=agency, day=LAST, at=NOON, by="bob", reason="no answer")
    return str(row.reference)
