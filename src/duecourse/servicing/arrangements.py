"""Arrangements with borrowers in difficulty: agreed as one act, cured or ended by a person, taken back.

What an arrangement does to the account are acts of its own, all of them or none (`arrangement_acts`). How it stands
follows from its plan and from what came in (`arrangement_review`).
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from duecourse.kernel.account import WIDTH, owed_total
from duecourse.kernel.loan_state import Loan
from duecourse.kernel.money import AMOUNT_MAX
from duecourse.kernel.terms import INTEREST, PENALTY
from duecourse.ledger import journal, read
from duecourse.ledger.journal import Locked, Refused
from duecourse.rules.read import day_number, to_date

from . import agreed, arrangement_acts, arrangement_plan, changes, loan_checks, loans
from .arrangement_acts import Agreement, Waived
from .arrangement_plan import COMPONENTS, Forgiven, NotAPlan, Plan
from .arrangement_review import agreement_of, amounts_of, arrangements_of, not_taken_back, review, rows_of, write
from .deferrals import NotDueDays
from .loan_checks import NotDrawn, NotOffered
from .loans import ARRANGED
from .refusals import AfterOpenDay, BeforeOpening, Faulty, MoreThanCharged
from .steps import Deed
from .tables import Account as Contract
from .tables import Arrangement
from .tables import Plan as PlanRow


class ArrangementStands(Refused):
    """Another arrangement of the account stands."""

    code = "arrangement_stands"


class NoSuchArrangement(Refused):
    """There is no such arrangement, or it was taken back."""

    code = "no_such_arrangement"


class NotBroken(Refused):
    """Only a broken arrangement is cured."""

    code = "arrangement_not_broken"


class ArrangementOver(Refused):
    """The arrangement is fulfilled or has been ended."""

    code = "arrangement_over"


class Agreed(NamedTuple):
    """An arrangement that was agreed: its id, which is that of its act, and whether the key was used before."""

    arrangement: int
    again: bool


class Standing(NamedTuple):
    """An arrangement as it stands on a day: since when, and what is to be paid by when."""

    arrangement: int
    state: str
    since: date
    stops_late_fees: bool
    amounts: tuple[arrangement_plan.Amount, ...]


def agree(*, account: int, terms: Plan, on: date, by: str, reason: str, key: str) -> Agreed:
    """Agree on an arrangement from a day on: one act, and all that it does to the account, or nothing.

    Refused where another one stands, where the plan cannot be, and where the account does not have what it speaks of.
    """
    body = arrangement_plan.body_of(terms)
    hashed = journal.body_hash({"account": account, "act": ARRANGED, "on": on, "plan": body})

    def work() -> Agreed:
        with connection.cursor() as cursor:
            locked = journal.lock(account, key=key, body=hashed)
            if locked.answered is not None:
                return Agreed(-locked.answered, True)
            refuse_day(locked, on)
            end_the_broken(locked, on, by)
            deed = Deed(changes.next_act(cursor), ARRANGED, body, read.last_id(cursor))
            found = looked_up(cursor, locked, deed.id, terms, on)
            answer = changes.keep_for(cursor, locked, locked.open_day, key=key, hashed=hashed, otherwise=-deed.id)
            changes.row(deed, locked, on, answer=answer, by=by, reason=reason)
            arrangement_acts.bring(
                found, [], locked.open_day, by=by, reason=reason,
                may=lambda one: None if found.is_loan else arrangement_acts.refusing(account, one),
            )  # fmt: skip
            keep(found, body, locked.open_day, terms.amounts or amounts_made(found), by, reason)
            review(found, locked.open_day - timedelta(days=1), by="system")
            return Agreed(deed.id, False)

    try:
        return journal.atomically(work)
    except AssertionError as fault:
        raise Faulty(f"account {account}: {fault}") from fault


def refuse_day(locked: Locked, on: date) -> None:
    """Refuse a day that has not begun or on which the account was not open."""
    if on > locked.open_day:
        raise AfterOpenDay(f"account {locked.account_id}: {on} is after the open day {locked.open_day}")
    opened_on = Contract.objects.values_list("opened_on", flat=True).get(id=locked.account_id)
    if on < opened_on:
        raise BeforeOpening(f"account {locked.account_id}: {on} is before its opening on {opened_on}")


def end_the_broken(locked: Locked, on: date, by: str) -> None:
    """Let an arrangement that is broken be over when another is agreed; refuse where one stands."""
    for told in arrangements_of(locked.account_id):
        last = rows_of(told.id)[-1]
        if last.state in ("agreed", "cured"):
            raise ArrangementStands(f"account {locked.account_id}: arrangement {told.id} stands since {last.on}")
        if last.state == "broken":
            write(told.id, "ended", max(on, last.on), locked.open_day, by, "another one was agreed", by_hand=True)


def looked_up(cursor: CursorWrapper, locked: Locked, act: int, plan: Plan, on: date) -> Agreement:
    """What is agreed, with what it needs to know of the account; refused where the account cannot have it."""
    account = locked.account_id
    is_loan = agreed.is_loan(locked.terms_id)
    product = (agreed.loan(locked.terms_id) if is_loan else agreed.of(locked.terms_id)).product
    arrangement_plan.refuse(account, plan, on, product)
    if is_loan:
        return of_loan(account, act, plan, on, lambda day: loans.held(account=account, on=day).loan)
    if plan.re_age or plan.more_installments or plan.grace or plan.re_amortised:
        raise NotOffered(f"account {account} is a line: its installments are not those of a loan")
    stand = changes.standing(cursor, locked)
    refuse_parts(account, plan, stand.first)
    for one in plan.forgiven:
        if not one.at_once:
            arrangement_acts.refuse_more(account, stand, COMPONENTS[one.component], one.amount_minor or AMOUNT_MAX)
    owed = owed_total(stand.account) + stand.account.accrued.interest + stand.account.accrued.penalty
    refuse_settlement(account, plan, owed)
    return Agreement(act, account, False, day_number(on), plan)


def refuse_parts(account: int, plan: Plan, first: agreed.Agreed) -> None:
    """Refuse more parts than the product of a line lets what is owed be spread over."""
    most = first.acts.arrangement_parts
    if plan.spread and len(plan.spread.due_days) > most:
        raise NotDueDays(f"account {account}: {len(plan.spread.due_days)} parts; its product has at most {most}")


def refuse_settlement(account: int, plan: Plan, owed: int) -> None:
    """Refuse a settlement that asks as much as is owed: nothing would be forgiven."""
    asked = sum(one.amount_minor for one in plan.amounts)
    if plan.forgives_rest and asked >= owed:
        raise NotAPlan(f"account {account}: {asked} is asked of the {owed} owed: nothing would be forgiven")


def of_loan(account: int, act: int, plan: Plan, on: date, held: Callable[[date | None], Loan]) -> Agreement:
    """What is agreed on a loan: its rate before, and what of its charges and its interest is forgiven.

    `held`: the loan as it is held at the close of a day, or of the last that is closed.
    """
    if plan.spread:
        raise NotOffered(f"account {account} is a loan: it has re_age, not spread")
    lived = held(None)
    if not lived.draws:
        raise NotDrawn(f"account {account}: nothing was drawn yet")
    owed = loan_checks.most_written_off(lived, held(on), day_number(on))
    refuse_settlement(account, plan, owed)
    principal = [one.amount_minor or AMOUNT_MAX for one in plan.forgiven if one.component == "principal"]
    if sum(principal) > owed:
        raise MoreThanCharged(f"account {account}: {sum(principal)} of principal would be forgiven of {owed} owed")
    by_schedule = plan.rate or plan.deferrals or plan.more_installments or plan.grace
    if by_schedule and (lived.rows is None or plan.re_age or plan.re_amortised):
        raise NotOffered(f"account {account}: installments that are spread anew follow no schedule any more")
    rates = lived.rows.rates if lived.rows is not None else []
    before = rates[-1][1] if rates else lived.terms.rate_ppm
    waived: dict[bool, list[Waived]] = {True: [], False: []}
    for one in plan.forgiven:
        if one.component != "principal":
            eve = held(on - timedelta(days=1))
            waived[one.at_once] += waived_of(account, lived, eve, one, on)
    return Agreement(act, account, True, day_number(on), plan, before, tuple(waived[True]), tuple(waived[False]))


def waived_of(account: int, lived: Loan, eve: Loan, one: Forgiven, on: date) -> list[Waived]:
    """What of a loan is waived to forgive so much of a component: interest and late interest, then charges.

    All of it, where no amount is named: what there is when it is forgiven. Refused is more than there is now.
    """
    component, left = COMPONENTS[one.component], one.amount_minor or AMOUNT_MAX
    found, there = list[Waived](), 0
    if component in (INTEREST, PENALTY):
        there = min(left, loan_checks.most_waived(eve, component, day_number(on)))
        if there:
            found.append(Waived(0, component, there if one.amount_minor or one.at_once else 0))
    for made in lived.charges:
        part = sum(p.left for due in lived.dues for p in due.parts if p.charge == made.seq)
        if made.component == component and part and left > there:
            found.append(Waived(made.seq, component, min(part, left - there)))
            there += min(part, left - there)
    if there == 0 or (one.amount_minor and there < one.amount_minor):
        raise MoreThanCharged(f"account {account}: {one.amount_minor} would be forgiven of {there} charged")
    return found


def amounts_made(found: Agreement) -> tuple[arrangement_plan.Amount, ...]:
    """The amounts of a plan that names none: the dues that it has made, or a loan's that are still to come."""
    plan, by_day = found.plan, dict[int, int]()
    if found.is_loan:
        for due in loans.held(account=found.account).loan.dues:
            if due.due_on > found.day and due.left:
                by_day[due.due_on] = by_day.get(due.due_on, 0) + due.left
    else:
        made = {day_number(one) for one in (plan.spread.due_days if plan.spread else ())}
        made |= {day_number(one.until) for one in plan.deferrals}
        dues = journal.lock(found.account, key="", body=b"").dues
        for at in range(0, len(dues), WIDTH):
            if dues[at] in made:
                by_day[dues[at]] = by_day.get(dues[at], 0) + sum(dues[at + 1 : at + 5])
    if not by_day:
        raise NotAPlan(f"account {found.account}: the plan names no amount, and makes none due")
    return tuple(arrangement_plan.Amount(to_date(day), by_day[day]) for day in sorted(by_day))


