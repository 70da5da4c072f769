"""The options for an account of somebody who cannot pay as agreed: what each asks, costs and is worth; which to offer.

Each is a plan that the account can have, looked at to the unit by servicing.outlook. Which are offered: those that fit
what the household can pay and that no other one beats in what is paid a month, in what it costs, and in what the lender
gets, all at once.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from duecourse.kernel.money import PPM
from duecourse.ledger.journal import Refused
from duecourse.rules.hardship_terms import Expected, OptionTerms
from duecourse.servicing import agreed, outlook
from duecourse.servicing.arrangement_plan import Amount, Deferral, Forgiven, Plan, Rate, ReAge, Spread
from duecourse.servicing.outlook import Held, Outlook

AS_AGREED = "as_agreed"
KINDS = (
    AS_AGREED, "deferral", "past_due_spread", "installments", "rate_relief", "interest_freeze", "fees_forgiven",
    "longer", "no_principal", "re_age", "settlement",
)  # fmt: skip
GOES_ON = ("deferral", "past_due_spread")
"""What asks for a time only: the account then goes on as it was agreed."""
TOLERANCE_DAYS, CURE_DAYS = 3, 10
YEAR_DAYS = 365


class Option(NamedTuple):
    """One option: what it asks, and what is taken to come of it.

    chance_ppm: that it is completed; value_minor: what the lender is taken to get, discounted; both are estimates by
    rules/house/hardship.toml. fits: no month asks more than the household can pay. beaten: another is as good in all.
    """

    kind: str
    plan: Plan
    shown: Outlook
    chance_ppm: int
    value_minor: int
    fits: bool
    beaten: bool = False

    @property
    def installments(self) -> int:
        """How many payments there are."""
        return len(self.shown.payments)


class Offers(NamedTuple):
    """What is offered, in order of cost; every option computed; the account as agreed; what nothing is worth.

    not_possible: options that the account cannot have, by kind, with the code of the refusal.
    """

    offered: tuple[Option, ...]
    computed: tuple[Option, ...]
    as_agreed: Option
    nothing_minor: int
    not_possible: tuple[tuple[str, str], ...]


def solve(*, at: Held, days_past_due: int, left_minor: int, terms: OptionTerms, expected: Expected) -> Offers:
    """The options of an account for a household that can pay so much a month, and which of them to offer."""
    judge = Judge(at, days_past_due, left_minor, expected)
    computed: list[Option] = []
    refused: dict[str, str] = {}
    for kind, plans in candidates(at, terms):
        found = 0
        for plan in plans:
            try:
                shown = outlook.look_at(at, plan)
            except Refused as fault:
                refused.setdefault(kind, fault.code)
                continue
            goes_on = kind in GOES_ON
            if not shown.payments or (shown.left_minor and not goes_on):
                continue
            computed.append(judge.option(kind, plan if goes_on else outlook.as_shown(plan, shown), shown))
            found += computed[-1].fits
            if found > 1 and kind not in ("settlement", "past_due_spread"):
                break  # a longer one asks still less a month and costs more: two that fit are enough to choose from
    agreed_shown = outlook.look_at(at, None)
    as_agreed = judge.option(AS_AGREED, Plan(), agreed_shown)
    all_figures = {figures(one) for one in computed}
    marked = [one._replace(beaten=is_beaten(figures(one), all_figures)) for one in computed]
    keeps_up = as_agreed.fits and not days_past_due
    best = sorted(
        (one for one in marked if one.fits and not one.beaten and is_fair(one, keeps_up, judge.nothing_minor)),
        key=lambda one: (one.shown.cost_minor, one.shown.most_in_a_month),
    )
    there = {one.kind for one in computed}
    impossible = tuple((kind, code) for kind, code in refused.items() if kind not in there)
    return Offers(spread_over(best, terms.most_offered), tuple(marked), as_agreed, judge.nothing_minor, impossible)


def is_fair(one: Option, keeps_up: bool, nothing_minor: int) -> bool:
    """Whether an option is for this borrower: who can pay as agreed gets time alone, and nothing is settled for less
    than doing nothing is worth."""
    if keeps_up:
        return one.kind in GOES_ON
    return one.kind != "settlement" or one.value_minor >= nothing_minor


def spread_over(best: Sequence[Option], most: int) -> tuple[Option, ...]:
    """At most so many: the cheapest of each kind first, then the others; in order of cost."""
    first = {one.kind: one for one in reversed(best)}
    chosen = [one for one in best if first[one.kind] is one]
    chosen += [one for one in best if one not in chosen]
    return tuple(sorted(chosen[:most], key=lambda one: (one.shown.cost_minor, one.shown.most_in_a_month)))


Figures = tuple[int, int, int]


def is_beaten(mine: Figures, others: Collection[Figures]) -> bool:
    """Whether another asks no more a month, costs no more and is worth no less, and is better in one of these."""
    month, cost, value = mine
    return any(one[0] <= month and one[1] <= cost and one[2] <= value and one != mine for one in others)


def figures(one: Option) -> Figures:
    """What is compared, each the less the better."""
    return one.shown.most_in_a_month, one.shown.cost_minor, -one.value_minor


class Judge(NamedTuple):
    """Tells what is to be expected of an option."""

    at: Held
    days_past_due: int
    left_minor: int
    expected: Expected

    @property
    def nothing_minor(self) -> int:
        """What the lender is taken to get if nothing is done, discounted: it comes in over so many months."""
        owed = self.at.owed_minor
        came = owed * self.expected.recovered_ppm(self.days_past_due) // PPM
        return round(came * self.discount(YEAR_DAYS * self.expected.recovered_months // 24))

    def discount(self, in_days: int) -> float:
        """What a unit in so many days is worth now."""
        return float((1 + self.expected.discount_ppm / PPM) ** (-in_days / YEAR_DAYS))

    def option(self, kind: str, plan: Plan, shown: Outlook) -> Option:
        """An option with its estimates: each month is kept with a chance that falls with the strain it is.

        Where it breaks, what is left comes in as if nothing had been done.
        """
        alive, value, left = 1.0, 0.0, shown.owed_minor
        recovered = self.expected.recovered_ppm(max(self.days_past_due, 31)) / PPM
        for one in shown.payments:
            strain = one.amount_minor / self.left_minor if self.left_minor else 2.0
            kept = max(0.0, self.expected.kept_ppm - self.expected.strain_ppm * min(strain, 4.0)) / PPM
            now = self.discount((one.due_on - self.at.open_day).days)
            value += alive * (1 - kept) * max(0, left) * recovered * now
            alive *= kept
            value += alive * one.amount_minor * now
            left -= one.amount_minor
        fits = shown.most_in_a_month <= self.left_minor
        return Option(kind, plan, shown, round(alive * PPM), round(value), fits)


def candidates(at: Held, terms: OptionTerms) -> Iterator[tuple[str, list[Plan]]]:
    """The plans to look at, by kind, the shortest first."""
    yield from (of_loan if at.is_loan else of_line)(at, terms)
    owed = at.owed_minor
    settle = [
        common(amounts=tuple(parts(owed * share // PPM, monthly(at, months))), rate=Rate(0), forgives_rest=True)
        for share in terms.settlement_shares_ppm
        for months in terms.settlement_months
        if owed * share // PPM >= months
    ]
    yield "settlement", [plan._replace(tolerance_days=0, cure_days=0) for plan in settle]


def of_line(at: Held, terms: OptionTerms) -> Iterator[tuple[str, list[Plan]]]:
    """Plans of a line: all that is owed in parts, at the rate, a part of it or none; what is past due in parts."""
    told = outlook.first_terms(at)
    most = told.acts.arrangement_parts
    whole = [Spread(tuple(monthly(at, number)), whole=True) for number in terms.installments if number <= most]
    due_on = outlook.next_due(at)
    if due_on:
        yield "deferral", [common(deferrals=(Deferral(due_on, due_on + timedelta(days=terms.deferral_days)),))]
    if outlook.days_past_due(at):
        past = [Spread(tuple(monthly(at, number))) for number in terms.past_due_installments if number <= most]
        yield "past_due_spread", [common(spread=one) for one in past]
    for share in terms.rate_shares_ppm:
        rate = None if share == PPM else Rate(told.terms.rate_ppm * share // PPM)
        kind = "installments" if rate is None else "rate_relief" if rate.rate_ppm else "interest_freeze"
        yield kind, [common(spread=one, rate=rate) for one in whole]
    charged = [name for name, amount in (("fee", at.row.owed.fee), ("penalty", at.row.owed.penalty)) if amount]
    if charged:
        forgiven = tuple(Forgiven(name, at_once=True) for name in charged)
        yield "fees_forgiven", [common(spread=one, rate=Rate(0), forgiven=forgiven) for one in whole]


def of_loan(at: Held, terms: OptionTerms) -> Iterator[tuple[str, list[Plan]]]:
    """Plans of a loan: a longer term, at the rate or less; what is past due spread; no principal for a while."""
    told = agreed.loan(at.terms_id)
    due_on = outlook.next_due(at)
    if due_on:
        yield "deferral", [common(deferrals=(Deferral(due_on, due_on + timedelta(days=terms.deferral_days)),))]
    yield "past_due_spread", [common(re_amortised=True)]
    for share in terms.rate_shares_ppm:
        rate = None if share == PPM else Rate(told.terms.rate_ppm * share // PPM)
        kind = "longer" if rate is None else "rate_relief" if rate.rate_ppm else "interest_freeze"
        yield kind, [common(more_installments=number, rate=rate) for number in terms.longer_by]
    yield "no_principal", [common(grace=number, more_installments=number) for number in terms.grace_installments]
    first = monthly(at, 1)[0]
    yield "re_age", [common(re_age=ReAge(number, first)) for number in terms.installments]


def common(**what: object) -> Plan:
    """A plan with what all of them have: no late fees while it stands, some days of tolerance, a way back."""
    return Plan(stops_late_fees=True, tolerance_days=TOLERANCE_DAYS, cure_days=CURE_DAYS, **what)  # type: ignore[arg-type]


def monthly(at: Held, count: int) -> list[date]:
    """So many days a month apart, on which the account asks anyway; the first leaves two weeks."""
    return outlook.due_days(at, count, after=14)


def parts(amount: int, on: Sequence[date]) -> Iterator[Amount]:
    """An amount in equal parts, the last with what is left over."""
    each = amount // len(on)
    for number, day in enumerate(on, 1):
        yield Amount(day, each if number < len(on) else amount - each * (len(on) - 1))
