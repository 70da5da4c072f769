"""A loan as a row of the book: what it owes tonight, what of it is charged, and by how much it earns a day.

The numbers of a loan's row are those of a line's (`columns.FIELDS`), some of them with a meaning of their own:
statement_on is the next day on which something falls due, limit what was approved, statement_left what of it was drawn
or can be drawn no more, revolving the principal that is not past due, kept_window all interest that is accrued and not
charged, in carry units (it may be below zero: paid before it was earned), kept_unbilled what the loan earns a day, in
carry units; paid_bearing and paid_in_window the same two of late interest. Its open dues are those that have come and
are not met, and the next ones.
"""

from typing import NamedTuple

from . import loan_late
from .account import WIDTH, Account, Accrued, Beside, Kept, Owed, Principal, due_left
from .ageing import AgeRules, bucket, days_past_due, risk_class, stage
from .days import civil
from .due_days import whole_periods
from .loan import as_of
from .loan_dues import Due
from .loan_events import PAYMENT
from .loan_payments import follows_payments
from .loan_state import LATE, Loan, Moved
from .loan_terms import PAYOUT_REFUND
from .money import AMOUNT_MAX, PPM, SPAN_MAX
from .terms import FEE, INTEREST, NEVER, PENALTY, PRINCIPAL
from .walking import walk

YEAR_DAYS = 365
UNITS = PPM * YEAR_DAYS
"""Into how many parts accrued interest of a loan divides one minor unit, whatever its day count."""

INSTALLMENT = 11
"""How many numbers stand for an installment: its start and due day, then what is asked, and what is paid or waived, of
principal, interest, fee and penalty, and the day on which it was met (0: it is not)."""

assert AMOUNT_MAX * PPM * 365 < 2**63, "accrued interest would leave int64"


class Position(NamedTuple):
    """A loan at the close of `day`. Charged are interest, fee and penalty that have fallen due or were paid before, and
    late interest that became owed.

    Amounts in minor units. `paid` sums are since the beginning, what a chargeback put back is not in them; owed is
    charged less paid. `nonaccrual` is 1 while no income is recognised.
    """

    day: int
    principal: int
    interest_charged: int
    fee_charged: int
    penalty_charged: int
    late_charged: int
    interest_paid: int
    fee_paid: int
    penalty_paid: int
    credit: int
    nonaccrual: int

    @property
    def interest(self) -> int:
        """Interest owed."""
        return self.interest_charged - self.interest_paid

    @property
    def fee(self) -> int:
        """Fees owed."""
        return self.fee_charged - self.fee_paid

    @property
    def penalty(self) -> int:
        """Penalties and late interest owed."""
        return self.penalty_charged + self.late_charged - self.penalty_paid

    @property
    def owed(self) -> int:
        """All that is owed and charged."""
        return self.principal + self.interest + self.fee + self.penalty


class Earning(NamedTuple):
    """What is earned and not charged at the close of a day, and what is earned on each day after, in carry units;
    the same of late interest."""

    accrued: int
    a_day: int
    late: int
    late_a_day: int


def position(loan: Loan, day: int) -> Position:
    """Where a loan stands at the close of a day on which its events have arrived.

    A component of a due is charged once due; before that, what was paid of it and the charges in it whose own day has
    come. What a chargeback put back was charged before; what a charge-off made due on its own day is charged with it.
    """
    by = max(day, loan.charged_off_on)
    fee_kept, penalty_kept = sum(draw.fee for draw in loan.draws), sum(draw.penalty for draw in loan.draws)
    principal = late = interest_paid = interest = 0
    fee_paid, penalty_paid, fee, penalty = fee_kept, penalty_kept, fee_kept, penalty_kept
    come = [0, 0, 0, 0, 0]
    for due in as_of(loan, day).dues:
        _, paid_principal, paid_interest, paid_fee, paid_penalty = due.paid
        _, _, back_interest, back_fee, back_penalty = due.back
        interest_paid += paid_interest - back_interest
        fee_paid += paid_fee - back_fee
        penalty_paid += paid_penalty - back_penalty
        _, of_principal, of_interest, of_fee, of_penalty = due.owed
        _, less_principal, less_interest, less_fee, less_penalty = due.waived
        principal += of_principal - paid_principal - less_principal
        for part in due.parts:
            if part.charge == LATE:
                late += part.amount - part.waived
            elif due.due_on > by and 0 < part.due_on <= by:
                come[part.component] += part.left
        if due.due_on <= by:
            interest += of_interest - less_interest - back_interest
            fee += of_fee - less_fee - back_fee
            penalty += of_penalty - less_penalty - back_penalty
            continue
        # What a chargeback put back is owed before the due day; what was waived of that no more.
        own_interest = max(due.ahead[INTEREST] - less_interest, paid_interest - back_interest)
        interest += charged_early(due, INTEREST, own_interest)
        fee += charged_early(due, FEE, due.own_paid(FEE))
        penalty += charged_early(due, PENALTY, due.own_paid(PENALTY))
    return Position(
        day, principal, interest + come[INTEREST], fee + come[FEE], penalty + come[PENALTY] - late, late,
        interest_paid, fee_paid, penalty_paid, loan.credit, is_nonaccrual(loan, day),
    )  # fmt: skip


def charged_early(due: Due, component: int, own: int) -> int:
    """What of a component is charged before its due day: its own, but never more than is paid or left of it, since a
    re-age may have taken what is left into another due."""
    return min(own, due.paid[component] - due.back[component] + due.left_of(component))


