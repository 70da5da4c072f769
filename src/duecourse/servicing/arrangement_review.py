"""How arrangements stand: what came in is held against their plans, what has turned is written down, their acts follow.

The close asks on the days of a plan and after money has moved. What turns out otherwise by something recorded late is
written down again beside what was written.
"""

from collections.abc import Sequence
from datetime import date

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from duecourse.kernel import arrangement as kernel
from duecourse.kernel.arrangement import Receipt, Turn
from duecourse.ledger import chart, journal
from duecourse.ledger.balances import SHARD_SIZE
from duecourse.ledger.journal import Refused
from duecourse.rules.read import day_number, to_date

from . import agreed, arrangement_acts, arrangement_plan
from .arrangement_acts import Agreement, Waived
from .tables import Act, Arrangement, ArrangementState
from .tables import Plan as PlanRow

STATES = ("agreed", "broken", "cured", "fulfilled", "ended")
"""How an arrangement stands, by the kernel's number of it."""


def write(
    arrangement: int,
    state: str,
    on: date,
    booked_day: date,
    by: str,
    reason: str,
    *,
    by_hand: bool = False,
    takes_back: int | None = None,
) -> None:
    """Write down how an arrangement stands."""
    ArrangementState.objects.create(
        arrangement_id=arrangement,
        state=state,
        on=on,
        booked_day=booked_day,
        by_hand=by_hand,
        takes_back=takes_back,
        by=by,
        reason=reason,
    )


def agreement_of(told: Arrangement, is_loan: bool) -> Agreement:
    """An arrangement that was kept."""
    plan, known = arrangement_plan.plan_from(told.body), told.known
    waived = [tuple(Waived(*one) for one in known[name]) for name in ("forgiven_at_once", "forgiven_later")]
    return Agreement(
        told.id,
        told.account_id,
        is_loan,
        day_number(told.agreed_on),
        plan,
        known["rate_before"],
        waived[0],
        waived[1],
    )


def arrangements_of(account: int) -> list[Arrangement]:
    """The arrangements of an account that were not taken back."""
    undone = Act.objects.filter(account_id=account, undoes__isnull=False).values_list("undoes", flat=True)
    return list(Arrangement.objects.filter(account_id=account).exclude(id__in=list(undone)).order_by("id"))


def rows_of(arrangement: int) -> list[ArrangementState]:
    """How an arrangement stood, row by row."""
    return list(ArrangementState.objects.filter(arrangement_id=arrangement).order_by("id"))


def amounts_of(arrangement: int) -> tuple[arrangement_plan.Amount, ...]:
    """What an arrangement's plan asks by when."""
    rows = PlanRow.objects.filter(arrangement_id=arrangement, number__gt=0).order_by("number")
    return tuple(arrangement_plan.Amount(row.due_on, row.amount_minor) for row in rows)


