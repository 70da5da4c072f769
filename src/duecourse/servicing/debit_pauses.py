"""Why an account is not debited though something is due: a dispute, a holiday, an arrangement, a charge-off.

What pauses is read from the acts that stand. A product's terms may let debits go on in each case.
"""

from datetime import date
from typing import NamedTuple

from duecourse.kernel.columns import FIELDS
from duecourse.kernel.debit import DebitTerms
from duecourse.ledger.journal import Locked
from duecourse.rules.read import day_number

from . import arrangements, changes
from .tables import Act

CHARGED_OFF = FIELDS.index("charged_off")
OF_CHARGE_OFF = ("charge_off", "write_off")


class Paused(NamedTuple):
    """Why an account is not debited: a code, and what stands in the way."""

    code: str
    detail: str


def reason(locked: Locked, terms: DebitTerms, day: date) -> Paused | None:
    """Why a locked account is not debited on a day; None where nothing stands in the way."""
    stands = changes.standing_acts(locked.account_id)
    if not terms.in_charge_off and (
        locked.fields[CHARGED_OFF] or any(one.kind in OF_CHARGE_OFF for one in stands.values())
    ):
        return Paused("charged_off", "the debt has left the books")
    if not terms.in_dispute:
        found = open_dispute(stands)
        if found is not None:
            return Paused("in_dispute", f"since {found.effective_day}: {found.reason}")
    if not terms.in_holiday:
        found = holiday(stands, day)
        if found is not None:
            return Paused("on_holiday", f"since {found.effective_day}: {found.reason}")
    if not terms.in_arrangement:
        stands_on = arrangements.standing(account=locked.account_id, on=day)
        if stands_on is not None:
            return Paused("in_arrangement", f"since {stands_on.since}")
    return None


def open_dispute(stands: dict[int, Act]) -> Act | None:
    """A dispute that nobody has decided."""
    decided = {one.body.get("act") for one in stands.values() if one.kind in ("dispute_upheld", "dispute_rejected")}
    return next((one for one in stands.values() if one.kind == "dispute" and one.id not in decided), None)


def holiday(stands: dict[int, Act], day: date) -> Act | None:
    """A deferral or a moved installment whose first day has come and whose new one has not."""
    today = day_number(day)
    for one in stands.values():
        first = {"deferral": "due_on", "reschedule": "since"}.get(one.kind)
        if first and one.body[first] <= today < one.body.get("until", 0):
            return one
    return None