def keep(
    found: Agreement,
    body: dict[str, Any],
    open_day: date,
    amounts: Sequence[arrangement_plan.Amount],
    by: str,
    reason: str,
) -> None:
    """Keep an arrangement, its dated amounts on the agenda, and that it was agreed."""
    on = to_date(found.day)
    known = {
        "rate_before": found.rate_before,
        "forgiven_at_once": found.forgiven_at_once,
        "forgiven_later": found.forgiven_later,
    }
    Arrangement.objects.create(
        id=found.id, account_id=found.account, agreed_on=on, booked_day=open_day, body=body, known=known
    )
    late = timedelta(days=found.plan.tolerance_days)
    dated = [(number, one.due_on, one.due_on + late, one.amount_minor) for number, one in enumerate(amounts, 1)]
    if found.plan.rate_ends_on:
        day = to_date(found.plan.rate_ends_on)
        dated.append((0, day, day, 0))
    PlanRow.objects.bulk_create(
        PlanRow(arrangement_id=found.id, number=number, due_on=due_on, judged_on=judged_on, amount_minor=minor)
        for number, due_on, judged_on, minor in dated
    )
    with connection.cursor() as cursor:  # so that the close comes to the account on these days
        cursor.executemany(
            "INSERT INTO ledger_agenda (day, account_id) VALUES (%s, %s)",
            [(day, found.account) for day in sorted({one[2] for one in dated}) if day > open_day],
        )
    write(found.id, "agreed", on, open_day, by, reason)