def receipts_of(account: int, since: int) -> list[Receipt]:
    """What a borrower paid on each day from a day on, less what was taken back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT effective_day, -sum(coalesce(principal, 0) + coalesce(interest, 0) + coalesce(fee, 0) "
            "+ coalesce(penalty, 0) + coalesce(credit, 0)) FROM ledger_entry WHERE account_id = %s AND kind = ANY(%s) "
            "AND effective_day >= %s GROUP BY effective_day ORDER BY effective_day",
            [account, [chart.PAYMENT, chart.CHARGEBACK], to_date(since)],
        )
        return [Receipt(day_number(day), int(came)) for day, came in cursor.fetchall()]


def turns_of(found: Agreement, through: date) -> list[Turn]:
    """The turns of an arrangement up to the close of a day, by what is recorded now."""
    by_hand = ArrangementState.objects.filter(arrangement_id=found.id, by_hand=True)
    ended = by_hand.filter(state="ended").order_by("on").first()
    return kernel.turns(
        arrangement_plan.in_kernel(amounts_of(found.id)),
        found.plan.tolerance,
        receipts_of(found.account, found.day),
        max([day_number(through), *(day_number(one.on) for one in by_hand)]),
        cured_on={day_number(one.on) for one in by_hand if one.state == "cured"},
        ended_on=day_number(ended.on) if ended else 0,
    )


def review(found: Agreement, through: date, *, by: str) -> None:
    """Write down how an arrangement stands at the close of a day, and bring its acts to what follows from it.

    Inside the caller's transaction, which holds the account's lock.
    """
    turns = turns_of(found, through)
    open_day = journal.lock(found.account, key="", body=b"").open_day
    rows = rows_of(found.id)
    held = not_taken_back(rows)[1:]
    same = 0
    while same < min(len(held), len(turns)) and is_same(held[same], turns[same]):
        same += 1
    why = "as agreed"
    for at in reversed(range(same, len(held))):
        row, before = held[at], held[at - 1].state if at else "agreed"
        state = "cured" if (row.state, before) == ("broken", "agreed") else before
        why = f"{row.state} on {row.on} is not so by what was recorded since"
        write(found.id, state, row.on, open_day, by, why, takes_back=row.id)
    for one in turns[same:]:
        why = reason_of(one)
        write(found.id, STATES[one.state], to_date(one.day), open_day, by, why)
    arrangement_acts.bring(found, turns, open_day, by=by, reason=f"arrangement {found.id}: {why}")


def not_taken_back(rows: Sequence[ArrangementState]) -> list[ArrangementState]:
    """The rows that hold: those that no later one has taken back."""
    gone = {row.takes_back for row in rows}
    return [row for row in rows if row.takes_back is None and row.id not in gone]


def is_same(row: ArrangementState, turn: Turn) -> bool:
    """Whether a row says this turn."""
    return (row.state, day_number(row.on)) == (STATES[turn.state], turn.day)


def reason_of(turn: Turn) -> str:
    """Why an arrangement turned, in words."""
    words = {
        kernel.AGREED: "money was taken back",
        kernel.BROKEN: f"{turn.short} of what was asked had not come in",
        kernel.CURED: "what was missing came in",
        kernel.FULFILLED: "all that was asked came in",
        kernel.ENDED: "ended",
    }
    return words[turn.state]


LOOKED_AT = """
    SELECT a.account_id, a.id FROM servicing_arrangement a
    WHERE a.account_id >= %(first)s AND a.account_id < %(after)s AND a.account_id <> ALL(%(aside)s)
    AND NOT EXISTS (SELECT FROM servicing_act u WHERE u.account_id = a.account_id AND u.undoes = a.id)
    AND (a.account_id = ANY(%(returned)s)
         OR EXISTS (SELECT FROM servicing_plan p WHERE p.arrangement_id = a.id AND p.judged_on = %(day)s)
         OR EXISTS (SELECT FROM ledger_entry e WHERE e.account_id = a.account_id AND e.id > %(mark)s
                    AND e.kind = ANY(%(kinds)s)))
    ORDER BY a.account_id, a.id
"""


def look(
    cursor: CursorWrapper, shard: int, day: date, *, mark: int, aside: Sequence[int], returned: Sequence[int]
) -> list[tuple[int, str]]:
    """Look at the arrangements of a shard whose day is about to close; inside the close's transaction.

    Those with an amount to be judged, those whose account has been paid or charged back since the entry `mark`, those
    of accounts that have `returned`. Answers the accounts that could not be looked at, with why.
    """
    first = shard * SHARD_SIZE
    cursor.execute(
        LOOKED_AT,
        {
            "first": first,
            "after": first + SHARD_SIZE,
            "aside": list(aside),
            "returned": list(returned),
            "day": day,
            "mark": mark,
            "kinds": [chart.PAYMENT, chart.CHARGEBACK],
        },
    )
    faults = []
    for account, arrangement in cursor.fetchall():
        try:
            with transaction.atomic():
                locked = journal.lock(account, key="", body=b"")
                told = Arrangement.objects.get(id=arrangement)
                review(agreement_of(told, agreed.is_loan(locked.terms_id)), day, by="system")
        except (Refused, AssertionError) as fault:
            faults.append((account, str(fault)))
    return faults
