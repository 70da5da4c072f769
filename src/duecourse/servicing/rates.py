"""Terms that change in time: a rate from a day, a pause of interest from one day to another."""

from collections.abc import Mapping
from datetime import date, timedelta

from duecourse.ledger.journal import Refused
from duecourse.rules.read import RANGES

from . import changes
from .changes import Coming, Done
from .steps import CHANGEABLE


class NotATermToChange(Refused):
    """The term cannot be changed after the opening, or not to this value."""

    code = "not_a_term_to_change"


class DaysInWrongOrder(Refused):
    """A time ends before it begins."""

    code = "days_in_wrong_order"


PAUSED = {"rate_ppm": 0, "late_rate_ppm": 0}


def refuse_terms(account: int, terms: Mapping[str, int]) -> None:
    """Refuse terms that cannot be changed, and values that a product could not have."""
    if not terms:
        raise NotATermToChange(f"account {account}: no term is named")
    for name, value in terms.items():
        low, high = RANGES.get(name, (0, 0))
        if name not in CHANGEABLE or type(value) is not int or not low <= value <= high:
            raise NotATermToChange(f"account {account}: {name} cannot be {value!r}")


def change(*, account: int, terms: Mapping[str, int], on: date, by: str, reason: str, key: str) -> Done:
    """Change terms (by name) for good from a day on; interest grows at a new rate from that day.

    What has accrued stays accrued and is charged on the cycle day, at the rates of its days.
    """
    refuse_terms(account, terms)
    body = {"terms": dict(terms)}
    return changes.do(
        account=account, kind="terms", on=on, by=by, reason=reason, key=key, body=body, on_later_days=True
    )


def relieve(*, account: int, terms: Mapping[str, int], first: date, last: date, by: str, reason: str, key: str) -> Done:
    """Let other terms hold from one day through another; then those hold again that would have held without it."""
    refuse_terms(account, terms)
    if last < first:
        raise DaysInWrongOrder(f"account {account}: {last} is before {first}")

    def follows(act: int) -> list[Coming]:
        return [Coming("relief_end", last + timedelta(days=1), {"act": act})]

    body = {"terms": dict(terms), "last": str(last)}
    return changes.do(
        account=account, kind="relief", on=first, by=by, reason=reason, key=key, body=body, follows=follows,
        on_later_days=True,
    )  # fmt: skip


def pause(*, account: int, first: date, last: date, by: str, reason: str, key: str) -> Done:
    """Let no interest grow from one day through another, ordinary or late."""
    return relieve(account=account, terms=PAUSED, first=first, last=last, by=by, reason=reason, key=key)
