"""Acts on a line: each on its day, told later, and taken back; what is refused leaves no trace."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest

PRODUCT = "card_tw_2005"
FIRST = date(2024, 1, 5)
LIMIT = 500_000
TERMS = {"late_rate_ppm": 240_000, "late_fee_minor": 500, "tolerance_ppm": 0, "cycle_day": 1, "due_after_days": 9}
LATE = date(2024, 4, 10)
"""The day on which what is told late is told."""


def on(month: int, day: int) -> date:
    return date(2024, month, day)


class Told(NamedTuple):
    """An act effective on a day: a function of servicing that is given account, key and the ids of earlier ones."""

    day: date
    name: str
    do: Callable[[int, date, str, dict[str, Any]], Any]


def buy(amount: int) -> Callable[..., Any]:
    def do(account: int, day: date, key: str, made: dict[str, Any]) -> Any:
        from duecourse.servicing import purchases

        return purchases.post(account=account, amount_minor=amount, on=day, key=key)

    return do


def pay(amount: int) -> Callable[..., Any]:
    def do(account: int, day: date, key: str, made: dict[str, Any]) -> Any:
        from duecourse.servicing import payments

        return payments.receive(account=account, amount_minor=amount, received_on=day, key=key)

    return do


def act(area: str, name: str, **given: Any) -> Callable[..., Any]:
    """An act by its module and function; a value that is a function is asked for it, with what was made before."""

    def do(account: int, day: date, key: str, made: dict[str, Any]) -> Any:
        import importlib

        asked = {word: value(made) if callable(value) else value for word, value in given.items()}
        if not {"first", "last"} & set(asked):
            asked["on"] = day
        function = getattr(importlib.import_module(f"duecourse.servicing.{area}"), name)
        return function(account=account, by="bob", reason="because", key=key, **asked)

    return do


LIFE = [
    Told(on(1, 6), "first", buy(100_000)),
    Told(on(1, 20), "second", buy(40_000)),
    Told(on(2, 5), "paid", pay(3_000)),
    Told(on(2, 15), "third", buy(20_000)),
    Told(on(2, 20), "some", pay(6_000)),
    Told(on(3, 20), "more", pay(30_000)),
]
"""Two purchases, a minimum that is not met on 10 February, payments too small and then enough."""


class Line:
    """One account of the book: what is told of it, and on which day each of it is told."""

    def __init__(self, number: str, told: list[Told], late: set[str], **terms: Any) -> None:
        from duecourse.servicing import accounts

        self.told = sorted(told, key=lambda one: one.day)
        self.late = late
        self.made: dict[str, Any] = {}
        self.account = accounts.open_line(
            number=number, borrower_id=1, product=PRODUCT, limit_minor=LIMIT, on=FIRST, **{**TERMS, **terms}
        )

    def do(self, today: date) -> None:
        """Everything that is told on a day."""
        for one in self.told:
            if (LATE if one.name in self.late else one.day) == today:
                self.made[one.name] = one.do(self.account, one.day, f"{self.account} {one.name}", self.made)

    def undo(self) -> None:
        """Take back the act that the case is about."""
        from duecourse.servicing import changes

        changes.undo(account=self.account, act=self.act(), by="bob", reason="a mistake", key=f"{self.account} undo")

    def act(self) -> int:
        """The id of the act that the case is about; a chargeback answers its entry."""
        from duecourse.servicing.tables import Act

        made = self.made["it"]
        return made.act if hasattr(made, "act") else Act.objects.get(entry_id=made, kind="bounce").id

    def state(self, day: date) -> Any:
        """The account's numbers, its dues and terms, and the sums of its control accounts."""
        import books

        from duecourse.ledger.tables import Balance
        from duecourse.servicing import agreed

        numbers, dues = books.state(self.account, day)
        terms = agreed.of(Balance.objects.get(account_id=self.account).terms_id).terms
        return numbers, dues, terms, sums(self.account)


def sums(account: int) -> dict[str, int]:
    """What the entries of an account add up to, by control account; accrued is the product's."""
    from duecourse.ledger import chart
    from duecourse.ledger.tables import Entry

    found = dict.fromkeys(chart.COLUMNS, 0)
    for entry in Entry.objects.filter(account_id=account):
        for name in chart.COLUMNS:
            found[name] += getattr(entry, name) or 0
    return {name: amount for name, amount in found.items() if amount}