def named(account: int, arrangement: int) -> Arrangement:
    """An arrangement of an account by its id; one that was taken back is refused."""
    found = next((one for one in arrangements_of(account) if one.id == arrangement), None)
    if found is None:
        raise NoSuchArrangement(f"account {account} has no arrangement {arrangement} that was not taken back")
    return found


def decide(
    account: int,
    arrangement: int,
    state: str,
    on: date,
    by: str,
    reason: str,
    key: str,
    takes: dict[str, type[Refused]],
) -> None:
    """Write down what a person decided about an arrangement, once; `takes` refuses those that stand in a state."""
    hashed = journal.body_hash({"account": account, "arrangement": arrangement, "state": state, "on": on})

    def work() -> None:
        with connection.cursor() as cursor:
            locked = journal.lock(account, key=key, body=hashed)
            if locked.answered is not None:
                return
            told, last = named(account, arrangement), rows_of(arrangement)[-1]
            if last.state in takes:
                raise takes[last.state](f"account {account}: arrangement {arrangement} is {last.state} since {last.on}")
            if on > locked.open_day:
                raise AfterOpenDay(f"account {account}: {on} is after the open day {locked.open_day}")
            if on < last.on:
                raise NotAPlan(f"account {account}: arrangement {arrangement} stands as it does since {last.on}")
            act = changes.next_act(cursor)
            changes.keep_for(cursor, locked, locked.open_day, key=key, hashed=hashed, otherwise=-act)
            write(arrangement, state, on, locked.open_day, by, reason, by_hand=True)
            found = agreement_of(told, agreed.is_loan(locked.terms_id))
            review(found, locked.open_day - timedelta(days=1), by=by)

    try:
        journal.atomically(work)
    except AssertionError as fault:
        raise Faulty(f"account {account}: {fault}") from fault


