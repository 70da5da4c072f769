"""A loan as a row of the book: what it owes tonight, what of it is charged, and by how much it earns a day.

The numbers of a loan's row are those of a line's (`columns.FIELDS`), some of them with a meaning of their own:
statement_on is the next day on which something falls due, limit what was approved, statement_left all that was drawn,
revolving the principal that is not past due, kept_window all interest that is accrued and not charged, in carry units
(it may be below zero: paid before it was earned), kept_unbilled what the loan earns a day, in carry units. Its open
dues are those that have come and are not met, and the next ones.
"""

from typing import NamedTuple

from .account import WIDTH, Account, Accrued, Kept, Owed, Principal, due_left
from .ageing import AgeRules, bucket, days_past_due, risk_class, stage
from .loan import as_of
from .loan_payments import follows_payments
from .loan_state import Loan
from .money import AMOUNT_MAX, PPM, SPAN_MAX
from .terms import FEE, INTEREST, PENALTY, PRINCIPAL
from .walking import walk

UNITS = PPM * 365
"""Into how many parts accrued interest of a loan divides one minor unit, whatever its day count."""

INSTALLMENT = 11
"""How many numbers stand for an installment: its start and due day, then what is asked, and what is paid or waived, of
principal, interest, fee and penalty, and the day on which it was met (0: it is not)."""

assert AMOUNT_MAX * PPM * 365 < 2**63, "accrued interest would leave int64"


class Position(NamedTuple):
    """A loan at the close of `day`. Charged are interest, fee and penalty that have fallen due or were paid before.

    Amounts in minor units. `paid` sums are since the beginning; owed is charged less paid.
    """

    day: int
    principal: int
    interest_charged: int
    fee_charged: int
    penalty_charged: int
    interest_paid: int
    fee_paid: int
    penalty_paid: int
    credit: int


class Earning(NamedTuple):
    """What is earned and not charged at the close of a day, and what is earned on each day after, in carry units."""

    accrued: int
    a_day: int


def position(loan: Loan, day: int) -> Position:
    """Where a loan stands at the close of a day on which its events have arrived.

    A component of a due is charged once due; before that, what was paid of it and the charges in it whose own day has
    come.
    """
    principal = interest_paid = fee_paid = penalty_paid = 0
    charged = [0, 0, 0, 0, 0]
    interest = fee = penalty = 0
    for due in as_of(loan, day).dues:
        _, paid_principal, paid_interest, paid_fee, paid_penalty = due.paid
        interest_paid += paid_interest
        fee_paid += paid_fee
        penalty_paid += paid_penalty
        _, of_principal, of_interest, of_fee, of_penalty = due.owed
        _, less_principal, less_interest, less_fee, less_penalty = due.waived
        principal += of_principal - paid_principal - less_principal
        if due.due_on <= day:
            interest += of_interest - less_interest
            fee += of_fee - less_fee
            penalty += of_penalty - less_penalty
            continue
        interest += paid_interest
        fee += paid_fee
        penalty += paid_penalty
        for part in due.parts:
            if 0 < part.due_on <= day:
                charged[part.component] += part.left
    return Position(
        day, principal, interest + charged[INTEREST], fee + charged[FEE], penalty + charged[PENALTY],
        interest_paid, fee_paid, penalty_paid, loan.credit,
    )  # fmt: skip


def earned(loan: Loan, day: int) -> int:
    """All interest that a loan has earned through the close of a day, whether charged, paid or neither.

    Where interest follows payments it is counted to the day; else a period's interest is earned evenly over its days,
    and all of it once nothing is left to pay. The draw day counts, the due day does not.
    """
    if follows_payments(loan):
        made = as_of(loan, day + 1)
        assert made.rows is not None
        figures = walk(made.rows, day + 1)
        return sum(figures.interest) + figures.unmet[-1]
    is_met = not any(due.left for due in loan.dues)
    total = 0
    for due in loan.dues:
        whole, length = due.owed[INTEREST] - due.waived[INTEREST], due.due_on - due.start
        if is_met or due.due_on <= day + 1:
            total += whole
        elif due.start <= day:
            total += whole * (day + 1 - due.start) // length
    return total


