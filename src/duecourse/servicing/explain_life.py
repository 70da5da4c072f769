"""A line lived again as it was known on a day: each step of it, and the interest that grew between them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from duecourse.kernel.account import WIDTH, Account, component_in_dues
from duecourse.kernel.accrual import bases, carry_units, grow, parts_a_day
from duecourse.kernel.days import leap_days
from duecourse.kernel.terms import ACTUAL, INTEREST, LineTerms
from duecourse.ledger import chart
from duecourse.rules.read import day_number, to_date

from . import agreed, past_events, replay, steps
from .explain_known import Posted, Subject, acts
from .explain_tree import Node, node, summed
from .replay import Event, Replayed, Seen

KINDS = ("interest", "penalty")


class Step(NamedTuple):
    """One step of a line's life: where it stood before, and what was seen."""

    before: Account
    dues: list[int]
    terms: LineTerms
    seen: Seen


class Charged(NamedTuple):
    """Interest that was charged on a day: by kind, what it is made of. `by_act` is 1 where an act charged it."""

    day: int
    by_act: int
    of: dict[str, Node]


class Life(NamedTuple):
    """A line as it was known on a day."""

    subject: Subject
    began: Account
    steps: list[Step]
    end: Replayed
    charges: list[Charged]
    growing: dict[str, list[Node]]


def lived(subject: Subject, found: Sequence[Posted]) -> Life:
    """Live a line again from its beginning through its last closed day, with what was known on the day asked for."""
    first = agreed.of(subject.first_terms_id)
    start, start_dues = past_events.beginning(subject.account_id, first)
    events = [*past_events.events_of([one.kept for one in found]), *acts_known(subject)]
    events.sort(key=past_events.in_order)
    taken: list[Step] = []
    held = (start, list(start_dues), first.terms)

    def watch(seen: Seen) -> None:
        nonlocal held
        taken.append(Step(*held, seen))
        held = (seen.account, seen.dues, seen.told.terms)

    end = replay.run(start, start_dues, first, events, day_number(subject.closed), watch=watch)
    life = Life(subject, start, taken, end, [], {})
    for kind in KINDS:
        life.growing[kind] = carried(start, kind, first.terms)
    for place, step in enumerate(taken):
        follow(life, step, taken[place - 1].seen if place else None)
    last = taken[-1].seen if taken else None
    for kind in KINDS:
        life.growing[kind] = grown(life.growing[kind], kind, held, day_number(subject.closed), last)
    return life


def acts_known(subject: Subject) -> list[Event]:
    """The acts that stood on a day and had come; those that a close applies, once that day is closed."""
    rows = acts(subject)
    undone = {row[6] for row in rows if row[6]}
    found = []
    for act_id, kind, effective, booked, body, mark, _ in rows:
        by_close = effective > booked
        if kind not in steps.STEPS or act_id in undone or (effective > subject.closed if by_close else False):
            continue
        found.append(Event(0, day_number(effective), 0, -act_id, steps.Deed(act_id, kind, body, mark, by_close)))
    return found


def whole_and_carry(account: Account, kind: str) -> tuple[int, int]:
    """What has accrued of ordinary or late interest, and the fraction carried."""
    accrued = account.accrued
    if kind == "interest":
        return accrued.interest, accrued.interest_carry
    return accrued.penalty, accrued.penalty_carry


def in_parts(account: Account, kind: str, units: int) -> int:
    """The same in carry units."""
    whole, carry = whole_and_carry(account, kind)
    return whole * units + carry


def carried(account: Account, kind: str, terms: LineTerms) -> list[Node]:
    """What a period of growing begins with."""
    units = carry_units(terms.year_days)
    parts = in_parts(account, kind, units)
    return [node("carried_in", parts, per=units)] if parts else []


