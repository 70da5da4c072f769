"""What the rows of every queue are made of: cells, whom a row is about, days and amounts."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from duecourse.borrowers import names
from duecourse.servicing import explain_words
from duecourse.web import rights

MOST = 100
"""So many rows a queue shows at most."""


class Cell(NamedTuple):
    """One field of a row: the column's name, what it says, in small beside it, where it leads, how it is marked."""

    of: str
    text: str
    small: str = ""
    href: str = ""
    flag: str = ""
    is_number: bool = False


class Queue(NamedTuple):
    """A queue as its page tells it: what it is, in which order, its rows; how many there are, of them too late.

    beside: another page to go to from it, its words and where it is.
    """

    title: str
    about: str
    rows: list[list[Cell]]
    many: int
    late: int = 0
    beside: tuple[str, str] | None = None


class Count(NamedTuple):
    """How much waits, and how much of it is over its time."""

    many: int
    late: int = 0


def person_cell(request: HttpRequest, person: int, account: str, called: dict[int, str], small: str = "") -> Cell:
    """Whom a row is about: their page and name for who may see people, else their account."""
    if request.user.has_perm(rights.VIEW_PERSON):
        name = called.get(person) or gettext("person %(number)s") % {"number": person}
        return Cell(
            gettext("person"), name, " · ".join(filter(None, (account, small))), reverse("person", args=[person])
        )
    return Cell(gettext("account"), account, small, reverse("account", args=[account]) if account else "")


def called(request: HttpRequest, persons: Sequence[int]) -> dict[int, str]:
    """What persons are called, for who may know it."""
    return names.of(borrowers=persons) if request.user.has_perm(rights.VIEW_PERSON) else {}


def day_cell(of: str, day: date, today: date) -> Cell:
    """A day by which something is to be done; one that is over is marked."""
    return Cell(of, day.isoformat(), flag="bad" if day < today else "")


def money_cell(of: str, minor: int, currency: str, exponent: int) -> Cell:
    """An amount with its currency."""
    return Cell(of, f"{explain_words.money(minor, exponent)} {currency}", is_number=True)