def earning(loan: Loan, stands: Position, coming: int) -> Earning:
    """What a loan has earned of interest and not charged where it stands, and what it earns a day until `coming`."""
    sofar = earned(loan, stands.day)
    ahead = earned(loan, coming - 1) - sofar
    days = coming - 1 - stands.day
    return Earning((sofar - stands.interest_charged) * UNITS, ahead * UNITS // days if days > 0 and ahead > 0 else 0)


def days_ahead(loan: Loan, day: int) -> list[int]:
    """The days after `day` on which something of a loan falls due: its dues, met early or not, and single charges."""
    found = [due.due_on for due in loan.dues if due.due_on > day]
    return found + [part.due_on for due in loan.dues for part in due.parts if part.due_on > day and part.left]


def next_day(loan: Loan, day: int) -> int:
    """The next day on which something of a loan falls due; where nothing is left to pay, the yearly touch."""
    coming = days_ahead(loan, day) if any(due.left for due in loan.dues) else []
    return min(min(coming, default=day + SPAN_MAX - 1), day + SPAN_MAX - 1)


def row_of(loan: Loan, day: int, closed: int) -> tuple[Account, list[int]]:
    """The row and the open dues of a loan, its events posted through `day` and its days closed through `closed`."""
    made = as_of(loan, day)
    stands, next_on = position(loan, closed), next_day(made, closed)
    earns = earning(loan, stands, next_on)
    past_due, open_dues, coming = 0, list[int](), 0
    for due in made.dues:
        if not due.left or (coming and due.due_on > coming):
            continue
        if due.due_on <= closed:
            past_due += due.left_of(PRINCIPAL)
        else:
            coming = due.due_on
        parts = [due.left_of(component) for component in (PRINCIPAL, INTEREST, FEE, PENALTY)]
        open_dues += [due.due_on, *parts, sum(due.owed) - sum(due.waived)]
    return (
        Account(
            closed,
            next_on,
            coming,
            loan.approved,
            Principal(0, 0, 0, stands.principal - past_due, past_due),
            Owed(
                stands.interest_charged - stands.interest_paid,
                stands.fee_charged - stands.fee_paid,
                stands.penalty_charged - stands.penalty_paid,
                0,
            ),
            stands.credit,
            Accrued(0, 0, 0, 0),
            Kept(earns.a_day, earns.accrued, 0, 0),
            sum(draw.amount for draw in made.draws),
            0,
            0,
        ),
        open_dues,
    )


def accrued_on(account: Account, day: int) -> int:
    """What a loan's row has earned and not charged at the close of a day, in carry units."""
    return account.kept.window + account.kept.unbilled * (day - account.day)


def installments_of(loan: Loan) -> list[int]:
    """The installments of a loan as they stand, INSTALLMENT numbers to each.

    >>> from .loan_events import DRAW, Event
    >>> from .loan import replay
    >>> from .loan_terms import PLAIN_LOAN
    >>> installments_of(replay(PLAIN_LOAN._replace(installments=1), [Event(1, DRAW, 20_089, amount=100_000)]))
    [20089, 20120, 100000, 1019, 0, 0, 0, 0, 0, 0, 0]
    """
    found: list[int] = []
    for due in loan.dues:
        done = [paid + waived for paid, waived in zip(due.paid, due.waived, strict=True)]
        found += [due.start, due.due_on, *due.owed[1:], *done[1:], due.met_on]
    return found


def standing(account: Account, dues: list[int], day: int, first_day: int, rules: AgeRules) -> tuple[int, ...]:
    """What follows from the day for a loan's row, in the order of `columns.STANDING`."""
    late = days_past_due(dues[0] if dues else 0, day, first_day)
    missed = [at for at in range(0, len(dues), WIDTH) if dues[at] < day + first_day]
    return (
        late,
        bucket(late),
        stage(late, rules),
        risk_class(late, rules),
        accrued_on(account, day) // UNITS,
        0,
        sum(due_left(dues, at) for at in missed),
        len(missed),
    )
