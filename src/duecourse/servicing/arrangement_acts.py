"""What an arrangement does to its account, as acts: they follow from what was agreed and from how it has stood since.

`wanted` is pure. `bring` compares it with the acts of the arrangement that stand, takes back those that should not be
and does those that are missing: when it is agreed, broken, cured, fulfilled, and when a payment recorded late shows
that it never was broken.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from duecourse.kernel.account import WIDTH, owed_total
from duecourse.kernel.arrangement import AGREED, BROKEN, ENDED, FULFILLED, Turn, stands
from duecourse.kernel.line_acts import charged
from duecourse.kernel.money import AMOUNT_MAX
from duecourse.rules.read import day_number, to_date

from . import changes, loans
from .arrangement_plan import COMPONENTS, Plan
from .deferrals import NothingDueThen, NothingPastDue
from .rates import PAUSED
from .refusals import MoreThanCharged, NothingOwed
from .steps import Stand
from .tables import Act

OF_SCHEDULE = ("rate_change", "interest_pause")
"""The acts by which a loan bears another rate, as long as its installments follow a schedule."""
NO_LATE_FEES = {"late_fee_minor": 0, "late_fee_share_ppm": 0}


class Waived(NamedTuple):
    """What is waived of a loan: a charge by its act, or (`of` 0) interest or late interest; 0: all there is then."""

    of: int
    component: int
    amount: int

    @property
    def body(self) -> dict[str, int]:
        """As the act has it."""
        return above_zero(of=self.of, component=0 if self.of else self.component, amount=self.amount)


class Agreement(NamedTuple):
    """An arrangement as its acts follow from it: its act, the account, the day, the plan.

    rate_before: what a loan bore. forgiven_at_once, forgiven_later: what is waived of a loan.
    """

    id: int
    account: int
    is_loan: bool
    day: int
    plan: Plan
    rate_before: int = 0
    forgiven_at_once: tuple[Waived, ...] = ()
    forgiven_later: tuple[Waived, ...] = ()


class Wanted(NamedTuple):
    """An act that is to be in force: its kind, its day, its numbers."""

    kind: str
    day: int
    body: Mapping[str, Any]


def wanted(agreement: Agreement, turns: Sequence[Turn]) -> list[Wanted]:
    """The acts of an arrangement that has taken these turns, in the order in which they happen."""
    found = of_loan(agreement) if agreement.is_loan else of_line(agreement)
    state = turns[-1].state if turns else AGREED
    if not (agreement.plan.revoked_when_broken and left_broken(turns)):
        at_once = forgiven(agreement, agreement.day, at_once=True)
        # What is new installments of a loan afterwards can no more be told apart.
        found = [*at_once, *found] if agreement.is_loan else [*found, *at_once]
    if agreement.is_loan:
        found += [*loan_rates(agreement, turns), *late_pauses(agreement, turns)]
    else:
        found += line_reliefs(agreement, turns)
    if state == FULFILLED:
        found += forgiven(agreement, turns[-1].day, at_once=False)
        if agreement.plan.forgives_rest:
            found.append(Wanted("write_off" if agreement.is_loan else "settlement", turns[-1].day, {}))
    return sorted(found, key=lambda one: one.day)


def left_broken(turns: Sequence[Turn]) -> bool:
    """Whether an arrangement is broken, or was when it was ended."""
    return next((one.state for one in reversed(turns) if one.state != ENDED), AGREED) == BROKEN


def of_line(agreement: Agreement) -> list[Wanted]:
    """What is done to a line when it is agreed, but for rates."""
    plan, day = agreement.plan, agreement.day
    found = []
    for due_on, until in plan.deferrals:
        moved = day_number(due_on)
        body = {"due_on": moved, "until": day_number(until), "window_until": moved, "fee": 0}
        found.append(Wanted("deferral", day, body))
    if plan.spread:
        days = [day_number(one) for one in plan.spread.due_days]
        found.append(Wanted("re_age", day, {"due_days": days, "whole": int(plan.spread.whole)}))
    return found


def of_loan(agreement: Agreement) -> list[Wanted]:
    """What is done to a loan when it is agreed, but for rates."""
    plan, day = agreement.plan, agreement.day
    found = [
        Wanted("reschedule", day, {"since": day_number(due_on), "until": day_number(until)})
        for due_on, until in plan.deferrals
    ]
    if plan.more_installments or plan.grace:
        found.append(
            Wanted("reschedule", day, {"since": day + 1, **above_zero(number=plan.more_installments, grace=plan.grace)})
        )
    if plan.re_amortised:
        found.append(Wanted("re_amortise", day, {}))
    if plan.re_age:
        told = plan.re_age
        body = {"number": told.number, "until": day_number(told.first), "every": told.every, "unit": told.unit}
        found.append(Wanted("re_age", day, body))
    return found


def above_zero(**numbers: int) -> dict[str, int]:
    """The numbers that are not zero."""
    return {name: number for name, number in numbers.items() if number}


def forgiven(agreement: Agreement, day: int, *, at_once: bool) -> list[Wanted]:
    """What forgives at once, or when the plan is fulfilled: waivers, of a loan's principal a write-off."""
    if agreement.is_loan:
        waived = agreement.forgiven_at_once if at_once else agreement.forgiven_later
        principal = sum(
            one.amount_minor or 0
            for one in agreement.plan.forgiven
            if one.at_once == at_once and one.component == "principal"
        )
        return [
            *(Wanted("waiver", day, one.body) for one in waived),
            *([Wanted("write_off", day, {"amount": principal})] if principal else []),
        ]
    return [
        Wanted("waiver", day, {"component": COMPONENTS[one.component], "amount": one.amount_minor or AMOUNT_MAX})
        for one in agreement.plan.forgiven
        if one.at_once == at_once
    ]