def cure(*, account: int, arrangement: int, on: date, by: str, reason: str, key: str) -> None:
    """Let a broken arrangement stand again from a day on; what was missed is asked again with the next amount."""
    takes: dict[str, type[Refused]] = {"agreed": NotBroken, "cured": NotBroken}
    takes |= {"fulfilled": ArrangementOver, "ended": ArrangementOver}
    decide(account, arrangement, "cured", on, by, reason, key, takes)


def end(*, account: int, arrangement: int, on: date, by: str, reason: str, key: str) -> None:
    """End an arrangement from a day on: what it gave for as long as it stood is given no longer."""
    takes: dict[str, type[Refused]] = {"fulfilled": ArrangementOver, "ended": ArrangementOver}
    decide(account, arrangement, "ended", on, by, reason, key, takes)


def undo(*, account: int, arrangement: int, by: str, reason: str, key: str) -> None:
    """Take an arrangement back with all that it did, as if it had never been agreed."""
    hashed = journal.body_hash({"account": account, "undoes": arrangement})

    def work() -> None:
        with connection.cursor() as cursor:
            locked = journal.lock(account, key=key, body=hashed)
            if locked.answered is not None:
                return
            told = named(account, arrangement)
            if not agreed.is_loan(locked.terms_id):
                changes.undo(account=account, act=arrangement, by=by, reason=reason, key=key)
                return
            for act in reversed(arrangement_acts.in_force(agreement_of(told, True))):
                loans.undo(
                    account=account, of=act.id, on=act.effective_day, by=by, reason=reason, key=f"{key}:{act.id}"
                )
            deed = Deed(changes.next_act(cursor), "undo", {"of": arrangement}, read.last_id(cursor))
            now = journal.lock(account, key="", body=b"")
            changes.keep_for(cursor, now, now.open_day, key=key, hashed=hashed, otherwise=-deed.id)
            changes.row(deed, now, told.agreed_on, answer=None, by=by, reason=reason, undoes=arrangement)

    journal.atomically(work)


def standing(*, account: int, on: date) -> Standing | None:
    """The arrangement of an account that stands on a day (agreed or cured), by what is recorded now; else None."""
    for told in reversed(arrangements_of(account)):
        held = [row for row in not_taken_back(rows_of(told.id)) if row.on <= on]
        if held and held[-1].state in ("agreed", "cured"):
            plan = arrangement_plan.plan_from(told.body)
            return Standing(told.id, held[-1].state, held[-1].on, plan.stops_late_fees, amounts_of(told.id))
    return None
