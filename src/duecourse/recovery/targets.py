"""What is to be back of charge-offs: the house's curves and the targets that persons set; actual against target."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from duecourse.kernel.money import PPM
from duecourse.ledger.journal import Refused
from duecourse.ledger.tables import Product
from duecourse.rules import charge_off_terms
from duecourse.rules.charge_off_terms import Curve

from .charge_off_tables import Target
from .cohorts import Cohort, month_number


class TargetRefused(Refused):
    """A target without a reason, of no product, or from no month."""

    code = "recovery_target_refused"


class Expected(NamedTuple):
    """What is to be back of a cohort: the curve, who set it ("": the house) and why."""

    curve: Curve
    by: str
    reason: str


class Against(NamedTuple):
    """A cohort against its target at the end of its last whole month after the charge-off (0: there is none yet).

    is_behind: less is back than was to be. expected_ppm: what is to be back at the curve's end if it goes on as so far,
    else the target's own.
    """

    cohort: Cohort
    expected: Expected
    month: int
    actual_ppm: int
    target_ppm: int
    is_behind: bool
    expected_ppm: int


def set_target(
    *, product: str, since: date, months: Sequence[int], share_ppm: Sequence[int], by: str, reason: str
) -> int:
    """Set what is to be back of a product's charge-offs from a month on; its number. The newest of a month counts."""
    if not reason.strip():
        raise TargetRefused("reason: say why")
    if not Product.objects.filter(code=product).exists():
        raise TargetRefused(f"product: {product!r} has no accounts")
    if since.day != 1:
        raise TargetRefused(f"since: {since} is not the first of a month")
    told, shares = charge_off_terms.curve_of(months, share_ppm, f"target of {product}")
    made = Target.objects.create(
        product=product, since=since, months=list(told), share_ppm=list(shares), by=by, reason=reason
    )
    return int(made.id)


def expected_of(cohorts: Sequence[Cohort]) -> dict[Cohort, Expected]:
    """What is to be back of each cohort: a person's newest target of the latest month on or before its own, else the
    house's curve of its first day."""
    rows = list(Target.objects.order_by("since", "id"))
    found = {}
    for one in cohorts:
        own = [row for row in rows if row.product == one.product and row.since <= one.month]
        if own:
            row = own[-1]
            curve = Curve("", tuple(row.months), tuple(row.share_ppm), False)
            found[one] = Expected(curve, row.by, row.reason)
        else:
            found[one] = Expected(charge_off_terms.curve(kind=one.kind, on=one.month), "", "")
    return found


def against(cohorts: Sequence[Cohort], *, day: date) -> list[Against]:
    """Each cohort against its target, as known on a day."""
    expected = expected_of(cohorts)
    return [compared(one, expected[one], whole_months(one.month, day)) for one in cohorts]


def whole_months(month: date, day: date) -> int:
    """How many months after a month are over at the close of a day.

    >>> whole_months(date(2024, 1, 1), date(2024, 3, 30)), whole_months(date(2024, 1, 1), date(2024, 3, 31))
    (1, 2)
    """
    is_last = (day + timedelta(days=1)).day == 1
    return max(0, month_number(day) - month_number(month) - 1 + is_last)


def compared(cohort: Cohort, expected: Expected, month: int) -> Against:
    """A cohort against what is expected of it, so many whole months after its own."""
    curve = expected.curve
    actual, target = cohort.share_ppm(month), curve.at(month)
    end = curve.at(curve.end)
    so_far = min(max(actual, 0) * end // target, PPM) if target else end
    expected_end = max(so_far, actual) if month < curve.end else actual
    return Against(cohort, expected, month, actual, target, month > 0 and actual < target, expected_end)
