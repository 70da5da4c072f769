"""What the house offers of installments to who wants to pay a statement in parts."""

from datetime import date
from typing import NamedTuple

from .read import in_force

PATH = "house/conversions.toml"


class Offered(NamedTuple):
    """The way in which installments cost (`servicing.conversions.WAYS`), its share per million, and how many there may
    be."""

    way: str
    share_ppm: int
    counts: tuple[int, ...]


def offered(*, on: date) -> Offered:
    """What is offered on a day."""
    row = in_force(PATH, "offered", on)
    return Offered(row["way"], row["share_ppm"], tuple(row["counts"]))
