"""Which merchant categories (ISO 18245) are like cash: transfers, cash, securities, stored value, betting."""

from datetime import date

from .fields import TermsRefused
from .read import in_force

PATH = "house/categories.toml"
LEAST, MOST = 1, 9_999


def cash_like(*, on: date) -> tuple[int, ...]:
    """The categories that are like cash on a day, in order; `terms_refused` where one has more than four digits, or
    none is named."""
    return checked(in_force(PATH, "cash_like", on)["categories"], where=PATH)


def checked(told: object, *, where: str) -> tuple[int, ...]:
    """The same, refused where they are no categories."""
    if not isinstance(told, (list, tuple)) or not told:
        raise TermsRefused(f"{where}: categories is {told!r}; it must name one at the least")
    for one in told:
        if isinstance(one, bool) or not isinstance(one, int) or not LEAST <= one <= MOST:
            raise TermsRefused(f"{where}: categories has {one!r}; a merchant category has four digits")
    return tuple(sorted(set(told)))