def checked() -> list[str]:
    from duecourse.book import check

    return [f"{one.what}: {one.detail}" for one in check.everything() if not one.ok]


def id_of(name: str) -> Callable[[dict[str, Any]], int]:
    return lambda made: made[name].act


def entry_of(name: str) -> Callable[[dict[str, Any]], int]:
    return lambda made: made[name].entry_id


def convert(**given: Any) -> Callable[..., Any]:
    return act("conversions", "convert", **given)


FEE = act("fees", "charge", amount_minor=700)
CASES: dict[str, tuple[dict[str, int], list[Told]]] = {
    "fee": ({}, [Told(on(2, 18), "it", FEE)]),
    "fee on a credit balance": ({}, [Told(on(1, 7), "a", pay(200_000)), Told(on(1, 8), "it", FEE)]),
    "waiver of a late fee": ({}, [Told(on(2, 25), "it", act("fees", "waive", component="fee", amount_minor=400))]),
    "waiver of interest": ({}, [Told(on(3, 4), "it", act("fees", "waive", component="interest", amount_minor=50))]),
    "waiver of suspended interest": (
        {"nonaccrual_days": 5},
        [Told(on(3, 4), "it", act("fees", "waive", component="penalty", amount_minor=10))],
    ),
    "limit": ({}, [Told(on(2, 18), "it", act("limits", "set_limit", limit_minor=120_000))]),
    "credit balance paid out": (
        {},
        [
            Told(on(3, 21), "a", pay(400_000)),
            Told(on(3, 25), "it", act("adjustments", "pay_out", amount_minor=100_000)),
        ],
    ),
    "chargeback of a minimum": (
        {"chargeback": 1},
        [Told(on(2, 27), "it", act("payments", "bounce", entry=entry_of("some")))],
    ),
    "chargeback of an excess": (
        {"chargeback": 1},
        [
            Told(on(3, 21), "a", pay(400_000)),
            Told(on(3, 25), "b", buy(50_000)),
            Told(on(3, 28), "it", act("payments", "bounce", entry=entry_of("a"))),
        ],
    ),
    "dispute rejected": (
        {},
        [
            Told(on(2, 3), "it", act("disputes", "open_dispute", entry=entry_of("second"), amount_minor=40_000)),
            Told(on(3, 12), "end", act("disputes", "reject", dispute=id_of("it"))),
        ],
    ),
    "dispute rejected with interest": (
        {"rejected_bears": 1},
        [
            Told(on(2, 3), "it", act("disputes", "open_dispute", entry=entry_of("second"), amount_minor=40_000)),
            Told(on(3, 12), "end", act("disputes", "reject", dispute=id_of("it"))),
        ],
    ),
    "dispute upheld": (
        {},
        [
            Told(on(1, 25), "it", act("disputes", "open_dispute", entry=entry_of("second"), amount_minor=40_000)),
            Told(on(3, 12), "end", act("disputes", "uphold", dispute=id_of("it"))),
        ],
    ),
    "hold": ({}, [Told(on(4, 5), "it", act("holds", "place", amount_minor=50_000))]),
    "deferral with interest and a fee": (
        {"deferral_fee_minor": 300},
        [Told(on(3, 5), "it", act("deferrals", "defer", due_on=on(3, 10), until=on(4, 4)))],
    ),
    "deferral free of interest within the cycle": (
        {"deferral_bears": 0},
        [Told(on(3, 5), "it", act("deferrals", "defer", due_on=on(3, 10), until=on(3, 25)))],
    ),
    "deferral free of interest": (
        {"deferral_bears": 0},
        [Told(on(3, 5), "it", act("deferrals", "defer", due_on=on(3, 10), until=on(4, 7)))],
    ),
    "re-age in one": ({}, [Told(on(2, 14), "it", act("deferrals", "re_age", due_days=[on(3, 14)]))]),
    "re-age in three": (
        {"past_due_whole": 1},
        [Told(on(2, 14), "it", act("deferrals", "re_age", due_days=[on(2, 25), on(3, 14), on(3, 25)]))],
    ),
    "acceleration": ({}, [Told(on(2, 13), "it", act("charge_offs", "accelerate"))]),
    "acceleration on non-accrual": (
        {"nonaccrual_days": 2},
        [Told(on(2, 15), "it", act("charge_offs", "accelerate"))],
    ),
    "charge-off and recovery": ({}, [Told(on(2, 13), "it", act("charge_offs", "charge_off"))]),
    "charge-off as agreed, bearing": (
        {"charge_off_accelerates": 0, "charge_off_bears": 1, "nonaccrual_days": 2},
        [Told(on(2, 15), "it", act("charge_offs", "charge_off"))],
    ),
    "waiver after charge-off": (
        {},
        [
            Told(on(2, 13), "it", act("charge_offs", "charge_off")),
            Told(on(2, 14), "a", act("fees", "waive", component="fee", amount_minor=500)),
        ],
    ),
    "chargeback after charge-off": (
        {"chargeback": 1},
        [
            Told(on(2, 13), "a", act("charge_offs", "charge_off")),
            Told(on(2, 27), "it", act("payments", "bounce", entry=entry_of("some"))),
        ],
    ),
    "statement converted": (
        {},
        [
            Told(on(2, 6), "a", pay(3_000)),
            Told(on(2, 7), "it", convert(amount_minor=60_000, count=3, way="fee_per_period", share_ppm=6_000)),
        ],
    ),
    "purchase converted and ended early": (
        {"conversion_fee_back_ppm": 500_000},
        [
            Told(
                on(1, 25),
                "it",
                convert(amount_minor=40_000, count=6, way="rate", share_ppm=120_000, entry=entry_of("second")),
            ),
            Told(on(3, 5), "end", act("conversions", "end_early", conversion_act=id_of("it"))),
        ],
    ),
    "refund on what was converted": (
        {},
        [
            Told(
                on(1, 25),
                "it",
                convert(amount_minor=40_000, count=3, way="fee_up_front", share_ppm=30_000, entry=entry_of("second")),
            ),
            Told(on(2, 25), "end", act("conversions", "refund", conversion_act=id_of("it"), amount_minor=10_000)),
        ],
    ),
    "rate change": ({}, [Told(on(2, 18), "it", act("rates", "change", terms={"rate_ppm": 90_000}))]),
    "interest pause": ({}, [Told(on(2, 18), "it", act("rates", "pause", first=on(2, 18), last=on(3, 3)))]),
    "rate change within a pause": (
        {},
        [
            Told(on(2, 12), "it", act("rates", "pause", first=on(2, 12), last=on(3, 3))),
            Told(on(2, 20), "a", act("rates", "change", terms={"rate_ppm": 90_000})),
        ],
    ),
}