def days_and_states(agreement: Agreement, turns: Sequence[Turn]) -> list[tuple[int, int]]:
    """The days on which the terms of an arrangement may change, each with how it stands from then on."""
    days = {agreement.day, *(one.day for one in turns)}
    if agreement.plan.rate_ends_on:
        days.add(agreement.plan.rate_ends_on)
    return [(day, next((one.state for one in reversed(turns) if one.day <= day), AGREED)) for day in sorted(days)]


def bears_less(plan: Plan, state: int, day: int) -> bool:
    """Whether the agreed rate bears on a day; one agreed through a day stays with who has fulfilled the plan early.

    After a settlement there is nothing left to bear it.
    """
    if plan.rate is None or (plan.rate_ends_on and day >= plan.rate_ends_on):
        return False
    return stands(state) or (state == FULFILLED and plan.rate_ends_on > 0 and not plan.forgives_rest)


def line_reliefs(agreement: Agreement, turns: Sequence[Turn]) -> list[Wanted]:
    """The changes of a line's terms: its rate and its late fees for as long as the arrangement gives them."""
    plan, of = agreement.plan, {"act": agreement.id}
    found: list[Wanted] = []
    before: dict[str, int] = {}
    for day, state in days_and_states(agreement, turns):
        now: dict[str, int] = {}
        if plan.rate is not None and bears_less(plan, state, day):
            now |= {"rate_ppm": plan.rate.rate_ppm} if plan.rate.rate_ppm else PAUSED
        if plan.stops_late_fees and stands(state):
            now |= NO_LATE_FEES
        if now == before:
            continue
        if before:
            found.append(Wanted("relief_end", day, of))
        if now:
            found.append(Wanted("relief", day, {"terms": now, **of}))
        before = now
    return found


def loan_rates(agreement: Agreement, turns: Sequence[Turn]) -> list[Wanted]:
    """The changes of a loan's rate; of one that pauses until a day, the days on which nothing bears."""
    plan = agreement.plan
    if plan.rate is None:
        return []
    flips: list[tuple[int, bool]] = []
    for day, state in days_and_states(agreement, turns):
        if bears_less(plan, state, day) != bool(flips and flips[-1][1]):
            flips.append((day, bears_less(plan, state, day)))
    if plan.rate.rate_ppm or not plan.rate_ends_on:
        rates = (agreement.rate_before, plan.rate.rate_ppm)
        return [Wanted("rate_change", day, {"rate_ppm": rates[less]}) for day, less in flips]
    ends = [day for day, less in flips if not less]
    return [
        Wanted("interest_pause", day, {"until": until - 1})
        for (day, _), until in zip(flips[::2], ends, strict=True)
        if until > day
    ]


def late_pauses(agreement: Agreement, turns: Sequence[Turn]) -> list[Wanted]:
    """The nights on which a loan bears no late interest: while the arrangement stands, or its rate is none."""
    plan, found, since = agreement.plan, list[Wanted](), 0
    for day, state in days_and_states(agreement, turns):
        stops = plan.stops_late_fees and stands(state)
        if plan.rate is not None and not plan.rate.rate_ppm and not plan.rate_ends_on:  # until then, the pause has both
            stops = stops or bears_less(plan, state, day)
        if stops and not since:
            since = day
        elif since and not stops:
            if day > since:
                found.append(Wanted("late_pause", since, {"until": day - 1}))
            since = 0
    return [*found, *([Wanted("late_pause", since, {})] if since else [])]