def base_of(account: Account, dues: list[int], terms: LineTerms, kind: str) -> tuple[int, list[Node]]:
    """What bears ordinary or late interest, and what that is made of."""
    base = bases(account, dues, 0, len(dues) // WIDTH, terms)
    missed = component_in_dues(dues, 0, len(dues) // WIDTH, INTEREST, account.day) if terms.compound else 0
    principal = account.principal
    if kind == "penalty":
        parts = [node("base_past_due", principal.past_due), node("base_interest", missed)]
        return base.late, made_of(parts)
    unpaid = (account.owed.interest - missed) * terms.compound
    parts = [
        node("base_revolving", principal.revolving),
        node("base_bearing", principal.bearing),
        node("base_paid", account.kept.paid_bearing),
        node("base_interest", unpaid),
    ]
    return base.ordinary, made_of(parts)


def made_of(parts: list[Node]) -> list[Node]:
    """What a base is made of: one kind of money by its name, several as a sum."""
    kept = [part for part in parts if part.amount]
    return kept if len(kept) == 1 else [summed("base", kept)]


def since(seen: Seen | None) -> dict[str, Any]:
    """What a stretch of days begins after, by number of an entry or kind of an act."""
    if seen is None or seen.event is None:
        return {}
    event = seen.event
    if event.deed is not None:
        return {"after_act": event.deed.kind}
    return {"after_kind": event.kind, "after_entry": event.place}


def grown(
    sofar: list[Node], kind: str, held: tuple[Account, list[int], LineTerms], day: int, last: Seen | None
) -> list[Node]:
    """What grew until now, with the days from where an account stands through `day`; a stretch alike goes on."""
    account, dues, terms = held
    days = day - account.day
    base, parts = base_of(account, dues, terms, kind) if days else (0, [])
    rate_ppm = terms.rate_ppm if kind == "interest" else terms.late_rate_ppm
    if not base or not rate_ppm:
        return sofar
    in_leap = leap_days(account.day, day) if terms.year_days == ACTUAL else 0
    told: dict[str, Any] = {
        "base_minor": base,
        "rate_ppm": rate_ppm,
        "days": days,
        "leap_days": in_leap,
        "year_days": terms.year_days or 365,
        "first": to_date(account.day + 1),
        "last": to_date(day),
    }
    amount = base * rate_ppm * (
        days if terms.year_days != ACTUAL else (days - in_leap) * 366 + in_leap * 365
    )  # fmt: skip
    units = carry_units(terms.year_days)
    before = sofar[-1] if sofar else None
    if before is not None and before.code == "stretch" and before.because == tuple(parts):
        is_next = before.numbers["last"] == to_date(account.day) and before.numbers["rate_ppm"] == rate_ppm
        if is_next:
            merged = {**before.numbers, "last": to_date(day)}
            merged["days"] += days
            merged["leap_days"] += in_leap
            return [*sofar[:-1], node("stretch", before.amount + amount, per=units, because=parts, **merged)]
    return [*sofar, node("stretch", amount, per=units, because=parts, **told, **since(last))]


def follow(life: Life, step: Step, last: Seen | None) -> None:
    """Let interest grow to a step, and charge it where the step did."""
    seen, terms = step.seen, step.terms
    until = seen.day if seen.night is not None else seen.day - 1
    before = grow(step.before, list(step.dues), 0, len(step.dues) // WIDTH, terms, until)
    units = carry_units(terms.year_days)
    for kind in KINDS:
        life.growing[kind] = grown(life.growing[kind], kind, (step.before, step.dues, terms), until, last)
    if seen.night is not None and seen.night.late_days:
        amount = seen.night.late_days * terms.rate_ppm * parts_a_day(terms.year_days, seen.day)
        life.growing["interest"].append(
            node(
                "lost_window", amount, per=units, amount_days_minor=seen.night.late_days, rate_ppm=terms.rate_ppm,
                year_days=terms.year_days or (365 if parts_a_day(0, seen.day) == 366 else 366),
                due_on=to_date(seen.day),
            )
        )  # fmt: skip
    deed = seen.event.deed if seen.event else None
    by_act = deed is not None and deed.kind in ("acceleration", "charge_off")
    charges = by_act or (seen.night is not None and seen.night.statement)
    if deed is not None and not charges:
        for kind in KINDS:
            moved = in_parts(seen.account, kind, units) - in_parts(before, kind, units)
            if moved:
                life.growing[kind].append(
                    node("interest_by_act", moved, per=units, act=deed.kind, on=to_date(seen.day))
                )
    if charges:
        charge(life, step, before, units)


def charge(life: Life, step: Step, before: Account, units: int) -> None:
    """Charge what has grown; the fraction goes on."""
    seen = step.seen
    of = {}
    for kind in KINDS:
        carry = whole_and_carry(seen.account, kind)[1]
        whole = getattr(seen.night, kind) if seen.night is not None else whole_and_carry(before, kind)[0]
        parts = [*life.growing[kind], node("carried_out", -carry, per=units)]
        code = "interest_charged" if kind == "interest" else "penalty_charged"
        of[kind] = node(code, whole, parts, on=to_date(seen.day))
        life.growing[kind] = [node("carried_in", carry, per=units)] if carry else []
    life.charges.append(Charged(seen.day, int(seen.night is None), of))


def why_posted(life: Life, one: Posted, component: str) -> list[Node]:
    """What explains a posting of a component: the interest that was charged, or the rule of a late fee."""
    line = one.kept.line
    if line.kind == chart.CHARGE and component in KINDS:
        by_act = int(line.place is not None)
        return [
            charged.of[component]
            for charged in life.charges
            if charged.day == line.day and charged.by_act == by_act and charged.of[component].amount
        ]
    return []
