"""Drawn arrangements on the real database, closed day by day, some of their payments told late.

Each is lived by two accounts: one told everything in time, one told some payments later. A slow reckoning, with nothing
of the source in it, says how each must have turned.
"""

from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple

import pytest
from effort import examples

FIRST = date(2024, 1, 10)
DAYS = 85
LATE = {"late_rate_ppm": 240_000, "late_fee_minor": 500, "tolerance_ppm": 0, "cycle_day": 1, "due_after_days": 9}


class Paid(NamedTuple):
    """A payment of a day that is told so many days later."""

    day: int
    amount: int
    told: int


class Case(NamedTuple):
    """An account and its arrangement, agreed on a day: kind, what it asks, what else it says, and what came in."""

    is_loan: bool
    agreed: int
    asked: tuple[tuple[int, int], ...]
    days: int
    minor: int
    cure: int
    told: dict[str, Any]
    paid: tuple[Paid, ...]


def drawn(chance: Random, is_loan: bool) -> Case:
    """One case; many of its payments are as asked."""
    agreed = chance.randrange(35, 45)
    due = sorted(chance.sample(range(agreed + 1, agreed + 32), chance.choice((1, 2, 3))))
    asked = tuple((day, chance.choice((2_000, 9_000, 20_000))) for day in due)
    days, minor, cure = chance.choice((0, 0, 3)), chance.choice((0, 0, 50)), chance.choice((0, 6))
    paid = []
    for day, amount in asked:
        if chance.random() < 0.06:
            continue
        part = chance.choice((0, 0, 0, 0, 1, 700))
        on = max(agreed, day - 4 + chance.choice((0, 2, 4, 4, 4, 6, 9)))
        told = min(on + chance.choice((0, 0, 1, 9, 16)), DAYS)
        paid.append(Paid(on, amount - part, told))
        if part and chance.random() < 0.5:
            paid.append(Paid(on + 3, part, min(on + 3 + chance.choice((0, 5)), DAYS)))
    return Case(is_loan, agreed, asked, days, minor, cure, effects(chance, is_loan, agreed), tuple(paid))


def effects(chance: Random, is_loan: bool, agreed: int) -> dict[str, Any]:
    """What an arrangement says beside its amounts; of a line also what it forgives."""
    from duecourse.servicing.arrangement_plan import Forgiven, Rate, Spread

    until = chance.choice((None, day_of(agreed + chance.randrange(5, 40))))
    told: dict[str, Any] = {"rate": Rate(chance.choice((0, 0, 60_000)), until)}
    if is_loan:
        told["more_installments"] = chance.choice((0, 0, 3))
        return told
    told["stops_late_fees"] = chance.random() < 0.5
    if chance.random() < 0.4:
        days = tuple(day_of(agreed + 5 + 12 * i) for i in range(chance.choice((1, 4))))
        told["spread"] = Spread(days, chance.random() < 0.5)
    if chance.random() < 0.4:
        told["forgiven"] = (Forgiven("fee", None, chance.random() < 0.5),)
        told["revoked_when_broken"] = chance.random() < 0.5
    told["forgives_rest"] = chance.random() < 0.5
    return told


def day_of(offset: int) -> date:
    return FIRST + timedelta(days=offset)


def slow(case: Case, through: int) -> list[tuple[str, int]]:
    """How an arrangement turned, day by day, everything added up anew each day."""
    found: list[tuple[str, int]] = []
    state, broken_on = "agreed", 0
    whole = sum(amount for _, amount in case.asked)
    for day in range(case.agreed, through + 1):
        came = sum(one.amount for one in case.paid if one.day <= day)
        is_short = False
        for day_asked, _ in case.asked:
            asked = sum(amount for on, amount in case.asked if on <= day_asked)
            if day >= day_asked + case.days and came < asked - case.minor:
                is_short = True
        if state == "broken":
            if not is_short and day <= broken_on + case.cure:
                state = "cured"
                found.append((state, day))
        elif is_short and state != "fulfilled":
            state, broken_on = "broken", day
            found.append((state, day))
        if state in ("agreed", "cured") and came >= whole - case.minor:
            state = "fulfilled"
            found.append((state, day))
    return found


