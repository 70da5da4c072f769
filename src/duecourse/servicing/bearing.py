"""What accounts bear of interest for their product, what they have earned, and by how much a change moves both."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from duecourse.kernel.account import WIDTH, Account
from duecourse.kernel.accrual import bases, grow
from duecourse.ledger import chart
from duecourse.ledger.journal import Locked
from duecourse.ledger.tables import Shift

from . import agreed
from .replay import Line


def earned(account: Account, told: agreed.Agreed) -> tuple[int, int]:
    """Interest and late interest accrued and recognised, in carry units."""
    if account.nonaccrual:
        return 0, 0
    accrued = account.accrued
    return (
        accrued.interest * told.units + accrued.interest_carry,
        accrued.penalty * told.units + accrued.penalty_carry,
    )


def shift(locked: Locked, moved: "Moved") -> None:
    """Tell the seal what a change moved of the product's base of interest, if it did."""
    if any(moved):
        Shift.objects.create(
            booked_day=locked.open_day,
            product_id=locked.product_id,
            during_interest=moved.interest,
            during_penalty=moved.penalty,
            jump_interest=moved.jump_interest,
            jump_penalty=moved.jump_penalty,
        )


class Moved(NamedTuple):
    """By how much a product's base of interest and late interest moved, and the income of earlier days with it."""

    interest: int
    penalty: int
    jump_interest: int
    jump_penalty: int


def bearing(account: Account, dues: Sequence[int], told: agreed.Agreed) -> tuple[int, int]:
    """What an account bears of ordinary and late interest (principal x rate); nothing while none is recognised."""
    base = bases(account, list(dues), 0, len(dues) // WIDTH, told.terms)
    earning = 1 - account.nonaccrual
    return base.ordinary * told.terms.rate_ppm * earning, base.late * told.terms.late_rate_ppm * earning


def moved_by(
    told: agreed.Agreed,
    day: int,
    was: tuple[Account, Sequence[int]] | None,
    now: tuple[Account, Sequence[int]],
    entries: Iterable[tuple[int, Mapping[str, int]]],
    *,
    then: agreed.Agreed | None = None,
) -> Moved:
    """What replacing an account's state by another moves at the close of `day`; `was` is None for a new account.

    `entries` (kind and amounts) are those posted for it. Charges move `accrued`, the rest of the difference is a jump.
    `then`: the terms of the state that replaces, where they are others.
    """
    borne, earned_by = [], []
    for state, of_state in ((was, told), (now, then or told)):
        if state is None:
            borne.append((0, 0))
            earned_by.append((0, 0))
            continue
        account, dues = state
        grown = grow(account, list(dues), 0, len(dues) // WIDTH, of_state.terms, day)
        borne.append(bearing(grown, dues, of_state))
        earned_by.append(earned(grown, of_state))
    charged = [amounts for kind, amounts in entries if kind == chart.CHARGE and amounts.get("accrued")]
    return Moved(
        borne[1][0] - borne[0][0],
        borne[1][1] - borne[0][1],
        earned_by[1][0] - earned_by[0][0] + sum(one.get("interest", 0) for one in charged) * told.units,
        earned_by[1][1] - earned_by[0][1] + sum(one.get("penalty", 0) for one in charged) * told.units,
    )


def named(line: Line) -> tuple[int, dict[str, int]]:
    """A line's kind and its amounts by control account."""
    return line.kind, dict(zip(chart.COLUMNS, line.amounts, strict=True))