def is_nonaccrual(loan: Loan, day: int) -> int:
    """1 where no income of a loan is recognised at the close of a day: charged off, or so many days past due."""
    if loan.charged_off_on:
        return 1
    oldest = next((due.due_on for due in loan.dues if due.left), 0)
    return int(days_past_due(oldest, day, loan.terms.first_day) >= loan.terms.nonaccrual_days)


def turns_on(loan: Loan) -> int:
    """The day from whose close on no income of a loan is recognised, if nothing is paid until then; 0 where none is."""
    oldest = next((due.due_on for due in loan.dues if due.left), 0)
    terms = loan.terms
    return oldest + terms.nonaccrual_days - terms.first_day if oldest and terms.nonaccrual_days < NEVER else 0


def only_turns(loan: Loan, day: int) -> bool:
    """Whether nothing else happens to a loan by itself on a day: late interest becomes owed on another one."""
    return turns_on(loan) == day and day not in late_days(loan, day - 1) and all(due.due_on != day for due in loan.dues)


def late_days(loan: Loan, day: int) -> list[int]:
    """The next day after `day` on which late interest becomes owed past the last due day; none where none is borne."""
    if not loan.dues or loan.dues[-1].due_on > day or not loan_late.rate_of(loan):
        return []
    if not any(due.left_of(PRINCIPAL) for due in loan.dues):
        return []
    last, number = civil(loan.dues[-1].due_on), 1
    while whole_periods(loan.terms, last, number) <= day:
        number += 1
    return [whole_periods(loan.terms, last, number)]


def earned(loan: Loan, day: int) -> int:
    """All interest that a loan has earned through the close of a day, whether charged, paid or neither.

    Where interest follows payments it is counted to the day; else a period's interest is earned evenly over its days,
    and all of it once nothing is left to pay. The draw day counts, the due day does not.
    """
    if follows_payments(loan):
        made = as_of(loan, day + 1)
        assert made.rows is not None
        figures = walk(made.rows, day + 1)
        return (
            sum(figures.interest)
            + figures.unmet[-1]
            - sum(due.back[INTEREST] + due.waived[INTEREST] for due in loan.dues)
        )
    is_met = not any(due.left for due in loan.dues)
    total = 0
    for due in loan.dues:
        whole = due.owed[INTEREST] - due.waived[INTEREST] - due.back[INTEREST]
        length = due.due_on - due.start
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
    late = late_earned(loan, stands.day)
    late_ahead = late_earned(loan, coming - 1) - late
    return Earning(
        (sofar - stands.interest_charged) * UNITS,
        ahead * UNITS // days if days > 0 and ahead > 0 else 0,
        late,
        late_ahead // days if days > 0 else 0,
    )


def late_earned(loan: Loan, day: int) -> int:
    """Late interest that is borne through the close of a day and not charged, in carry units."""
    return loan_late.accrued(loan, day) * UNITS // loan_late.parts_of(loan.terms)


def days_ahead(loan: Loan, day: int) -> list[int]:
    """The days after `day` on which something of a loan happens by itself: its dues, met early or not, and single
    charges; the end of a grace; the day from which no income is recognised; the rhythm in which late interest becomes
    owed after the last due day.
    """
    terms = loan.terms
    found = [due.due_on for due in loan.dues if due.due_on > day]
    found += [part.due_on for due in loan.dues for part in due.parts if part.due_on > day and part.left]
    found.append(turns_on(loan))
    if terms.late_rate_ppm and terms.late_grace_days:
        found += [due.due_on + terms.late_grace_days for due in loan.dues if due.left_of(PRINCIPAL)]
    return [one for one in found if one > day] + late_days(loan, day)


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
            Owed(stands.interest, stands.fee, stands.penalty, 0),
            stands.credit,
            Accrued(0, 0, 0, 0),
            Kept(earns.a_day, earns.accrued, earns.late_a_day, earns.late),
            drawn_or_gone(made, closed),
            loan.suspended,
            stands.nonaccrual,
            Beside(0, 0, loan.charged_off),
        ),
        open_dues,
    )


def refused_payouts(loan: Loan) -> list[Moved]:
    """Draws whose money came back and was repaid by that: it can be drawn again."""
    return [moved for moved in loan.moves if (moved.kind, moved.mode) == (PAYMENT, PAYOUT_REFUND)]


def drawn_or_gone(loan: Loan, closed: int) -> int:
    """What of the approved was drawn or can be drawn no more: all of it once the loan has ended, or the last due day is
    closed."""
    ended = loan.charged_off_on or loan.terminated_on or loan.written_off_on
    if ended or (loan.dues and loan.dues[-1].due_on <= closed):
        return loan.approved
    return sum(draw.amount for draw in loan.draws) - sum(moved.amount for moved in refused_payouts(loan))


def accrued_on(account: Account, day: int) -> int:
    """What a loan's row has earned of interest and not charged at the close of a day, in carry units."""
    return account.kept.window + account.kept.unbilled * (day - account.day)


def late_on(account: Account, day: int) -> int:
    """What a loan's row has earned of late interest and not charged at the close of a day, in carry units."""
    return account.kept.paid_bearing + account.kept.paid_in_window * (day - account.day)


def recognised(account: Account, day: int) -> Earning:
    """What a loan's row has earned and not charged at the close of a day, and earns a day, as income that counts."""
    if account.nonaccrual:
        return Earning(0, 0, 0, 0)
    kept = account.kept
    return Earning(accrued_on(account, day), kept.unbilled, late_on(account, day), kept.paid_in_window)


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
        late_on(account, day) // UNITS,
        sum(due_left(dues, at) for at in missed),
        len(missed),
    )
