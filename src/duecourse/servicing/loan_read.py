"""What may be asked about a loan: what pays it off on a day."""

from datetime import date, timedelta
from typing import NamedTuple

from duecourse.kernel import loan, loan_row
from duecourse.kernel.loan import Quote
from duecourse.rules.read import day_number

from . import loans


class Quoted(NamedTuple):
    """What pays a loan off, and the part of its interest and penalty that is not charged on the eve of the day."""

    quote: Quote
    accrued: int


def quote(*, account: int, day: date) -> Quoted:
    """What pays a loan off on a day from the open day on, if nothing else is done to it until then."""
    held, on = loans.held(account=account, on=day - timedelta(days=1)).loan, day_number(day)
    found = loan.quote(held, on)
    stands = loan_row.position(loan.as_of(held, on), on - 1)
    return Quoted(found, found.interest + found.penalty - stands.interest - stands.penalty)
