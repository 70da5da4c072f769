"""The installment that repays a principal with its interest in equal parts, exactly, and how it is rounded."""

from collections.abc import Sequence

from .loan_terms import DOWN, DOWNWARD, HALF_EVEN, HALF_UP, NEAREST


def rounded(amount: int, by: int, rounding: int) -> int:
    """`amount / by` as a whole number, for amount >= 0 and by > 0; HALF_EVEN, HALF_UP or DOWN.

    >>> rounded(5, 2, HALF_EVEN), rounded(7, 2, HALF_EVEN), rounded(-5, 2, DOWN)
    (2, 4, -2)
    """
    if amount < 0:
        return -rounded(-amount, by, rounding)
    whole, rest = divmod(amount, by)
    if rounding == DOWN or 2 * rest < by:
        return whole
    if 2 * rest > by or rounding != HALF_EVEN:
        return whole + 1
    return whole + whole % 2


def to_multiple(amount: int, by: int, multiple: int, direction: int, rounding: int) -> int:
    """`amount / by` rounded once, to a multiple: to the nearest (a half up), down or up.

    A positive amount that this would make nothing is rounded to a whole unit instead, and so is any amount where the
    multiple is 1.

    >>> to_multiple(36_062, 1, 100, NEAREST, HALF_EVEN), to_multiple(172_499, 2, 100, NEAREST, HALF_EVEN)
    (36100, 86200)
    """
    if multiple <= 1:
        return rounded(amount, by, rounding)
    if direction == NEAREST:
        found = rounded(amount, by * multiple, HALF_UP)
    elif direction == DOWNWARD:
        found = amount // (by * multiple)
    else:
        found = -(-amount // (by * multiple))
    return found * multiple or rounded(amount, by, rounding)


def level(principal: int, rates: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The exact installment, as a fraction, that repays a principal over periods whose interest is `over / under` of
    what is left: principal x product of (1 + r) / f(n), with f(1) = 1 and f(k) = 1 + f(k - 1)(1 + r(k)).

    >>> numerator, denominator = level(1_000_000, [(1, 100)] * 3)
    >>> rounded(numerator, denominator, HALF_EVEN)
    340022
    """
    first_over, first_under = rates[0]
    grown = principal * (first_under + first_over)
    function, scale = 1, 1
    for over, under in rates[1:]:
        scale *= under
        function = scale + function * (under + over)
        grown *= under + over
    return grown, first_under * function


def level_over(principal: int, overs: Sequence[int], under: int) -> tuple[int, int]:
    """The same where all periods share a denominator.

    >>> level_over(1_000_000, [1, 1, 1], 100) == level(1_000_000, [(1, 100)] * 3)
    True
    """
    function = scale = 1
    grown = principal * (under + overs[0])
    for over in overs[1:]:
        scale *= under
        step = under + over
        function = scale + function * step
        grown *= step
    return grown, under * function


def level_alike(principal: int, count: int, over: int, under: int) -> tuple[int, int]:
    """The same where all periods bear `over / under`, without a loop.

    >>> level_alike(1_000_000, 3, 0, 100)
    (1000000, 3)
    >>> rounded(*level_alike(1_000_000, 3, 1, 100), HALF_EVEN)
    340022
    """
    if over == 0:
        return principal, count
    grown = (under + over) ** count
    return principal * grown * over, under * (grown - under**count)
