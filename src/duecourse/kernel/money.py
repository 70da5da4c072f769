"""Whole minor units, rates per million, rounding said aloud."""

PPM = 1_000_000
AMOUNT_MAX = 10**10
"""The largest amount of one account, in minor units; the doors refuse what is larger."""
RATE_MAX_PPM = 10**6
"""The highest yearly rate: 100%."""
SPAN_MAX = 366
"""The longest jump between two touches of an account, in days."""

assert AMOUNT_MAX * RATE_MAX_PPM * SPAN_MAX + PPM * 366 < 2**63, "compiled int64 would wrap"


def quotient(amount: int, by: int) -> int:
    """`amount // by` for amount >= 0 and by > 0; the compiled lane divides without a sign, which is much faster.

    >>> quotient(17, 5)
    3
    """
    return amount // by


def ceil_div(amount: int, by: int) -> int:
    """Divide and round up; both above or equal to zero.

    >>> ceil_div(101, 10)
    11
    """
    return quotient(amount + by - 1, by)


def share_up(amount: int, share_ppm: int) -> int:
    """A share of an amount, rounded up to a whole minor unit.

    >>> share_up(33_335, 100_000)
    3334
    """
    return ceil_div(amount * share_ppm, PPM)


def portion(amount: int, part: int, whole: int) -> int:
    """`amount * part // whole` for 0 <= part <= whole <= AMOUNT_MAX, without leaving int64.

    The product may need more than 63 bits, so `part` goes in two halves of 17 bits. `amount` is below 2**45.

    >>> portion(3_660_000_000_000, 9_999_999_999, 10_000_000_000)
    3659999999634
    """
    high = part >> 17
    low = part & 131_071
    first = amount * high
    return (first // whole << 17) + ((first % whole << 17) + amount * low) // whole
