"""The life of a loan as entries: its acts, in the order in which they count, and the days on which something falls due.

Pure: everything comes from the terms, the opening and the acts. What is posted is the difference between these entries
and those in force, so that an act in time, a late one and one taken back are the same thing.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from duecourse.kernel import loan, loan_events, loan_late, loan_row
from duecourse.kernel.loan_credits import spend_when_due
from duecourse.kernel.loan_events import Event, Placed
from duecourse.kernel.loan_interest import catch_up, is_caught_up
from duecourse.kernel.loan_row import Position
from duecourse.kernel.loan_state import Loan
from duecourse.kernel.loan_terms import GOODWILL, MERCHANT_REFUND, LoanTerms
from duecourse.ledger import chart

from .replay import Line, as_columns

NOTHING = Position(*[0] * 11)
OF_PAYMENT = {MERCHANT_REFUND: chart.REFUND, GOODWILL: chart.ADJUSTMENT}
"""The kinds of entries of the kinds of payment that are no plain payment."""


class Begun(NamedTuple):
    """How a loan began: the first day of its first period and its first due day where they were chosen, and the
    principal that was approved."""

    start: int | None
    first_due: int | None
    approved: int


class Lived(NamedTuple):
    """Where a loan's life arrives, and every entry on the way; an entry's place is the act that made it."""

    loan: Loan
    lines: list[Line]


class Parts(NamedTuple):
    """Interest and late interest."""

    interest: int
    penalty: int


class Reached(NamedTuple):
    """A life right after the last of the events that it has passed. It is not to be changed: go on with a copy."""

    passed: list[Placed]
    loan: Loan
    stands: Position
    lines: list[Line]


def live(terms: LoanTerms, begun: Begun, events: Iterable[Event], through: int) -> Lived:
    """Run a loan's events and due days up to the close of the day `through`.

    Events effective on the day after `through` (the open day) are posted too; what falls due on it is still to come.
    """
    log = sorted(events, key=lambda event: event.seq)
    return close(reach(beginning(terms, begun), log, loan_events.in_order(log)), log, through)


def beginning(terms: LoanTerms, begun: Begun) -> Reached:
    """A life before its first event."""
    return Reached([], loan.opened(terms, *begun), NOTHING, [])


def reach(since: Reached, log: list[Event], passing: list[Placed]) -> Reached:
    """Go on from a point of a life through all events, the first of which it has passed.

    `log` are all of them as recorded, `passing` in the order in which they count.
    """
    now, lines, stands = since.loan.copy(), since.lines[:], since.stands
    now.log = log
    for placed in passing[len(since.passed) :]:
        stands = pass_days(now, stands, placed.day - 1, lines)
        before = stands if is_caught_up(now, placed.day - 1) else loan_row.position(now, placed.day - 1)
        loan.step(now, placed)
        after = loan_row.position(now, placed.day - 1)
        lines += entries_of(now, placed, before, after)
        stands = after
    return Reached(passing, now, stands, lines)


def close(reached: Reached, log: list[Event], through: int) -> Lived:
    """The life at the close of the day `through`: what fell due after its last event is charged."""
    assert all(placed.day <= through + 1 for placed in reached.passed), "loan: an event lies after the open day"
    now, lines = reached.loan.copy(), reached.lines[:]
    now.log = log
    pass_days(now, reached.stands, through, lines)
    return Lived(now, lines)


def pass_days(now: Loan, stands: Position, through: int, lines: list[Line]) -> Position:
    """Close the due days up to `through`: what is past due bears until then, and what falls due is charged; what the
    borrower has to the good meets it.

    Due day by due day, so that it does not matter how often one looks (`catch_up` alone bears over the last period).
    """
    while True:
        coming = min(loan_row.days_ahead(now, stands.day), default=through + 1)
        if coming > through:
            return stands._replace(day=max(stands.day, through))
        bear(now, coming)
        closed = loan_row.position(now, coming)
        lines += charge_lines(now, coming, None, stands, closed)
        if now.credit:
            charged = closed
            spend_when_due(now, coming)
            closed = loan_row.position(now, coming)
            lines += moved_lines(now, chart.CREDIT_USED, coming, None, charged, closed)
        lines += recognition(now, coming, None, closed)
        stands = closed


def bear(now: Loan, coming: int) -> None:
    """Let what is past due bear until a due day."""
    catch_up(now, coming)
    if not loan_row.only_turns(now, coming):
        loan_late.bear(now, coming, coming, coming)


class Bare(NamedTuple):
    """A life without its entries, right after the last of the events that it has passed, closed through `day`. It is
    not to be changed: go on with a copy."""

    passed: list[Placed]
    loan: Loan
    day: int


def bare(terms: LoanTerms, begun: Begun) -> Bare:
    """A life without entries before its first event."""
    return Bare([], loan.opened(terms, *begun), 0)


def go_on(since: Bare, events: Iterable[Event]) -> Bare:
    """Go on with a life without entries through all events, the first of which it has passed. None other is passed
    over: where these do not begin with those that it has passed, it is refused by an AssertionError."""
    log = sorted(events, key=lambda event: event.seq)
    passing = loan_events.in_order(log)
    assert passing[: len(since.passed)] == since.passed, "loan: an event lies before those that were passed"
    now, day = since.loan.copy(), since.day
    now.log = log
    for placed in passing[len(since.passed) :]:
        come(now, day, placed.day - 1)
        loan.step(now, placed)
        day = placed.day - 1
    return Bare(passing, now, day)


def closed(reached: Bare, through: int) -> Loan:
    """The loan of a life without entries at the close of a day: what it owes and asks is that of `live`, what is
    suspended, recognised and charged off is not."""
    now = reached.loan.copy()
    come(now, reached.day, through)
    return now


def come(now: Loan, day: int, through: int) -> None:
    """Let the due days after `day` come up to `through`, as `pass_days` does, without entries."""
    while (coming := min(loan_row.days_ahead(now, day), default=through + 1)) <= through:
        bear(now, coming)
        if now.credit:
            spend_when_due(now, coming)
        day = coming


def charge_lines(now: Loan, day: int, place: int | None, before: Position, after: Position) -> list[Line]:
    """The entries that make interest, fees and penalties owed, or take that back, by how much was charged.

    Interest and late interest come out of accrued income, or are suspended where none is recognised.
    """
    interest = after.interest_charged - before.interest_charged
    late = after.late_charged - before.late_charged
    fee = after.fee_charged - before.fee_charged
    penalty = after.penalty_charged - before.penalty_charged
    found = []
    for source, interest_part, late_part in apart(now, before, interest, late):
        amounts = {"interest": interest_part, "penalty": late_part, source: -(interest_part + late_part)}
        found.append(Line(chart.CHARGE, day, place, as_columns(amounts)))
    if fee or penalty:
        off = [give_back(now, amount) for amount in (fee, penalty)]
        amounts = {"fee": fee, "fee_income": off[0] - fee, "penalty": penalty, "penalty_income": off[1] - penalty}
        found.append(Line(chart.FEE, day, place, as_columns({**amounts, "charged_off": -sum(off)})))
    return found


def give_back(now: Loan, amount: int) -> int:
    """What of charges that are taken back is no longer charged off, below zero: the loss was taken before."""
    off = -min(max(-amount, 0), now.charged_off)
    now.charged_off += off
    return off


def apart(now: Loan, before: Position, interest: int, late: int) -> list[tuple[str, int, int]]:
    """Where interest and late interest that are charged come from: the control account, and how much of each.

    What is taken back goes to where it came from: what is suspended as far as there is any, then what is charged off.
    """
    suspended, off = [0, 0], [0, 0]
    for place, amount in enumerate((interest, late)):
        if amount < 0:
            suspended[place] = -min(-amount, now.suspended)
        elif before.nonaccrual:
            suspended[place] = amount
        now.suspended += suspended[place]
        off[place] = give_back(now, amount - suspended[place])
    accrued = [interest - suspended[0] - off[0], late - suspended[1] - off[1]]
    sources = (("suspended", suspended), ("charged_off", off), ("accrued", accrued))
    return [(name, parts[0], parts[1]) for name, parts in sources if any(parts)]


def entries_of(now: Loan, placed: Placed, before: Position, after: Position) -> list[Line]:
    """The entries of one act: what it charged, then what it moved, with its other side, and income made good by it."""
    event, day = placed.event, placed.day
    waived = waived_by(now, event)
    lines = charge_lines(now, day, event.seq, before, not_waived(after, waived))
    lines += waiver_lines(now, day, event.seq, waived)
    if event.kind == loan_events.CHARGE_OFF:
        lost = after.owed - now.suspended
        now.charged_off += lost
        lines.append(Line(chart.CHARGE_OFF, day, event.seq, as_columns({"charged_off": -lost, "loss": lost})))
    if event.kind == loan_events.RECOVERY:
        got = {"cash": event.amount, "recovered": -event.amount}
        lines.append(Line(chart.RECOVERY, day, event.seq, as_columns(got)))
    lines += moved_lines(now, kind_of(event), day, event, before, after)
    return lines + recognition(now, day, event.seq, after)


def waived_by(now: Loan, event: Event) -> Parts:
    """Interest and late interest that an act waived."""
    if event.kind != loan_events.WAIVER or event.of:
        return Parts(0, 0)
    moved = next(moved for moved in reversed(now.moves) if moved.seq == event.seq)
    return Parts(moved.interest, moved.penalty)


def not_waived(after: Position, waived: Parts) -> Position:
    """Where a loan would stand had nothing been waived: what was is charged first."""
    return after._replace(
        interest_charged=after.interest_charged + waived.interest, late_charged=after.late_charged + waived.penalty
    )


def waiver_lines(now: Loan, day: int, place: int, waived: Parts) -> list[Line]:
    """The entry of a waiver: out of what is suspended, then what is charged off; the rest goes against income."""
    amounts = {"suspended": 0, "charged_off": 0}
    for name, amount in waived._asdict().items():
        suspended = min(now.suspended, amount)
        off = min(now.charged_off, amount - suspended)
        now.suspended -= suspended
        now.charged_off -= off
        amounts["suspended"] += suspended
        amounts["charged_off"] += off
        amounts |= {name: -amount, f"{name}_income": amount - suspended - off}
    return [Line(chart.WAIVER, day, place, as_columns(amounts))] if any(waived) else []


def moved_lines(now: Loan, kind: int, day: int, event: Event | None, before: Position, after: Position) -> list[Line]:
    """The entry of what was drawn, met or is owed again.

    As far as interest is met, suspended income is recognised; of a debt that was charged off, the rest is recovered.
    What is written off is a loss, unless it was one before.
    """
    moved = {
        "principal": after.principal - before.principal,
        "interest": before.interest_paid - after.interest_paid,
        "fee": before.fee_paid - after.fee_paid,
        "penalty": before.penalty_paid - after.penalty_paid,
        "credit": before.credit - after.credit,
    }
    if not any(moved.values()):
        return []
    left = sum(moved.values())
    met = moved["credit"] - left
    charges_met = -moved["interest"] - moved["penalty"]
    if met >= 0:
        recognised = min(now.suspended, max(charges_met, 0))
        recovered = min(now.charged_off, met - recognised)
    else:
        of = event.of if event else 0
        recognised = -min(now.recognised.get(of, 0), max(-charges_met, 0))
        recovered = (met - recognised) * int(now.charged_off_on > 0)
        now.recognised[of] = now.recognised.get(of, 0) + recognised
    if event is not None and event.kind == loan_events.PAYMENT:
        now.recognised[event.seq] = recognised
    now.suspended -= recognised
    now.charged_off -= recovered
    amounts = {**moved, "suspended": recognised, "charged_off": recovered}
    if kind in (chart.WRITE_OFF, chart.SMALL_BALANCE):
        amounts["loss"] = -left - recognised - recovered
    else:
        amounts |= {"interest_income": -recognised, "recovered": -recovered}
        if left:
            amounts[chart.COUNTERPART[kind]] = -left
    return [Line(kind, day, event.seq if event else None, as_columns(amounts))]


def recognition(now: Loan, day: int, place: int | None, after: Position) -> list[Line]:
    """Income that was suspended is recognised again once a loan is no longer so late."""
    if after.nonaccrual or not now.suspended:
        return []
    whole, now.suspended = now.suspended, 0
    return [Line(chart.RECOGNITION, day, place, as_columns({"suspended": whole, "interest_income": -whole}))]


def kind_of(event: Event) -> int:
    """The kind of entry that an act makes."""
    if event.kind == loan_events.PAYMENT:
        return OF_PAYMENT.get(event.mode, chart.PAYMENT)
    if event.kind == loan_events.WRITE_OFF and event.mode == loan_events.OF_SMALL:
        return chart.SMALL_BALANCE
    return KINDS.get(event.kind, chart.REARRANGED)


KINDS = {
    loan_events.DRAW: chart.DRAW,
    loan_events.CHARGEBACK: chart.CHARGEBACK,
    loan_events.REFUND: chart.CREDIT_REFUND,
    loan_events.WRITE_OFF: chart.WRITE_OFF,
}


def difference(kept: Sequence[Line], wanted: Sequence[Line]) -> tuple[list[int], list[Line]]:
    """The places in `kept` of entries that are no longer so, and the entries that are missing.

    An entry is known by its kind, day and amounts: two acts that made the same entry are alike.
    """
    rest: dict[Line, list[Line]] = {}
    for line in wanted:
        rest.setdefault(line._replace(place=None), []).append(line)
    stale = []
    for at, line in enumerate(kept):
        same = rest.get(line._replace(place=None))
        if same:
            same.pop(0)
        else:
            stale.append(at)
    return stale, [line for line in wanted if any(line is one for one in rest[line._replace(place=None)])]
