"""A loan as it stands: its dues, its charges, what was moved by what, and what the borrower has to the good."""

from collections.abc import Sequence
from typing import NamedTuple

from .installment import Rows
from .loan_dues import Due, scheduled
from .loan_events import Event
from .loan_terms import LoanTerms
from .terms import FEE, INTEREST, PENALTY, PRINCIPAL

APPROVED, ACTIVE, MET, OVERPAID, WRITTEN_OFF = 0, 1, 2, 3, 4
"""How a loan stands: not drawn, something is owed, nothing is, more was paid than owed, written off."""
LATE = 0
"""The number of the charge whose part in a due is its late interest; no event has it."""


class Draw(NamedTuple):
    """One draw: its event, day, amount, and the charges kept back from it."""

    seq: int
    day: int
    amount: int
    fee: int
    penalty: int


class Charge(NamedTuple):
    """A charge as agreed; what is paid and waived of it stands in the dues."""

    seq: int
    component: int
    mode: int
    basis: int
    due_on: int
    amount: int
    rate_ppm: int


class Moved(NamedTuple):
    """What one event moved, by component: charged by a draw or chargeback, paid by a payment. `excess` is what a
    payment brought above all that was owed, `balance` the principal owed afterwards."""

    seq: int
    kind: int
    mode: int
    day: int
    amount: int
    principal: int
    interest: int
    fee: int
    penalty: int
    excess: int
    balance: int


class LateInterest(NamedTuple):
    """Late interest that became owed on a day: of which due, for the nights from `start` until `stop`, on which base.

    `parts` is what it is exactly, `amount` whole units of it; `carried` is by how much the fraction kept changed.
    """

    on: int
    due_on: int
    start: int
    stop: int
    base: int
    parts: int
    amount: int
    carried: int


class Loan:
    """A loan on the days that its events have reached. `apply` and `replay` make it; nothing else changes it.

    `rows` is the living schedule, None from the moment on when installments no longer follow it (re-aged, charged off).
    `regular` are the dues as they were when those of the schedule were last picked out of them, and these.
    `through` is the day until which principal past due has borne. `credit` is what the borrower has to the good,
    `spare` which moves it came from and how much of each is left of it. `late` is the late interest that became owed,
    `late_carry` its fraction, `pauses` the nights without interest, `late_pauses` those without late interest.
    `suspended` is what is owed of which the income is not recognised, `charged_off` what has left the books and is not
    recovered, `recognised` what payments made good of the suspended by their events: the ledger's side of it, kept by
    who posts the entries.
    """

    __slots__ = (
        "approved",
        "charged_off",
        "charged_off_on",
        "charges",
        "credit",
        "draws",
        "dues",
        "first_due",
        "late",
        "late_carry",
        "late_pauses",
        "log",
        "moves",
        "pauses",
        "principal",
        "recognised",
        "regular",
        "rows",
        "spare",
        "start",
        "suspended",
        "terminated_on",
        "terms",
        "through",
        "written_off_on",
    )

    def __init__(self, terms: LoanTerms, start: int | None, first_due: int | None, approved: int) -> None:
        self.terms = terms
        self.start = start
        self.first_due = first_due
        self.approved = approved
        self.rows: Rows | None = None
        self.dues: list[Due] = []
        self.draws: list[Draw] = []
        self.charges: list[Charge] = []
        self.moves: list[Moved] = []
        self.log: list[Event] = []
        self.principal = 0
        self.credit = 0
        self.spare: list[tuple[int, int]] = []
        self.through = 0
        self.charged_off_on = 0
        self.terminated_on = 0
        self.written_off_on = 0
        self.regular: tuple[list[Due], list[Due]] = ([], [])
        self.late: list[LateInterest] = []
        self.late_carry = 0
        self.pauses: list[tuple[int, int]] = []
        self.late_pauses: list[tuple[int, int]] = []
        self.suspended = 0
        self.charged_off = 0
        self.recognised: dict[int, int] = {}

    def copy(self) -> "Loan":
        """The same loan, to be changed by itself."""
        made = Loan(self.terms, self.start, self.first_due, self.approved)
        made.rows = None if self.rows is None else copied(self.rows)
        made.dues = [due.copy() for due in self.dues]
        made.draws, made.charges, made.moves = self.draws[:], self.charges[:], self.moves[:]
        made.log, made.spare = self.log[:], self.spare[:]
        made.principal, made.credit, made.through = self.principal, self.credit, self.through
        made.charged_off_on, made.terminated_on = self.charged_off_on, self.terminated_on
        made.written_off_on = self.written_off_on
        made.late, made.late_carry, made.pauses = self.late[:], self.late_carry, self.pauses[:]
        made.late_pauses = self.late_pauses[:]
        made.suspended, made.charged_off, made.recognised = self.suspended, self.charged_off, self.recognised.copy()
        return made

    @property
    def status(self) -> int:
        """How the loan stands."""
        if not self.draws:
            return APPROVED
        if self.written_off_on:
            return WRITTEN_OFF
        if any(due.left for due in self.dues):
            return ACTIVE
        return OVERPAID if self.credit else MET


def copied(rows: Rows) -> Rows:
    """Rows with lists of their own."""
    made = Rows._make([rows.terms, *(column[:] for column in rows[1:])])
    made.known[:] = [known.copy() for known in rows.known]
    return made


def note(loan: Loan, event: Event, amount: int, taken: Sequence[int], excess: int = 0) -> None:
    """Write down what an event moved; `taken` by component."""
    loan.moves.append(
        Moved(event.seq, event.kind, event.mode, event.day, amount,
              taken[PRINCIPAL], taken[INTEREST], taken[FEE], taken[PENALTY], excess, loan.principal)
    )  # fmt: skip


def total_left(dues: Sequence[Due]) -> int:
    """All that is still owed."""
    return sum(due.left for due in dues)


def regular_dues(loan: Loan) -> list[Due]:
    """The dues of the schedule, in the order of its rows; not to be changed."""
    dues, regular = loan.regular
    if dues != loan.dues:
        regular = scheduled(loan.dues)
        loan.regular = loan.dues[:], regular
    return regular
