"""How the lender draws watch lists: what a contact is taken to avoid, what a miss costs, who is kept out."""

from datetime import date
from typing import NamedTuple

from duecourse.kernel.money import PPM

from .fields import TermsRefused
from .read import in_force

PATH = "house/watch.toml"


class WatchTerms(NamedTuple):
    """Shares in parts per million.

    avoided_ppm: of the misses that would come, those that a contact avoids. lost_ppm: of what is owed, what is lost
    in the end with a miss. control_ppm: of a list, those who get nothing extra.
    """

    avoided_ppm: int
    lost_ppm: int
    control_ppm: int


def watch_terms(*, on: date) -> WatchTerms:
    """How watch lists are drawn on a day."""
    row = in_force(PATH, "watch", on)
    return checked(WatchTerms(*(row[name] for name in WatchTerms._fields)), where=PATH)


def checked(terms: WatchTerms, *, where: str) -> WatchTerms:
    """The same, refused where a share is none: above 0 and at most all, and a control group that leaves some."""
    for name, value in terms._asdict().items():
        most = PPM - 1 if name == "control_ppm" else PPM
        if not isinstance(value, int) or not (name != "control_ppm") <= value <= most:
            raise TermsRefused(
                f"{where}: {name} is {value!r}; it must be a whole number of parts per million, at most {most}"
            )
    return terms
