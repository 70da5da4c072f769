"""The figures of a loan explained: postings by installment, interest by segments, what falls due next, a payoff."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Any

from duecourse.kernel import loan, loan_events, loan_late, loan_row
from duecourse.kernel.account import Account
from duecourse.kernel.installment import Rows, rate_on, until
from duecourse.kernel.loan_dues import COMPONENTS, Due
from duecourse.kernel.loan_interest import follows_payments, interest_until, known_rows
from duecourse.kernel.loan_state import LATE, LateInterest, Loan, regular_dues
from duecourse.kernel.money import PPM
from duecourse.kernel.schedule import Segment, borne, segments_of
from duecourse.kernel.terms import FEE, INTEREST, PENALTY, PRINCIPAL
from duecourse.kernel.walking import walk
from duecourse.ledger import chart
from duecourse.rules.read import day_number, to_date

from . import agreed, loan_life, loans
from .explain_known import (
    OF_POSTINGS,
    Posted,
    Subject,
    acts,
    arranged,
    by_act,
    last_evening,
    of_postings,
    posted,
    who_and_why,
)
from .explain_tree import Node, node, summed

MOVING = ("reschedule", "re_age", "re_amortise")
"""The acts by which the due days or amounts of installments are not those agreed at first."""
NAMES = {PRINCIPAL: "principal", INTEREST: "interest", FEE: "fee", PENALTY: "penalty"}


class Asked:
    """A loan that is asked about, with what was known on the day: its life, and its row as it was last touched.

    `made` is the loan on the day of that touch, `row` its numbers then.
    """

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.told = agreed.loan(subject.terms_id)
        rows = acts(subject)
        self.history = loans.of_acts([row[:5] for row in rows])
        self.closed = day_number(subject.closed)
        events = [event for event in self.history.events if event.day <= day_number(subject.on)]
        self.loan = loan_life.live(self.told.terms, self.history.begun, events, self.closed).loan
        self.made, self.row = self.touched(max(row[3] for row in rows if row[1] != loans.ARRANGED))

    def touched(self, booked: date) -> tuple[Loan, Account]:
        """The loan and its row as they were last written: by a close since its last act, else by that act."""
        evening = last_evening(self.subject, booked)
        day = day_number(evening or booked)
        row, _ = loan_row.row_of(self.loan, day, day if evening else day - 1)
        return loan.as_of(self.loan, day), row


def explained(subject: Subject, figure: str) -> Node:
    """A figure of a loan as a tree."""
    return FIGURES[figure](Asked(subject))


def balance(asked: Asked, figure: str) -> Node:
    """A balance by its postings, grouped by the periods of the installments."""
    days = sorted({due.due_on for due in regular_dues(asked.made)})
    opened = day_number(asked.subject.opened_on)

    def period(day: int) -> tuple[int, int]:
        after = [due_on for due_on in days if due_on >= day]
        before = [due_on for due_on in days if due_on < day]
        return min(before[-1] + 1 if before else opened, day), after[0] if after else day

    def why(one: Posted, component: str) -> list[Node]:
        line = one.kept.line
        if line.kind != chart.CHARGE or component not in ("interest", "penalty"):
            return []
        if component == "penalty":
            return [late_node(asked.made, bore) for bore in asked.made.late if bore.on == line.day]
        return [interest_of(asked.made, due) for due in asked.made.dues if due.due_on == line.day]

    return of_postings(asked.subject, figure, posted(asked.subject), period, why, "installment_period")


def segment_nodes(rows: Rows, segments: Sequence[Segment]) -> list[Node]:
    """Stretches of a period: base x rate x the part of a year."""
    found = []
    counts = rows.terms.draw_day_counts
    for part in segments:
        rate_ppm = rate_on(rows, part.start)
        if not part.base or not part.numerator:
            continue
        found.append(
            node(
                "segment", part.base * part.numerator, per=part.denominator, base_minor=part.base, rate_ppm=rate_ppm,
                year_over=part.numerator // rate_ppm, year_under=part.denominator // PPM,
                first=to_date(part.start + 1 - counts), last=to_date(part.stop - counts),
            )
        )  # fmt: skip
    return found


def grown(rows: Rows, number: int, segments: Sequence[Segment]) -> tuple[int, list[Node]]:
    """The interest that a row's segments bear, rounded, and what it is made of."""
    if not segments:
        return 0, []
    whole, per = borne(rows, segments), rows.under[number]
    exact = sum(part.base * part.numerator for part in segments)
    rounding = node("rounded", whole * per - exact, per=per)
    return whole, [*segment_nodes(rows, segments), rounding]


