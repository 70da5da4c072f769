"""Fees charged by a person or a rule, and waivers of what is charged."""

from datetime import date

from duecourse.kernel import line_acts
from duecourse.kernel.money import AMOUNT_MAX
from duecourse.kernel.terms import FEE, INTEREST, PENALTY
from duecourse.ledger.journal import Refused

from . import changes
from .changes import Done
from .refusals import MoreThanCharged, NotAnAmount
from .steps import Stand

COMPONENTS = {"interest": INTEREST, "fee": FEE, "penalty": PENALTY}


class NoSuchComponent(Refused):
    """What is charged is interest, fee or penalty."""

    code = "no_such_component"


def refuse_amount(account: int, amount_minor: int) -> None:
    """Refuse what is no amount of money."""
    if not 0 < amount_minor <= AMOUNT_MAX:
        raise NotAnAmount(f"account {account}: {amount_minor} is not between 1 and {AMOUNT_MAX}")


def charge(*, account: int, amount_minor: int, on: date, by: str, reason: str, key: str) -> Done:
    """Charge a fee: the coming statement bills it; a credit balance meets it at once."""
    refuse_amount(account, amount_minor)
    body = {"amount": amount_minor}
    return changes.do(account=account, kind="fee", on=on, by=by, reason=reason, key=key, body=body, on_later_days=True)


def waive(*, account: int, component: str, amount_minor: int, on: date, by: str, reason: str, key: str) -> Done:
    """Waive interest, fee or penalty that is charged; dues fall with it.

    What was never recognised as income comes off the suspended income, the rest goes against income.
    """
    refuse_amount(account, amount_minor)
    if component not in COMPONENTS:
        raise NoSuchComponent(f"{component!r} is none of {', '.join(COMPONENTS)}")
    part = COMPONENTS[component]

    def may(stand: Stand) -> None:
        there = line_acts.charged(stand.account, part)
        if amount_minor > there:
            raise MoreThanCharged(f"account {account}: {amount_minor} is more than the {there} of {component} charged")

    body = {"component": part, "amount": amount_minor}
    return changes.do(account=account, kind="waiver", on=on, by=by, reason=reason, key=key, body=body, may=may)