class Lived(NamedTuple):
    """An account of a case, and whether its payments are told late."""

    case: Case
    account: int
    is_late: bool

    def do(self, offset: int) -> None:
        """Everything of a day."""
        from duecourse.servicing import arrangements, payments
        from duecourse.servicing.arrangement_plan import Amount, Plan

        case = self.case
        if offset == case.agreed:
            plan = Plan(
                amounts=tuple(Amount(day_of(day), amount) for day, amount in case.asked),
                tolerance_days=case.days,
                tolerance_minor=case.minor,
                cure_days=case.cure,
                **case.told,
            )
            arrangements.agree(
                account=self.account, terms=plan, on=day_of(offset), by="bob", reason="drawn", key=f"{self.account}"
            )
        for i, one in enumerate(case.paid):
            if offset == (one.told if self.is_late else one.day):
                key = f"{self.account}:{i}"
                payments.receive(account=self.account, amount_minor=one.amount, received_on=day_of(one.day), key=key)

    def turns(self) -> list[tuple[str, date]]:
        """How its arrangement turned, by the rows that hold."""
        from duecourse.servicing import arrangement_review as review

        (told,) = review.arrangements_of(self.account)
        return [(row.state, row.on) for row in review.not_taken_back(review.rows_of(told.id))][1:]

    def state(self) -> Any:
        """Where it stands, and the sums of its entries."""
        import books
        from django.db.models import Sum

        from duecourse.ledger import chart
        from duecourse.ledger.tables import Entry

        sums = Entry.objects.filter(account_id=self.account).aggregate(**{one: Sum(one) for one in chart.COLUMNS})
        money = {name: amount for name, amount in sums.items() if amount}
        if not self.case.is_loan:
            return books.state(self.account, day_of(DAYS)), money
        from duecourse.kernel.loan_row import row_of
        from duecourse.rules.read import day_number
        from duecourse.servicing import loans

        closed = day_number(day_of(DAYS))
        return row_of(loans.held(account=self.account).loan, closed, closed), money


def opened(case: Case, name: str, is_late: bool) -> Lived:
    """An account on the first day, with something bought or drawn."""
    from duecourse.servicing import accounts, loan_opening, loans, purchases

    if case.is_loan:
        account = loan_opening.open_loan(
            number=name, borrower_id=1, product="loan_demo", approved_minor=300_000, on=FIRST, by="bob", installments=6
        )
        loans.draw(account=account, amount_minor=300_000, on=FIRST, by="bob", key=f"{name} drawn")
    else:
        account = accounts.open_line(
            number=name, borrower_id=1, product="card_tw_2005", limit_minor=500_000, on=FIRST, **LATE
        )
        purchases.post(account=account, amount_minor=120_000, on=FIRST, key=f"{name} bought")
    return Lived(case, account, is_late)


def falls_without_cause(seen: dict[int, int], late: dict[int, int], day: date) -> list[int]:
    """The accounts whose days past due fell although nothing was booked for them on the day."""
    from duecourse.ledger.tables import Entry
    from duecourse.servicing.tables import Act

    moved = set(Entry.objects.filter(booked_day=day, run_id=None).values_list("account_id", flat=True))
    moved |= set(Act.objects.filter(booked_day=day).values_list("account_id", flat=True))
    return [account for account, days in late.items() if days < seen.get(account, 0) and account not in moved]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(examples(1).max_examples))
def test_drawn_arrangements_turn_as_they_must_and_a_payment_told_late_changes_nothing(db: str, seed: int) -> None:
    from duecourse.book import check, close, read
    from duecourse.book.tables import SetAside

    chance = Random(seed)
    cases = [drawn(chance, is_loan=i % 4 == 3) for i in range(10)]
    lived = [opened(case, f"{i} {is_late}", is_late) for i, case in enumerate(cases) for is_late in (False, True)]
    seen: dict[int, int] = {}
    for offset in range(DAYS + 1):
        for one in lived:
            one.do(offset)
        close.through(day_of(offset))
        late = read.day(day_of(offset)).execute().set_index("account_id")["days_past_due"].to_dict()
        assert falls_without_cause(seen, late, day_of(offset)) == []
        seen = late
    assert list(SetAside.objects.values_list("account_id", "message")) == []
    for in_time, told_late in zip(lived[::2], lived[1::2], strict=True):
        must = [(state, day_of(day)) for state, day in slow(in_time.case, DAYS)]
        assert in_time.turns() == must
        assert told_late.turns() == must
        assert told_late.state() == in_time.state()
        if must and must[-1][0] == "fulfilled" and in_time.case.told.get("forgives_rest"):
            assert in_time.state()[0][1] == []
    assert [f"{one.what}: {one.detail}" for one in check.everything() if not one.ok] == []
