"""The dues of a loan: its installments, what of each is paid or waived, and where a charge or a credit goes."""

from collections.abc import Sequence
from typing import NamedTuple

from .terms import FEE, INTEREST, PENALTY, PRINCIPAL

COMPONENTS = (PRINCIPAL, INTEREST, FEE, PENALTY)
REGULAR, DOWN_PAYMENT, ADDITIONAL, RE_AGED = 0, 1, 2, 3
"""Kinds of dues: of the schedule, on the day of a draw, after the last due day (for charges, credits), by a re-age."""


class Part(NamedTuple):
    """The part of one charge that lies in one due: whose charge, its component, its own due day, and the amounts."""

    charge: int
    component: int
    due_on: int
    amount: int
    paid: int
    waived: int

    @property
    def left(self) -> int:
        return self.amount - self.paid - self.waived


class Due:
    """One due of a loan. Amounts by component: `owed[PRINCIPAL]` and so on, place 0 is not used.

    `start` is the day on which its period begins. `parts` are the charges in it. `credited` is the principal in it
    that a chargeback or a refund put back, `credits` the days and whole amounts of these. `met_on` is the day on which
    nothing was left any more, 0 while something is. `bore` is the day until which late interest on it is owed.
    `back` is what a chargeback put back of interest and charges: income of before, not of this due; `ahead` what of its
    own had been paid when it did.
    """

    __slots__ = (
        "ahead",
        "back",
        "bore",
        "credited",
        "credits",
        "due_on",
        "in_advance",
        "kind",
        "late",
        "met_on",
        "owed",
        "paid",
        "parts",
        "start",
        "waived",
    )

    def __init__(self, kind: int, start: int, due_on: int, principal: int, interest: int) -> None:
        self.kind = kind
        self.start = start
        self.due_on = due_on
        self.owed = [0, principal, interest, 0, 0]
        self.paid = [0, 0, 0, 0, 0]
        self.waived = [0, 0, 0, 0, 0]
        self.parts: list[Part] = []
        self.credited = 0
        self.credits: list[tuple[int, int]] = []
        self.in_advance = 0
        self.late = 0
        self.met_on = 0
        self.bore = 0
        self.back = [0, 0, 0, 0, 0]
        self.ahead = [0, 0, 0, 0, 0]

    def copy(self) -> "Due":
        """The same due with lists of its own."""
        made = Due.__new__(Due)
        made.kind, made.start, made.due_on = self.kind, self.start, self.due_on
        made.owed, made.paid, made.waived = self.owed[:], self.paid[:], self.waived[:]
        made.parts, made.credits, made.credited = self.parts[:], self.credits[:], self.credited
        made.in_advance, made.late, made.met_on = self.in_advance, self.late, self.met_on
        made.bore, made.back, made.ahead = self.bore, self.back[:], self.ahead[:]
        return made

    def left_of(self, component: int) -> int:
        """What is left of a component."""
        return self.owed[component] - self.paid[component] - self.waived[component]

    def own_paid(self, component: int) -> int:
        """What is paid of a component's own, beside what a chargeback put back: from then on that is paid first."""
        return max(self.ahead[component], self.paid[component] - self.back[component])

    @property
    def left(self) -> int:
        """What is left of all components."""
        owed, paid, waived = self.owed, self.paid, self.waived
        return sum(owed) - sum(paid) - sum(waived)

    def settle(self, day: int) -> None:
        """Note from which day on nothing is left, or that something is again."""
        if self.left > 0:
            self.met_on = 0
        elif not self.met_on:
            self.met_on = day


def pay(due: Due, component: int, amount: int, day: int) -> int:
    """Meet a component of a due with at most `amount`; gives what was taken. Charges are met by their due days."""
    taken = min(amount, due.left_of(component))
    if taken <= 0:
        return 0
    due.paid[component] += taken
    if day < due.due_on:
        due.in_advance += taken
    elif day > due.due_on:
        due.late += taken
    if due.parts and component in (FEE, PENALTY):
        rest = taken
        for at, part in enumerate(due.parts):
            if part.component == component and part.amount > part.paid + part.waived:
                share = min(rest, part.left)
                due.parts[at] = Part(*part[:4], part.paid + share, part.waived)
                rest -= share
                if not rest:
                    break
    if due.left == 0:
        due.met_on = day
    return taken


def add_part(due: Due, part: Part) -> None:
    """Put a charge into a due; its parts stay in the order of their own due days."""
    at = len(due.parts)
    while at and due.parts[at - 1].due_on > part.due_on:
        at -= 1
    due.parts.insert(at, part)
    due.owed[part.component] += part.amount
    due.waived[part.component] += part.waived
    if due.left > 0:
        due.met_on = 0


def scheduled(dues: Sequence[Due]) -> list[Due]:
    """The dues of the schedule: neither on the day of a draw nor after the last due day."""
    return [due for due in dues if due.kind in (REGULAR, RE_AGED)]


def additional(dues: list[Due], day: int) -> Due:
    """The due after the last due day, made or moved on so that `day` lies in it."""
    for due in dues:
        if due.kind == ADDITIONAL:
            due.due_on = max(due.due_on, day)
            return due
    made = Due(ADDITIONAL, max(due.due_on for due in dues), day, 0, 0)
    dues.append(made)
    in_order(dues)
    return made


def due_of_day(dues: list[Due], day: int) -> Due:
    """The due in whose period a charge of that day falls: after its start, up to its due day; else the additional one.

    A charge on the first day of the first period falls in that one.
    """
    first = True
    for due in dues:
        if due.kind in (REGULAR, RE_AGED):
            if (due.start < day or (first and due.start == day)) and day <= due.due_on:
                return due
            first = False
    if day <= min(due.start for due in dues):
        return scheduled(dues)[0]
    return additional(dues, day)


def due_of_credit(dues: list[Due], day: int) -> Due:
    """The due to which an amount that is owed again goes: the next one after the day, the last one on its own day."""
    regular = scheduled(dues)
    for due in regular:
        if due.due_on > day:
            return due
    if not any(due.kind == ADDITIONAL for due in dues) and regular[-1].due_on == day:
        return regular[-1]
    return additional(dues, day)


def in_order(dues: list[Due]) -> None:
    """Sort dues by day; on one day a draw's own comes first."""
    dues.sort(key=lambda due: (due.due_on, due.kind != DOWN_PAYMENT, due.start))


def evenly(amount: int, count: int, multiple: int) -> list[int]:
    """An amount in equal shares, rounded half to even and to a multiple where there is one; the last has the rest.

    >>> evenly(87_500, 3, 1)
    [29167, 29167, 29166]
    """
    unit = max(multiple, 1) * count
    share, rest = divmod(amount, unit)
    share += int(2 * rest > unit or (2 * rest == unit and share % 2 == 1))
    if share == 0 and multiple > 1:
        return evenly(amount, count, 1)
    share *= max(multiple, 1)
    shares = [share] * count
    shares[-1] = amount - share * (count - 1)
    at = count - 1
    while shares[at] < 0:
        shares[at - 1] += shares[at]
        shares[at] = 0
        at -= 1
    return shares
