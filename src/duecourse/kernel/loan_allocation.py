"""How a payment is shared out over the dues of a loan: by class, component, oldest first or component first.

A class says how a due stands to the day of the payment: past due, due that day, in advance. A charge with a due day of
its own that has come is no more in advance, whatever due it lies in.
"""

from collections.abc import Sequence
from functools import cache
from typing import Protocol

from .loan_dues import Due, pay
from .loan_terms import CREDIT, DUE, IN_ADVANCE, LAST, NEXT_LAST, OLDEST_FIRST, PAST_DUE, RE_AMORTISED
from .terms import FEE, PENALTY, PRINCIPAL


class Hooks(Protocol):
    """What a loan whose interest follows its payments does before a due is met in advance, and after a part is met."""

    def ready(self, due: Due, component: int) -> None:
        """A component of a due is about to be met in advance."""

    def met(self, due: Due, component: int, amount: int) -> None:
        """So much of a component of a due has been met."""


def class_of(due: Due, day: int) -> int:
    """How a due stands to a day."""
    if due.due_on < day:
        return PAST_DUE
    return DUE if due.due_on == day else IN_ADVANCE


def come_due(due: Due, component: int, day: int, asked: int) -> int:
    """What is left of charges in a due that is in advance whose own day has passed (PAST_DUE) or is today (DUE)."""
    return sum(
        part.amount - part.paid - part.waived
        for part in due.parts
        if part.component == component
        and part.due_on
        and (part.due_on < day if asked == PAST_DUE else part.due_on == day)
    )


def left_in(due: Due, step: int, day: int) -> int:
    """What a step of the order finds in a due on a day.

    >>> left_in(Due(0, 100, 130, 5_000, 200), PAST_DUE + 2, 131)
    200
    """
    component = step % 10
    asked = step - component
    own = class_of(due, day)
    if own != IN_ADVANCE or not due.parts or component not in (FEE, PENALTY):
        return due.left_of(component) if own == asked else 0
    if asked != IN_ADVANCE:
        return come_due(due, component, day, asked)
    return due.left_of(component) - sum(come_due(due, component, day, each) for each in (PAST_DUE, DUE))


class _Sharing:
    """One payment on its way: what is left of it and what was taken by component."""

    __slots__ = ("day", "dues", "hooks", "left", "may_be_due", "taken")

    def __init__(self, dues: Sequence[Due], amount: int, day: int, hooks: Hooks | None) -> None:
        self.dues = dues
        self.left = amount
        self.day = day
        self.hooks = hooks
        self.taken = [0, 0, 0, 0, 0]
        self.may_be_due = [due for due in dues if due.due_on <= day or due.parts]

    def meet(self, due: Due, component: int, most: int) -> int:
        """Meet a component of a due with what is left, up to an amount."""
        taken = pay(due, component, min(most, self.left), self.day)
        if taken:
            self.left -= taken
            self.taken[component] += taken
            if self.hooks:
                self.hooks.met(due, component, taken)
        return taken

    def due_now(self, steps: Sequence[int]) -> None:
        """Meet what is past due or due: the oldest due first, by the steps."""
        day = self.day
        for due in self.may_be_due:
            if due.met_on:
                continue
            for step in steps:
                if not self.left:
                    return
                found = left_in(due, step, day)
                if found:
                    self.meet(due, step % 10, found)

    def in_advance(self, steps: Sequence[int], excess: int) -> None:
        """Meet what is not due yet, in the dues that the rule for an excess picks, until nothing more can be met."""
        moved = True
        while self.left and moved:
            moved = False
            picked = self.picked(steps, excess)
            for step in steps:
                share, over = _half_even(self.left, len(picked)) if picked else (0, 0)
                for at, due in enumerate(picked):
                    if self.hooks:
                        self.hooks.ready(due, step % 10)
                    most = share + (over if at == len(picked) - 1 else 0)
                    most = min(most, left_in(due, step, self.day))
                    moved = bool(self.meet(due, step % 10, most)) or moved

    def asks(self, due: Due, steps: Sequence[int]) -> bool:
        """Whether the steps find something in a due in advance, if it is met on the day."""
        if self.hooks:
            self.hooks.ready(due, PRINCIPAL)
        if due.parts:
            return any(left_in(due, step, self.day) for step in steps)
        return any(step >= IN_ADVANCE and due.left_of(step % 10) for step in steps)

    def picked(self, steps: Sequence[int], excess: int) -> list[Due]:
        """The dues in advance that the rule for an excess picks next."""
        if excess == CREDIT:
            return []
        day = self.day
        open_dues = (
            due
            for due in (self.dues if excess != LAST else reversed(self.dues))
            if due.due_on > day and not due.met_on and self.asks(due, steps)
        )
        if excess == RE_AMORTISED:
            return list(open_dues)
        first = next(open_dues, None)
        if first is None:
            return []
        if excess == NEXT_LAST and first.start > day:
            return [[first, *open_dues][-1]]
        return [first]


def _half_even(amount: int, count: int) -> tuple[int, int]:
    """An even share of an amount, and what the last gets more or less than it."""
    share, rest = divmod(amount, count)
    share += int(2 * rest > count or (2 * rest == count and share % 2 == 1))
    return share, amount - share * count


def share_out(
    dues: Sequence[Due],
    amount: int,
    day: int,
    order: Sequence[int],
    processing: int,
    excess: int,
    hooks: Hooks | None = None,
) -> list[int]:
    """Share a payment out over dues in the order of their days; gives what was taken by component, the excess at 0.

    >>> dues = [Due(0, 100, 130, 5_000, 200), Due(0, 130, 160, 5_000, 100)]
    >>> share_out(dues, 6_000, 130, (12, 11, 22, 21), OLDEST_FIRST, LAST)
    [0, 5700, 300, 0, 0]
    """
    sharing = _Sharing(dues, amount, day, hooks)
    for together in grouped(tuple(order), processing):
        if together[0] >= IN_ADVANCE:
            sharing.in_advance(together, excess)
        else:
            sharing.due_now(together)
    sharing.taken[0] = sharing.left
    return sharing.taken


@cache
def grouped(order: tuple[int, ...], processing: int) -> tuple[tuple[int, ...], ...]:
    """The steps of an order that are taken together: each alone, or those of one class, classes as they first come.

    An order that does not speak of what is past due means it with what is due.

    >>> grouped((DUE + 2, DUE + 1, IN_ADVANCE + 1), OLDEST_FIRST)
    ((2, 1), (12, 11), (21,))
    """
    if all(step >= DUE for step in order):
        order = tuple(step - DUE for step in order if step < IN_ADVANCE) + order
    if processing != OLDEST_FIRST:
        return tuple((step,) for step in order)
    classes: dict[int, list[int]] = {}
    for step in order:
        classes.setdefault(step // 10, []).append(step)
    return tuple(tuple(steps) for steps in classes.values())