class Lives(NamedTuple):
    """Of each case: told in time, told late, told late and taken back, never told; and what the checks found."""

    in_time: dict[str, Any]
    late: dict[str, Any]
    undone: dict[str, Any]
    never: dict[str, Any]
    wrong: list[str]


@pytest.fixture(scope="module")
def lives(module_db: str) -> Lives:
    """One book in which each case is lived three times: with the act in time, with it told on 10 April, without it."""
    from duecourse.book import close

    in_time, late, never = {}, {}, {}
    for name, (terms, told) in CASES.items():
        after = {"it", *(one.name for one in told if one.name == "end")}
        in_time[name] = Line(f"in time {name}", LIFE + told, set(), **terms)
        late[name] = Line(f"late {name}", LIFE + told, {one.name for one in told}, **terms)
        never[name] = Line(f"never {name}", LIFE + [one for one in told if one.name not in after], set(), **terms)
    every = [*in_time.values(), *late.values(), *never.values()]
    for offset in range((LATE - FIRST).days + 2):
        today = FIRST + timedelta(days=offset)
        for line in every:
            line.do(today)
        close.through(today)
    wrong = checked()
    told_late = {name: line.state(today) for name, line in late.items()}
    for line in late.values():
        line.undo()
    taken_back = {name: line.state(today) for name, line in late.items()}
    told_in_time = {name: line.state(today) for name, line in in_time.items()}
    never_told = {name: line.state(today) for name, line in never.items()}
    close.through(today + timedelta(days=1))
    return Lives(told_in_time, told_late, taken_back, never_told, wrong + checked())


@pytest.mark.parametrize("name", CASES)
def test_an_act_told_late_gives_what_the_right_order_gives(lives: Lives, name: str) -> None:
    assert lives.late[name] == lives.in_time[name]


@pytest.mark.parametrize("name", CASES)
def test_an_act_taken_back_was_never(lives: Lives, name: str) -> None:
    assert lives.undone[name] == lives.never[name]
    assert lives.undone[name] != lives.in_time[name]


def test_the_book_with_all_of_it_is_right(lives: Lives) -> None:
    assert lives.wrong == []
