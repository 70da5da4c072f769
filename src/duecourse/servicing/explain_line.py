"""The figures of a line explained: postings by cycle, interest by stretches of days, the minimum due, days past due."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from duecourse.kernel.account import ASKED, WIDTH, component_in_dues, due_left, principal_total
from duecourse.kernel.accrual import grow
from duecourse.kernel.allocation import EVER
from duecourse.kernel.evening import end_window, late_fee, miss
from duecourse.kernel.money import PPM, share_up
from duecourse.kernel.terms import FEE, INTEREST, PENALTY, PRINCIPAL, LineTerms
from duecourse.ledger import chart
from duecourse.rules.read import day_number, to_date

from .explain_known import OF_POSTINGS, Posted, Subject, arranged, by_act, of_postings, posted, who_and_why
from .explain_life import Life, Step, lived, why_posted
from .explain_tree import Node, node, summed

COMPONENTS = ((PRINCIPAL, "principal"), (INTEREST, "interest"), (FEE, "fee"), (PENALTY, "penalty"))


class Asked:
    """A line that is asked about: its postings, and its life where a figure needs it."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.found = posted(subject)
        self.life: Life = lived(subject, self.found)
        self.said = who_and_why(subject)
        self.cycles = [step.seen.day for step in self.life.steps if step.seen.night and step.seen.night.statement]


def explained(subject: Subject, figure: str) -> Node:
    """A figure of a line as a tree."""
    return FIGURES[figure](Asked(subject))


def cycle_of(asked: Asked, day: int) -> tuple[int, int]:
    """The first and last day of the cycle in which a day lies; the open one ends on the day asked for."""
    after = [cycle for cycle in asked.cycles if cycle >= day]
    before = [cycle for cycle in asked.cycles if cycle < day]
    first = before[-1] + 1 if before else day_number(asked.subject.opened_on)
    return min(first, day), after[0] if after else max(day_number(asked.subject.on), day)


def balance(asked: Asked, figure: str) -> Node:
    """A balance by its postings, and the interest and late fees among them by theirs."""

    def why(one: Posted, component: str) -> Sequence[Node]:
        line = one.kept.line
        if line.kind == chart.LATE_FEE and component == "fee":
            return late_fees(asked, line.day)
        return why_posted(asked.life, one, component)

    return of_postings(asked.subject, figure, asked.found, partial(cycle_of, asked), why, "cycle")