def in_force(agreement: Agreement) -> list[Act]:
    """The acts of an arrangement that nothing has taken back, in the order in which they happen."""
    acts = [one for one in changes.standing_acts(agreement.account).values() if one.part_of == agreement.id]
    return sorted(acts, key=lambda one: (one.effective_day, one.id))


def bring(
    agreement: Agreement,
    turns: Sequence[Turn],
    open_day: date,
    *,
    by: str,
    reason: str,
    may: Callable[[Wanted], changes.May | None] = lambda one: None,
) -> None:
    """Bring the acts of an arrangement to what they should be on the open day; inside the caller's transaction.

    `may` tells what is to be looked at before an act of a line is done for the first time.
    """
    have = in_force(agreement)
    asked = [one for one in wanted(agreement, turns) if one.day <= day_number(open_day)]
    same = 0
    while same < min(len(have), len(asked)) and is_same(have[same], asked[same]):
        same += 1
    key = f"arrangement:{agreement.id}:{Act.objects.filter(account_id=agreement.account).count()}"
    for act in reversed(have[same:]):
        take_back(agreement, act, by=by, reason=reason, key=f"{key}:undo:{act.id}")
    for at, one in enumerate(asked[same:]):
        do(agreement, one, by=by, reason=reason, key=f"{key}:{at}", may=may(one))


def take_back(agreement: Agreement, act: Act, *, by: str, reason: str, key: str) -> None:
    """Take one act of an arrangement back."""
    told: dict[str, Any] = {"account": agreement.account, "by": by, "reason": reason, "key": key}
    if agreement.is_loan:
        loans.undo(of=act.id, on=act.effective_day, **told)
    else:
        changes.undo(act=act.id, **told)


def do(agreement: Agreement, one: Wanted, *, by: str, reason: str, key: str, may: changes.May | None) -> None:
    """Do one act of an arrangement.

    A rate of a loan whose installments follow no schedule any more changes nothing; no more is written off or waived
    than there is.
    """
    told: dict[str, Any] = {"account": agreement.account, "kind": one.kind, "on": to_date(one.day)}
    told |= {"by": by, "reason": reason, "key": key, "part_of": agreement.id}
    if not agreement.is_loan:
        changes.do(**told, body=one.body, may=may)
    elif one.kind == "write_off":
        most = loans.most_written_off(account=agreement.account, on=to_date(one.day))
        if most:
            loans.act(**told, **{name: min(amount, most) for name, amount in one.body.items()})
    elif one.kind == "waiver" and "component" in one.body:
        most = loans.most_waived(account=agreement.account, component=one.body["component"], on=to_date(one.day))
        if most:
            loans.act(**told, component=one.body["component"], amount=min(one.body.get("amount", most), most))
    elif one.kind not in OF_SCHEDULE or loans.held(account=agreement.account).loan.rows is not None:
        loans.act(**told, **one.body)


def is_same(act: Act, one: Wanted) -> bool:
    """Whether an act is what is wanted; a write-off or a waiver of interest is of no more than there was."""
    is_alike = (act.kind, day_number(act.effective_day)) == (one.kind, one.day)
    if act.kind == "write_off":
        return is_alike
    if act.kind == "waiver" and "component" in act.body:
        return is_alike and act.body["component"] == one.body.get("component")
    return (act.kind, day_number(act.effective_day), dict(act.body)) == (one.kind, one.day, dict(one.body))


def refusing(account: int, one: Wanted) -> changes.May | None:
    """What a line must have for an act of an arrangement to make sense when it is agreed."""
    body = one.body

    def may(stand: Stand) -> None:
        dues = stand.dues
        days = [dues[at] for at in range(0, len(dues), WIDTH)]
        if one.kind == "deferral" and (body["due_on"] not in days or body["due_on"] <= stand.account.day):
            raise NothingDueThen(f"account {account}: nothing is due on {to_date(body['due_on'])}, or it is past")
        if one.kind == "re_age" and body["whole"] and not owed_total(stand.account):
            raise NothingOwed(f"account {account} owes nothing")
        if one.kind == "re_age" and not body["whole"] and not any(day <= stand.account.day for day in days):
            raise NothingPastDue(f"account {account}: nothing is past due on {to_date(one.day)}")
        if one.kind == "waiver":
            refuse_more(account, stand, body["component"], body["amount"])

    return may


def refuse_more(account: int, stand: Stand, component: int, amount: int) -> None:
    """Refuse to forgive more of a component than is charged; of all of it, where there is none."""
    there = charged(stand.account, component)
    if there == 0 or (amount != AMOUNT_MAX and amount > there):
        raise MoreThanCharged(f"account {account}: {amount} would be forgiven of {there} charged")
