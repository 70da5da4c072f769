"""Running an account's events and evenings again, from where it began: pure, with the functions that posted them.

An event (purchase, refund, adjustment, payment, act) keeps its place among those of its day; what the close of the day
applied comes last. `past_events` reads what has happened, `correction` posts what comes out differently.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from duecourse.kernel import plain, posting
from duecourse.kernel.account import WIDTH, Account
from duecourse.kernel.accrual import grow
from duecourse.kernel.evening import Night, evening, next_event
from duecourse.ledger import chart

from . import agreed, steps
from .steps import as_columns

EVENTS = (chart.PURCHASE, chart.REFUND, chart.ADJUSTMENT, chart.PAYMENT)


class Event(NamedTuple):
    """Something that came from outside, or an act.

    `place` is the id of its first entry, None for one that is not posted yet; for an act, less its id.
    """

    kind: int
    day: int
    amount: int
    place: int | None
    deed: steps.Deed | None = None


class Line(NamedTuple):
    """One entry as a replay makes it; `place` names its event, None for what an evening charged."""

    kind: int
    day: int
    place: int | None
    amounts: tuple[int, ...]


class Bill(NamedTuple):
    """A statement as a replay makes it."""

    cycle_on: int
    night: Night
    account: Account


class Seen(NamedTuple):
    """What a replay shows to one who watches: an event or an evening of a day, where the account stands after it."""

    day: int
    event: Event | None
    night: Night | None
    account: Account
    dues: list[int]
    told: agreed.Agreed


class Replayed(NamedTuple):
    """Where a replay arrives: the account, its dues, every entry and statement on the way, the terms that hold."""

    account: Account
    dues: list[int]
    lines: list[Line]
    bills: list[Bill]
    told: agreed.Agreed


def night_amounts(night: Night, moved: Sequence[Any]) -> dict[int, dict[str, Any]]:
    """The entries of an evening by kind: interest charged, late fee, credit balance used, income recognised.

    Numbers of one account, or arrays over many. `moved` is the change of principal, interest, fee and penalty.
    """
    charged = night.interest + night.penalty
    return {
        chart.CHARGE: {
            "interest": night.interest,
            "penalty": night.penalty,
            "suspended": -night.suspended,
            "accrued": night.suspended - charged,
        },
        chart.LATE_FEE: {"fee": night.fee, "fee_income": -night.fee},
        chart.CREDIT_USED: {
            "credit": night.credit_used,
            "principal": moved[0],
            "interest": moved[1] - night.interest,
            "fee": moved[2] - night.fee,
            "penalty": moved[3] - night.penalty,
        },
        chart.RECOGNITION: {"suspended": night.recognised, "interest_income": -night.recognised},
    }


def night_happened(night: Night) -> dict[int, Any]:
    """Which of an evening's entries there are, by kind."""
    return {
        chart.CHARGE: night.interest + night.penalty > 0,
        chart.LATE_FEE: night.fee > 0,
        chart.CREDIT_USED: night.credit_used > 0,
        chart.RECOGNITION: night.recognised > 0,
    }


def night_lines(before: Account, after: Account, night: Night, day: int) -> list[Line]:
    """The entries of one account's evening."""
    amounts = night_amounts(night, plain.moved(before, after))
    return [Line(kind, day, None, as_columns(amounts[kind])) for kind, did in night_happened(night).items() if did]


def run(
    account: Account,
    dues: Sequence[int],
    told: agreed.Agreed,
    events: Sequence[Event],
    through: int,
    *,
    may: Callable[[steps.Stand], None] | None = None,
    given: tuple[steps.Given, ...] = (),
    watch: Callable[[Seen], None] | None = None,
) -> Replayed:
    """What `live` gives, the terms that hold at the end kept as rows."""
    ran = live(account, dues, told, events, through, may=may, given=given, watch=watch)
    return ran._replace(told=agreed.kept(ran.told))


def live(
    account: Account,
    dues: Sequence[int],
    told: agreed.Agreed,
    events: Sequence[Event],
    through: int,
    *,
    may: Callable[[steps.Stand], None] | None = None,
    given: tuple[steps.Given, ...] = (),
    watch: Callable[[Seen], None] | None = None,
) -> Replayed:
    """Run events and evenings, day by day where something happens, up to the close of the day `through`.

    Events effective on the day after `through` (the open day) are posted too; its evening is still to come. `told` is
    what was agreed at first, `given` what was changed of it before. `may` looks at the account as it stands before the
    act that is not posted yet, and refuses by raising. `watch` is shown each step. Nothing is written.
    """
    now = account
    open_dues = list(dues)
    lines: list[Line] = []
    bills: list[Bill] = []
    coming = list(events)
    first = told
    paid: dict[int, Mapping[str, int]] = {}
    if given:
        told = steps.Stand(now, open_dues, first, given).in_force
    while True:
        count = len(open_dues) // WIDTH
        evening_on = next_event(now, open_dues, 0, count, told.terms)
        if coming and coming[0].day <= evening_on:
            event = coming.pop(0)
            now = grow(now, open_dues, 0, count, told.terms, event.day - 1)
            if event.deed is not None:
                stand = steps.Stand(now, open_dues, first, given)
                if event.place is None and may is not None:
                    may(stand)
                step = steps.apply(stand, event.deed, event.day, paid)
                now, open_dues, given = step.stand.account, step.stand.dues, step.stand.given
                told = step.stand.in_force
                lines += [Line(kind, event.day, -event.deed.id, as_columns(amounts)) for kind, amounts in step.entries]
                if watch is not None:
                    watch(Seen(event.day, event, None, now, list(open_dues), told))
                continue
            before = now
            posted = posting.post(now, open_dues, 0, count, told.terms, event.kind, event.amount, event.day)
            now, open_dues = posted.account, open_dues[: posted.open_dues * WIDTH]
            amounts = event_amounts(before, posted, event.kind, event.amount)
            lines.append(Line(event.kind, event.day, event.place, as_columns(amounts)))
            if event.place is not None:
                paid[event.place] = amounts
            if watch is not None:
                watch(Seen(event.day, event, None, now, list(open_dues), told))
            continue
        if evening_on > through:
            assert not coming, "replay: an event lies after the open day"
            return Replayed(now, open_dues, lines, bills, told)
        before = now
        open_dues += [0] * WIDTH
        closed = evening(now, open_dues, 0, count, told.terms, told.calendar, evening_on)
        now, open_dues = closed.account, open_dues[: closed.open_dues * WIDTH]
        lines += night_lines(before, now, closed.night, evening_on)
        if closed.night.statement:
            bills.append(Bill(evening_on, closed.night, now))
        if watch is not None:
            watch(Seen(evening_on, None, closed.night, now, list(open_dues), told))


def event_amounts(before: Account, posted: posting.Posted, kind: int, amount: int) -> dict[str, int]:
    """The entry of an event: by how much it changed the account's control accounts, and its other side."""
    moved = dict(zip(chart.OF_ACCOUNT, plain.moved(before, posted.account), strict=True))
    return {
        **moved,
        "interest_income": -moved["suspended"],
        "recovered": -moved["charged_off"],
        chart.COUNTERPART[kind]: amount * (-1 if kind == chart.PURCHASE else 1),
    }
