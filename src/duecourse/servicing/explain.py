"""Any figure of an account explained, as a tree down to postings, days, rates and rules.

What is explained is what was known on the day asked for: entries effective and booked by it and not reversed by then,
so that a figure reads as it was reported. On the open day, days are counted through the last closed one.
"""

from datetime import date

from duecourse.ledger.journal import atomically

from . import agreed, explain_known, explain_line, explain_loan
from .explain_tree import Node, NoSuchExplanation

AHEAD = ("payoff",)
"""The figures that may be asked of a day to come."""
NAMES = tuple(dict.fromkeys((*explain_line.FIGURES, *explain_loan.FIGURES)))
"""Every figure that can be explained, of a line or a loan."""


def explain(*, account: str, figure: str, on: date) -> Node:
    """A figure of the account with a number, on a day. The parts of every node add up to it exactly.

    Refuses an unknown account, a figure that it does not have, a day before its opening or after the open day.
    """
    return atomically(lambda: _explain(account, figure, on))


def open_day(*, account: str) -> date:
    """The open day of the account with a number: what is known now is what is known on it."""
    return explain_known.open_day(account)


def _explain(account: str, figure: str, on: date) -> Node:
    subject = explain_known.find(account, on, ahead=figure in AHEAD)
    area = explain_loan if agreed.is_loan(subject.terms_id) else explain_line
    if figure not in area.FIGURES:
        raise NoSuchExplanation(f"{figure!r} is none of {', '.join(area.FIGURES)}")
    return area.explained(subject, figure)