def segments_until(rows: Rows, number: int, base: int, drawn: int, day: int | None) -> tuple[Segment, ...]:
    """The segments of a row, with interest counted to a day only."""
    if day is None or rows.due[number] <= day:
        return segments_of(rows, number, base, drawn)
    parts = list(rows.parts)
    parts[number] = tuple(until(rows, number, day))
    return segments_of(rows._replace(parts=parts), number, base, drawn)


def drawn_before(rows: Rows, number: int) -> int:
    """What had been drawn when a row's period began."""
    return sum(part.drawn for parts in rows.parts[:number] for part in parts)


def interest_of(made: Loan, due: Due) -> Node:
    """The interest that a due asks, down to segments."""
    asked = due.owed[INTEREST]
    known: dict[str, Any] = {"due_on": to_date(due.due_on)}
    dues = regular_dues(made)
    place = next((number for number, one in enumerate(dues) if one is due), None)
    if made.rows is None or place is None or place >= len(made.rows.due) or not asked:
        return node("installment_interest", asked, **known)
    rows = made.rows
    segments = segments_of(rows, place, walk(rows).base[place], drawn_before(rows, place))
    whole, parts = grown(rows, place, segments)
    moved = walk(rows).interest[place] - whole
    otherwise = asked - whole - moved
    parts += [node("interest_moved", moved), node("asked_otherwise", otherwise)]
    return node("installment_interest", asked, parts, **known)


def charges_of(made: Loan, due: Due, component: int) -> list[Node]:
    """The charges in a due of one component, each on its own due day; late interest by its stretches."""
    found = []
    for part in due.parts:
        if part.component == component and part.charge == LATE:
            bore = [late_node(made, one) for one in made.late if one.due_on == due.due_on]
            rest = part.amount - sum(one.amount for one in bore)
            found.append(node("late_interest", part.amount, [*bore, node("asked_otherwise", rest)]))
        elif part.component == component:
            found.append(node("charge_in_due", part.amount, on=to_date(part.due_on)))
    return found


def late_segment(made: Loan, start: int, stop: int, base: int, parts: int) -> Node:
    """Nights of late interest: base x rate x the part of a year."""
    per, rate_ppm, counts = loan_late.parts_of(made.terms), made.terms.late_rate_ppm, made.terms.draw_day_counts
    return node(
        "segment", parts, per=per, base_minor=base, rate_ppm=rate_ppm, year_over=parts // (base * rate_ppm),
        year_under=per // PPM, first=to_date(start + 1 - counts), last=to_date(stop - counts),
    )  # fmt: skip


def late_node(made: Loan, bore: LateInterest) -> Node:
    """Late interest that became owed on a day, down to its nights; the fraction is carried on."""
    carried = node("carried_out", -bore.carried, per=loan_late.parts_of(made.terms))
    nights = late_segment(made, bore.start, bore.stop, bore.base, bore.parts)
    return node("late_borne", bore.amount, [nights, carried], on=to_date(bore.on), due_on=to_date(bore.due_on))


def due_tree(asked: Asked, due: Due) -> Node:
    """What is left of an installment: what it asks by component, and what met it."""
    number = next((place for place, one in enumerate(regular_dues(asked.made), 1) if one is due), None)
    parts = [node("installment_principal", due.owed[PRINCIPAL]), interest_of(asked.made, due)]
    for component in (FEE, PENALTY):
        charges = charges_of(asked.made, due, component)
        rest = due.owed[component] - sum(one.amount for one in charges)
        parts.append(
            node(f"installment_{NAMES[component]}", due.owed[component], [*charges, node("asked_otherwise", rest)])
        )
    parts += met_by(asked, due)
    parts.append(node("waived", -sum(due.waived)))
    return node("installment", due.left, parts, number=number, due_on=to_date(due.due_on), first=to_date(due.start))


def met_by(asked: Asked, due: Due) -> list[Node]:
    """What each act paid on a due, found by living the loan again step by step."""
    now = loan.opened(asked.told.terms, *asked.history.begun)
    now.log = asked.loan.log[:]
    found, paid = [], 0
    for placed in loan_events.in_order(now.log):
        loan.step(now, placed)
        same = [one for one in now.dues if (one.kind, one.due_on) == (due.kind, due.due_on)]
        then = sum(sum(one.paid) for one in same)
        kind = loan_life.kind_of(placed.event)
        found.append(node("due_met", paid - then, kind=kind, act_id=placed.event.seq, on=to_date(placed.day)))
        paid = then
    return [*found, node("paid_otherwise", paid - sum(due.paid))]


def changed(asked: Asked) -> list[Node]:
    """The arrangement, and the acts by which due days were moved or made: holidays, parts of arrangements, re-age."""
    moved = [one for one in who_and_why(asked.subject).values() if one.kind in MOVING]
    return [*arranged(asked.subject), *(by_act(one, one.kind, one.on) for one in moved)]