def late_fees(asked: Asked, day: int) -> list[Node]:
    """The late fees charged on a day: for each due, the rule and what was unmet."""
    step = next(step for step in asked.life.steps if step.seen.day == day and step.seen.night and step.seen.night.fee)
    terms, dues = step.terms, list(step.dues)
    at_close = grow(step.before, dues, 0, len(dues) // WIDTH, terms, day)
    if at_close.due_on == day:
        at_close = end_window(at_close, terms).account
    miss(at_close, dues, 0, len(dues) // WIDTH, terms)
    found = []
    for at in range(0, len(dues), WIDTH):
        unmet = min(due_left(dues, at), dues[at + ASKED])
        fee = late_fee(unmet, terms) if dues[at] + terms.grace_days == day else 0
        if fee:
            rule = "late_fee_share" if terms.late_fee_share_ppm else "late_fee_flat"
            shown: dict[str, Any] = {
                "due_on": to_date(dues[at]),
                "unmet_minor": unmet,
                "flat_minor": terms.late_fee_minor,
                "share_ppm": terms.late_fee_share_ppm,
                "floor_minor": terms.late_fee_floor_minor,
                "cap_minor": terms.late_fee_cap_minor,
                "grace_days": terms.grace_days,
            }
            found.append(node(rule, fee, **shown))
    return found


def charged_latest(asked: Asked, kind: str) -> Node:
    """The interest that the latest statement charged, down to stretches of days."""
    by_statement = [charged for charged in asked.life.charges if not charged.by_act]
    code = "interest_charged" if kind == "interest" else "penalty_charged"
    if not by_statement:
        return node(code, 0, because=[node("no_statement_yet", 0)], **asked.subject.shown)
    told = by_statement[-1].of[kind]
    return node(code, told.amount, told.parts, **{**told.numbers, **asked.subject.shown, "on": told.numbers["on"]})


def accrued(asked: Asked, kind: str) -> Node:
    """What has grown and is not charged yet: whole units; the fraction waits."""
    parts = asked.life.growing[kind]
    per = parts[0].per if parts else 1
    grown = sum(part.amount for part in parts)
    whole, carry = divmod(grown, per)
    code = "accrued_interest" if kind == "interest" else "accrued_penalty"
    return node(code, whole, [*parts, node("carried_out", -carry, per=per)], **asked.subject.shown)


def minimum_due(asked: Asked) -> Node:
    """The minimum due of the latest statement."""
    issued = [step for step in asked.life.steps if step.seen.night and step.seen.night.statement]
    if not issued:
        return node("minimum_due", 0, because=[node("no_statement_yet", 0)], **asked.subject.shown)
    step = issued[-1]
    night, dues = step.seen.night, step.seen.dues
    assert night is not None
    own = own_part(asked, step)
    past = [
        due_tree(asked, dues[at], step.seen.day)
        for at in range(0, len(dues) - WIDTH * bool(own), WIDTH)
        if dues[at] <= step.seen.day
    ]
    return node(
        "minimum_due",
        night.minimum,
        [*own, *past],
        because=arranged(asked.subject),
        **asked.subject.shown,
        cycle_on=to_date(step.seen.day),
        due_on=to_date(night.due_on) if night.due_on else None,
        balance_minor=night.balance,
    )


def own_part(asked: Asked, step: Step) -> list[Node]:
    """What a statement itself asks, by component: see `kernel.evening.open_due`."""
    night, account, terms = step.seen.night, step.seen.account, step.terms
    assert night is not None
    if night.minimum == night.past_due:
        return []
    dues, new = step.seen.dues[:-WIDTH], step.seen.dues[-WIDTH:]
    count, day = len(dues) // WIDTH, step.seen.day
    in_later = component_in_dues(dues, 0, count, PRINCIPAL, EVER) - component_in_dues(dues, 0, count, PRINCIPAL, day)
    billed = account.principal.window + account.principal.revolving - in_later
    rest, principal = principal_part(asked, step, terms, billed, new[PRINCIPAL])
    parts = [principal]
    has = {INTEREST: terms.minimum_has_interest, FEE: terms.minimum_has_fees, PENALTY: terms.minimum_has_penalty}
    for component, name in COMPONENTS[1:]:
        owed = getattr(account.owed, name) - component_in_dues(dues, 0, count, component, EVER)
        cut = 0 if has[component] else owed - min(owed, rest)
        rest -= 0 if has[component] else owed - cut
        charged = [one.of[name] for one in asked.life.charges if one.day == day and name in one.of and not one.by_act]
        pieces = [node(f"billed_{name}", owed), node("not_in_minimum", -cut)]
        parts.append(node(f"minimum_{name}", new[component], pieces, because=[one for one in charged if one.amount]))
    return [summed("statement_asks", parts, cycle_on=to_date(day), due_on=to_date(night.due_on))]


def principal_part(asked: Asked, step: Step, terms: LineTerms, billed: int, asks: int) -> tuple[int, Node]:
    """The principal in a minimum due: a share rounded up or the floor, what is asked in full, what is over the limit.

    Also what is left of all this for components that the terms do not name.
    """
    account = step.seen.account
    in_full = step.before.beside.in_full
    if step.seen.night is not None and step.seen.night.credit_used:
        in_full = min(in_full, account.principal.unbilled + account.principal.window)
    in_full = min(in_full, billed)
    exact = (billed - in_full) * terms.minimum_share_ppm
    share = share_up(billed - in_full, terms.minimum_share_ppm)
    raised = max(terms.minimum_floor_minor - share, 0)
    over = max(0, principal_total(account.principal) - account.limit) * terms.minimum_has_over_limit
    wanted = share + raised + in_full + over
    parts = [
        node("share_of_billed", exact, per=PPM, base_minor=billed - in_full, share_ppm=terms.minimum_share_ppm),
        node("rounded_up", share * PPM - exact, per=PPM),
        node("raised_to_floor", raised, floor_minor=terms.minimum_floor_minor),
        node("asked_in_full", in_full),
        node("over_limit", over, limit_minor=account.limit),
        node("not_above_billed", min(billed, wanted) - wanted, billed_minor=billed),
    ]
    return wanted - min(billed, wanted), node("minimum_principal", asks, parts, billed_minor=billed)


def due_amounts(dues: Sequence[int], due_on: int) -> list[int]:
    """What is left by component of the dues of a day."""
    return [sum(dues[at + c] for at in range(0, len(dues), WIDTH) if dues[at] == due_on) for c, _ in COMPONENTS]


def due_tree(asked: Asked, due_on: int, through: int) -> Node:
    """What is left of a due at the close of a day: what was asked, and each thing that met or changed it."""
    parts, now = [], [0, 0, 0, 0]
    for step in asked.life.steps:
        if step.seen.day > through and step.seen.night is not None:
            break
        then = due_amounts(step.seen.dues, due_on)
        by = sum(then) - sum(now)
        if by:
            parts.append(due_moved(asked, step, by, due_on, [one - was for one, was in zip(then, now, strict=True)]))
        now = then
    return summed("due", parts, due_on=to_date(due_on))


def due_moved(asked: Asked, step: Step, by: int, due_on: int, moved: list[int]) -> Node:
    """One thing that opened, met or changed a due."""
    seen = step.seen
    on = to_date(seen.day)
    if seen.event is not None and seen.event.deed is not None:
        return by_act(asked.said.get(seen.event.deed.id), seen.event.deed.kind, on, by)
    if seen.event is not None:
        return node("due_met", by, kind=seen.event.kind, entry=seen.event.place, on=on)
    assert seen.night is not None
    if seen.night.statement and seen.night.due_on == due_on and by > 0:
        named = [node(f"asked_{name}", part) for (_, name), part in zip(COMPONENTS, moved, strict=True)]
        return summed("due_asked", named, because=own_part(asked, step), on=on)
    return node("due_at_close", by, on=on)


def days_past_due(asked: Asked) -> Node:
    """Days past due: since the oldest due that is not met, counted as the terms say."""
    closed, terms, dues = day_number(asked.subject.closed), asked.life.end.told.terms, asked.life.end.dues
    late = min((dues[at] for at in range(0, len(dues), WIDTH)), default=0)
    rule: dict[str, Any] = {"first_day": terms.first_day, "grace_days": terms.grace_days}
    if not late or late > closed or (late == closed and not terms.first_day):
        coming = [due_tree(asked, late, day_number(asked.subject.on))] if late else []
        because = [node("nothing_missed", 0), *arranged(asked.subject), *coming]
        return node("days_past_due", 0, because=because, **asked.subject.shown, **rule)
    parts = [
        node("days_since_due", closed - late, due_on=to_date(late), last=asked.subject.closed),
        node("first_day_counts", terms.first_day),
    ]
    because = [*arranged(asked.subject), due_tree(asked, late, day_number(asked.subject.on))]
    if terms.grace_days:
        because.append(node("grace", 0, grace_days=terms.grace_days))
    return node("days_past_due", closed - late + terms.first_day, parts, because=because, **asked.subject.shown, **rule)


def next_due(asked: Asked) -> Node:
    """All that was billed and is not met: each open due with what it asked and what met it."""
    days = sorted({asked.life.end.dues[at] for at in range(0, len(asked.life.end.dues), WIDTH)})
    trees = [due_tree(asked, due_on, day_number(asked.subject.on)) for due_on in days]
    return summed("next_due", trees, because=arranged(asked.subject), **asked.subject.shown)


def available(asked: Asked) -> Node:
    """What may still be bought: the limit less the principal and what is set apart, plus a credit balance."""
    limits = [node("limit_at_opening", asked.life.began.limit, on=asked.subject.opened_on)]
    began = asked.life.began.beside.apart
    apart = [node("apart_at_opening", -began)]
    for step in asked.life.steps:
        seen = step.seen
        deed = seen.event.deed if seen.event else None
        act = deed.kind if deed else ""
        on = to_date(seen.day)
        limits.append(node("limit_changed", seen.account.limit - step.before.limit, act=act, on=on))
        apart.append(node("set_apart", step.before.beside.apart - seen.account.beside.apart, act=act, on=on))
    used, credit = balance(asked, "principal"), balance(asked, "credit")
    parts = [
        summed("limit", limits),
        node("used", -used.amount, [negated(part) for part in used.parts]),
        summed("apart", apart),
        node("credit", credit.amount, credit.parts),
    ]
    return summed("available", parts, **asked.subject.shown)


def negated(tree: Node) -> Node:
    """The same with its sign turned, as what takes away."""
    return tree._replace(amount=-tree.amount, parts=tuple(negated(part) for part in tree.parts))


FIGURES: dict[str, Callable[[Asked], Node]] = {
    **{name: partial(balance, figure=name) for name in OF_POSTINGS},
    "interest_charged": partial(charged_latest, kind="interest"),
    "penalty_charged": partial(charged_latest, kind="penalty"),
    "accrued_interest": partial(accrued, kind="interest"),
    "accrued_penalty": partial(accrued, kind="penalty"),
    "minimum_due": minimum_due,
    "next_due": next_due,
    "days_past_due": days_past_due,
    "available": available,
}
"""The figures of a line by name."""
