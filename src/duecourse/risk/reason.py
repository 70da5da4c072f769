"""What a reason is: which feature tells it, when its sentence is true, and its words."""

from typing import NamedTuple


class Reason(NamedTuple):
    """One reason, for all features of the family of its code: the feature that it is told by, and its words.

    scale: what the value is multiplied by (100 for a share told in per cent; 0 for money, told in major units).
    more_than, less_than: between which the rounded value makes a true and telling sentence.
    """

    told_by: str
    scale: int
    decimals: int
    more_than: float
    less_than: float
    english: str
    chinese: str


FAR = float("inf")
MONEY = 0