def next_installment(asked: Asked) -> Node:
    """The next installment: what it asks and what of it was paid before."""
    coming = [due for due in asked.made.dues if due.due_on > asked.closed and due.left]
    if not coming:
        return node("next_installment", 0, because=[node("nothing_due", 0)], **asked.subject.shown)
    tree = due_tree(asked, coming[0])
    because = changed(asked)
    return node("next_installment", tree.amount, tree.parts, because=because, **{**tree.numbers, **asked.subject.shown})


def next_due(asked: Asked) -> Node:
    """All that has fallen due and is not met, and the next installment."""
    trees = []
    for due in asked.made.dues:
        if due.left:
            trees.append(due_tree(asked, due))
            if due.due_on > asked.row.day:
                break
    return summed("next_due", trees, because=changed(asked), **asked.subject.shown)


def days_past_due(asked: Asked) -> Node:
    """Days past due: since the oldest installment that is not met, counted as the terms say."""
    first_day = asked.told.terms.first_day
    rule: dict[str, Any] = {"first_day": first_day, "grace_days": asked.told.terms.grace_days}
    left = [due for due in asked.made.dues if due.left]
    late = left[0].due_on if left else 0
    if not late or late > asked.closed or (late == asked.closed and not first_day):
        because = [node("nothing_missed", 0), *changed(asked), *(due_tree(asked, due) for due in left[:1])]
        return node("days_past_due", 0, because=because, **asked.subject.shown, **rule)
    parts = [
        node("days_since_due", asked.closed - late, due_on=to_date(late), last=asked.subject.closed),
        node("first_day_counts", first_day),
    ]
    because = [*changed(asked), due_tree(asked, left[0])]
    return node("days_past_due", asked.closed - late + first_day, parts, because=because, **asked.subject.shown, **rule)


def interest_charged(asked: Asked) -> Node:
    """The interest of the installment that fell due last."""
    past = [due for due in regular_dues(asked.made) if due.due_on <= asked.closed]
    if not past:
        return node("interest_charged", 0, because=[node("no_due_day_yet", 0)], **asked.subject.shown)
    tree = interest_of(asked.made, past[-1])
    return node("interest_charged", tree.amount, tree.parts, **{**asked.subject.shown, "on": to_date(past[-1].due_on)})


def interest_to(made: Loan, day: int, stop: int) -> Node:
    """The interest that a payoff on a day pays: to the day `stop` where interest follows payments, else all that is
    left."""
    made = loan.as_of(made, day)
    if not follows_payments(made):
        whole = sum(due.left_of(INTEREST) for due in made.dues)
        parts = [
            node("interest_left", due.left_of(INTEREST), due_on=to_date(due.due_on)) for due in made.dues if due.left
        ]
        return node("payoff_interest", whole, parts, on=to_date(day))
    rows = known_rows(made)
    figures = walk(rows, stop)
    regular = regular_dues(made)
    other = sum(due.left_of(INTEREST) for due in made.dues) - sum(due.left_of(INTEREST) for due in regular)
    whole = sum(figures.interest) + figures.unmet[-1] - sum(rows.paid_interest) + other
    parts, drawn = [], 0
    for number, paid in enumerate(rows.paid_interest):
        segments = segments_until(rows, number, figures.base[number], drawn, stop)
        drawn += sum(part.drawn for part in rows.parts[number])
        borne_here, made_of = grown(rows, number, segments)
        interest = figures.interest[number]
        waived = regular[number].waived[INTEREST]
        made_of += [
            node("interest_moved", interest - borne_here),
            node("interest_paid", waived - paid),
            node("waived", -waived),
        ]
        parts.append(
            node("payoff_installment_interest", interest - paid, made_of, number=number + 1,
                 due_on=to_date(rows.due[number]))
        )  # fmt: skip
    parts += [node("interest_without_room", figures.unmet[-1]), node("interest_of_other_dues", other)]
    parts = [part for part in parts if part.amount or any(leaf.amount for leaf in part.parts)]
    return node("payoff_interest", whole, parts, on=to_date(day))


def payoff(asked: Asked) -> Node:
    """What pays the loan off on the day asked for."""
    day = day_number(asked.subject.on)
    quote = loan.quote(asked.loan, day)
    made = loan.paid_off(asked.loan, day)
    interest = loan.as_of(asked.loan, day)
    paid_to = interest_until(interest, day, True) if follows_payments(interest) else day
    parts = []
    for component in COMPONENTS:
        if component == INTEREST:
            parts.append(interest_to(interest, day, paid_to))
            parts.append(node("not_below_zero", quote.interest - parts[-1].amount))
            continue
        lefts = []
        for due in made.dues:
            if due.left_of(component):
                late = charges_of(made, due, component) if component == PENALTY else []
                late.append(node("waived", -due.waived[component]))
                rest = [node("asked_otherwise", due.left_of(component) - sum(one.amount for one in late))]
                lefts.append(
                    node("left_in_installment", due.left_of(component), [*late, *rest] if component == PENALTY else [],
                         due_on=to_date(due.due_on))
                )  # fmt: skip
        parts.append(node(f"payoff_{NAMES[component]}", getattr(quote, NAMES[component]), lefts))
    parts.append(node("to_the_good", -quote.credit))
    return node("payoff", quote.payoff, parts, **asked.subject.shown)


