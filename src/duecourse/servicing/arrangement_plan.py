"""What an arrangement may say: its plan and its terms, as plain values, and the refusals of those that cannot be."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from duecourse.kernel.arrangement import Amount as KernelAmount
from duecourse.kernel.arrangement import Tolerance
from duecourse.kernel.money import AMOUNT_MAX, RATE_MAX_PPM
from duecourse.ledger.journal import Refused
from duecourse.rules import arrangement_terms
from duecourse.rules.read import Product, day_number

from .fees import COMPONENTS as OF_CHARGES
from .fees import NoSuchComponent

COMPONENTS = {"principal": 1, **OF_CHARGES}


class NotAPlan(Refused):
    """An arrangement that contradicts itself, changes nothing, or asks for nothing."""

    code = "not_a_plan"


class ArrangementTooLong(Refused):
    """The law lets a plan of installments go on for no longer."""

    code = "arrangement_too_long"


class Amount(NamedTuple):
    """What is to be paid by a day."""

    due_on: date
    amount_minor: int


class Deferral(NamedTuple):
    """The due of a day that moves to a later one; of a loan those after it follow."""

    due_on: date
    until: date


class Rate(NamedTuple):
    """The rate that bears from the day of the arrangement through a day (None: for as long as it stands).

    At 0 no interest grows, ordinary or late.
    """

    rate_ppm: int
    until: date | None = None


class Spread(NamedTuple):
    """New dues of a line in equal parts: for what is past due, or for all that is owed (个性化分期)."""

    due_days: tuple[date, ...]
    whole: bool = False


class ReAge(NamedTuple):
    """New installments of a loan for all that is owed, from a day on: so many, every so many units of time."""

    number: int
    first: date
    every: int = 1
    unit: int = 3


class Forgiven(NamedTuple):
    """What is forgiven of a component (None: all that is charged of it): at once, or when the plan is fulfilled."""

    component: str
    amount_minor: int | None = None
    at_once: bool = False


class Plan(NamedTuple):
    """What is agreed. What is left out stays as it is.

    `amounts`: what is to be paid by which day (none named: the dues that the arrangement makes). `more_installments`
    lengthens a loan, `grace` spares it principal for so many installments, `re_amortised` spreads what is past due over
    those to come. `forgives_rest`: once the amounts are paid nothing is owed any more (a settlement for less).
    `stops_late_fees`: while it stands (a loan: late interest). `revoked_when_broken`: what was forgiven at once is owed
    again if it is broken. An amount may come `tolerance_days` late and `tolerance_minor` may be missing of all asked so
    far; money that makes up for what is missing within `cure_days` of the break cures it.
    """

    amounts: tuple[Amount, ...] = ()
    deferrals: tuple[Deferral, ...] = ()
    rate: Rate | None = None
    spread: Spread | None = None
    re_age: ReAge | None = None
    more_installments: int = 0
    grace: int = 0
    re_amortised: bool = False
    forgiven: tuple[Forgiven, ...] = ()
    forgives_rest: bool = False
    stops_late_fees: bool = False
    revoked_when_broken: bool = True
    tolerance_days: int = 0
    tolerance_minor: int = 0
    cure_days: int = 0

    @property
    def tolerance(self) -> Tolerance:
        """As the kernel takes it."""
        return Tolerance(self.tolerance_days, self.tolerance_minor, self.cure_days)

    @property
    def rate_ends_on(self) -> int:
        """The day number from which the old rate bears again; 0 where that follows from how the arrangement stands."""
        return day_number(self.rate.until) + 1 if self.rate and self.rate.until else 0


def body_of(plan: Plan) -> dict[str, Any]:
    """A plan as it is kept; what is left out is left out."""
    found = {}
    for name, value in plan._asdict().items():
        if value != Plan._field_defaults[name]:
            found[name] = plain(value)
    return found


def plain(value: Any) -> Any:
    """Dates as text and tuples as lists, as JSON has them."""
    if isinstance(value, date):
        return str(value)
    return [plain(one) for one in value] if isinstance(value, tuple) else value


def plan_from(body: Mapping[str, Any]) -> Plan:
    """A plan that was kept."""
    told = dict(body)
    if "amounts" in told:
        told["amounts"] = tuple(Amount(date.fromisoformat(on), minor) for on, minor in told["amounts"])
    if "deferrals" in told:
        told["deferrals"] = tuple(Deferral(*map(date.fromisoformat, days)) for days in told["deferrals"])
    if "rate" in told:
        rate_ppm, until = told["rate"]
        told["rate"] = Rate(rate_ppm, date.fromisoformat(until) if until else None)
    if "spread" in told:
        days, whole = told["spread"]
        told["spread"] = Spread(tuple(map(date.fromisoformat, days)), whole)
    if "re_age" in told:
        number, first, every, unit = told["re_age"]
        told["re_age"] = ReAge(number, date.fromisoformat(first), every, unit)
    if "forgiven" in told:
        told["forgiven"] = tuple(Forgiven(*one) for one in told["forgiven"])
    return Plan(**told)


def in_kernel(amounts: tuple[Amount, ...]) -> list[KernelAmount]:
    """Amounts as the kernel takes them."""
    return [KernelAmount(day_number(one.due_on), one.amount_minor) for one in amounts]


def refuse(account: int, plan: Plan, on: date, product: Product) -> None:
    """Refuse a plan that cannot be, whatever the account: days, amounts, rates, and how long the law lets it be."""
    if plan == Plan(plan.amounts):
        raise NotAPlan(f"account {account}: it would change nothing")
    days = [one.due_on for one in plan.amounts]
    new_days = list(plan.spread.due_days) if plan.spread else [plan.re_age.first] if plan.re_age else []
    for told in (days, new_days):
        if told != sorted({*told}) or any(one <= on for one in told):
            raise NotAPlan(f"account {account}: the days of a plan come in order, after {on}")
    if plan.spread and not new_days:
        raise NotAPlan(f"account {account}: new dues need days")
    if any(not 0 < one.amount_minor <= AMOUNT_MAX for one in plan.amounts):
        raise NotAPlan(f"account {account}: an amount is not between 1 and {AMOUNT_MAX}")
    if plan.forgives_rest and not plan.amounts:
        raise NotAPlan(f"account {account}: a settlement names what is to be paid")
    if plan.rate and not 0 <= plan.rate.rate_ppm <= RATE_MAX_PPM:
        raise NotAPlan(f"account {account}: a rate of {plan.rate.rate_ppm} is not between 0 and {RATE_MAX_PPM}")
    if plan.rate and plan.rate.until and plan.rate.until < on:
        raise NotAPlan(f"account {account}: {plan.rate.until} is before {on}")
    if any(one.until <= max(one.due_on, on) for one in plan.deferrals):
        raise NotAPlan(f"account {account}: a due moves to a later day, and one after {on}")
    if min(plan.tolerance_days, plan.tolerance_minor, plan.cure_days, plan.more_installments, plan.grace) < 0:
        raise NotAPlan(f"account {account}: a number below zero")
    for one in plan.forgiven:
        if one.component not in COMPONENTS:
            raise NoSuchComponent(f"{one.component!r} is none of {', '.join(COMPONENTS)}")
        if one.amount_minor is not None and not 0 < one.amount_minor <= AMOUNT_MAX:
            raise NotAPlan(f"account {account}: {one.amount_minor} of {one.component} is no amount")
    longest = arrangement_terms.longest(product.place, product.kind, on)
    number = len(new_days) if plan.spread else plan.re_age.number if plan.re_age else 0
    if longest and number > longest.months:
        raise ArrangementTooLong(f"account {account}: {number} parts; at most {longest.months} ({longest.cite})")
    if longest and max([*days, *new_days], default=on) > longest.last:
        raise ArrangementTooLong(f"account {account}: no day after {longest.last} ({longest.cite})")