def accrued(asked: Asked) -> Node:
    """What has been earned and is not charged: to the last touch of the loan, and evenly from there to the next."""
    row, units = asked.row, loan_row.UNITS
    days = asked.closed - row.day
    grown_since = row.kept.unbilled * days
    exact = row.kept.window + grown_since
    whole = exact // units
    parts = [
        earned_by(asked, row.day, row.kept.window // units),
        node(
            "earned_since", grown_since, per=units, days=days, a_day=row.kept.unbilled,
            first=to_date(row.day + 1), last=asked.subject.closed,
        ),
        node("carried_out", whole * units - exact, per=units),
    ]  # fmt: skip
    return node("accrued_interest", whole, parts, **asked.subject.shown)


def earned_by(asked: Asked, day: int, whole: int) -> Node:
    """What was earned and not charged at the close of a day: the draw day counts, the due day does not."""
    held = asked.loan
    charged = loan_row.position(held, day).interest_charged
    if follows_payments(held):
        paid = sum(due.paid[INTEREST] for due in held.dues)
        back = sum(due.back[INTEREST] for due in held.dues)
        parts = [interest_to(held, day + 1, day + 1), node("interest_paid", paid), node("owed_again", -back)]
    else:
        parts = []
        is_met = not any(due.left for due in held.dues)
        for due in held.dues:
            asks = due.owed[INTEREST] - due.waived[INTEREST] - due.back[INTEREST]
            length = due.due_on - due.start
            known: dict[str, Any] = {"due_on": to_date(due.due_on)}
            if is_met or due.due_on <= day + 1:
                parts.append(node("earned_in_full", asks, **known))
            elif due.start <= day:
                passed = day + 1 - due.start
                exact = node("earned_share", asks * passed, per=length, base_minor=asks, days=passed, of_days=length)
                down = node("rounded", asks * passed // length * length - asks * passed, per=length)
                parts.append(node("earned_in_period", asks * passed // length, [exact, down], **known))
    return node("earned_to", whole, [*parts, node("interest_charged_before", -charged)], on=to_date(day))


def accrued_penalty(asked: Asked) -> Node:
    """Late interest borne and not charged: to the last touch of the loan, and evenly from there to the next."""
    row, units, held = asked.row, loan_row.UNITS, asked.loan
    days, per = asked.closed - row.day, loan_late.parts_of(asked.told.terms)
    grown_since = row.kept.paid_in_window * days
    exact = row.kept.paid_bearing + grown_since
    found = loan_late.stretches(held, row.day + 1, row.day)
    parts = [late_segment(held, *one[1:]) for one in found]
    if found:
        parts.append(node("carried_in", held.late_carry, per=per))
    of_parts = loan_late.accrued(held, row.day)
    parts.append(node("rounded", row.kept.paid_bearing * per - of_parts * units, per=per * units))
    made = [
        node("earned_to", row.kept.paid_bearing, parts, per=units, on=to_date(row.day)),
        node(
            "earned_since", grown_since, per=units, days=days, a_day=row.kept.paid_in_window,
            first=to_date(row.day + 1), last=asked.subject.closed,
        ),
        node("carried_out", exact // units * units - exact, per=units),
    ]  # fmt: skip
    return node("accrued_penalty", exact // units, made, **asked.subject.shown)


def available(asked: Asked) -> Node:
    """What may still be drawn: what was approved less what was drawn; nothing once the loan ended."""
    left = asked.row.limit - asked.row.statement_left
    parts = [node("approved", asked.row.limit)]
    parts += [node("drawn", -draw.amount, on=to_date(draw.day)) for draw in asked.made.draws]
    parts += [
        node("payout_returned", moved.amount, on=to_date(moved.day)) for moved in loan_row.refused_payouts(asked.made)
    ]
    parts.append(node("drawn_no_more", left - sum(part.amount for part in parts)))
    return node("available", left, parts, **asked.subject.shown)


FIGURES: dict[str, Callable[[Asked], Node]] = {
    **{name: partial(balance, figure=name) for name in OF_POSTINGS},
    "interest_charged": interest_charged,
    "accrued_interest": accrued,
    "accrued_penalty": accrued_penalty,
    "next_due": next_due,
    "next_installment": next_installment,
    "days_past_due": days_past_due,
    "available": available,
    "payoff": payoff,
}
"""The figures of a loan by name."""
