"""The options for an account of somebody who cannot pay as agreed: what each asks, costs and is worth; which to offer.

Each is a plan that the account can have, looked at to the unit by servicing.outlook. Which are offered: those that fit
what the household can pay and that no other one beats in what is paid a month, in what it costs, and in what the lender
gets, all at once.
"""

from collections.abc import Iterator, Sequence
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
    rules/house/hardship.toml. fits: no month asks more than the household can pay.
    """

    kind: str
    plan: Plan
    shown: Outlook
    chance_ppm: int
    value_minor: int
    fits: bool

    @property
    def installments(self) -> int:
        """How many payments there are."""
        return len(self.shown.payments)


class LeftOut(NamedTuple):
    """Why an option is not offered, or one of its kind cannot be.

    code: TOO_MUCH (minor: by how much a month), WORTH_LESS (minor: than doing nothing), BEATEN (by: which one is as
    good in all and better in one), TIME_IS_ENOUGH, ENOUGH_SHOWN, NOT_PAID_OFF, else the code of what refuses it, with
    what that said.
    """

    kind: str
    code: str
    option: Option | None = None
    minor: int = 0
    by: Option | None = None
    said: str = ""


TOO_MUCH, WORTH_LESS, BEATEN, TIME_IS_ENOUGH, ENOUGH_SHOWN, NOT_PAID_OFF = (
    "too_much", "worth_less", "beaten", "time_is_enough", "enough_shown", "not_paid_off",
)  # fmt: skip


class Offers(NamedTuple):
    """What is offered, in order of cost; every option computed; why each other one is left out; the account as agreed;
    what nothing is worth."""

    offered: tuple[Option, ...]
    computed: tuple[Option, ...]
    left_out: tuple[LeftOut, ...]
    as_agreed: Option
    nothing_minor: int


def solve(*, at: Held, days_past_due: int, left_minor: int, terms: OptionTerms, expected: Expected) -> Offers:
    """The options of an account for a household that can pay so much a month, and which of them to offer."""
    judge = Judge(at, days_past_due, left_minor, expected)
    as_agreed = judge.option(AS_AGREED, Plan(), outlook.look_at(at, None))
    computed, impossible = look_at_all(judge, terms)
    keeps_up = as_agreed.fits and not days_past_due
    why = {id(one): judge.unfit(one, keeps_up) for one in computed}
    fit = [one for one in computed if why[id(one)] is None]
    for one in fit:
        better = beaten_by(one, fit)
        why[id(one)] = LeftOut(one.kind, BEATEN, one, by=better) if better else None
    offered = spread_over(sorted((one for one in fit if why[id(one)] is None), key=cheapest), terms.most_offered)
    chosen = {id(one) for one in offered}
    left_out = [why[id(one)] or LeftOut(one.kind, ENOUGH_SHOWN, one) for one in computed if id(one) not in chosen]
    return Offers(offered, tuple(computed), (*left_out, *impossible), as_agreed, judge.nothing_minor)


def look_at_all(judge: "Judge", terms: OptionTerms) -> tuple[list[Option], list[LeftOut]]:
    """Every option that the account can have, and why those of a kind cannot be: the first of each reason."""
    computed: list[Option] = []
    impossible: dict[tuple[str, str], LeftOut] = {}
    for kind, plans, none in candidates(judge.at, terms):
        if none:
            impossible[kind, none] = LeftOut(kind, none)
        found = 0
        for plan in plans:
            goes_on = kind in GOES_ON
            try:
                shown = outlook.look_at(judge.at, plan)
                told = plan if goes_on else outlook.as_shown(plan, shown)
                outlook.refuse(judge.at, told)  # with its dated amounts: the last may be later than the law lets it be
            except Refused as fault:
                impossible.setdefault((kind, fault.code), LeftOut(kind, fault.code, said=str(fault)))
                continue
            if not shown.payments or (shown.left_minor and not goes_on):
                impossible.setdefault((kind, NOT_PAID_OFF), LeftOut(kind, NOT_PAID_OFF))
                continue
            computed.append(judge.option(kind, told, shown))
            found += computed[-1].fits
            if found > 1 and kind not in ("settlement", "past_due_spread"):
                break  # a longer one asks still less a month and costs more: two that fit are enough to choose from
    return computed, list(impossible.values())


def cheapest(one: Option) -> tuple[int, int]:
    """The order of what is offered: by cost, then by what is paid in a month."""
    return one.shown.cost_minor, one.shown.most_in_a_month


def spread_over(best: Sequence[Option], most: int) -> tuple[Option, ...]:
    """At most so many: the cheapest of each kind first, then the others; in order of cost."""
    first = {one.kind: one for one in reversed(best)}
    chosen = [one for one in best if first[one.kind] is one]
    chosen += [one for one in best if one not in chosen]
    return tuple(sorted(chosen[:most], key=cheapest))


def beaten_by(one: Option, others: Sequence[Option]) -> Option | None:
    """The cheapest other that is as good in each of a month, cost and worth, and better in one."""
    mine = figures(one)
    better = (
        other for other in others
        if (its := figures(other)) != mine and all(a <= b for a, b in zip(its, mine, strict=True))
    )  # fmt: skip
    return min(better, key=cheapest, default=None)


def figures(one: Option) -> tuple[int, int, int]:
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

    def unfit(self, one: Option, keeps_up: bool) -> LeftOut | None:
        """Why an option is not for this borrower: a month asks too much; who can pay as agreed gets time alone; nothing
        is settled for less than doing nothing is worth. None: it is."""
        if not one.fits:
            return LeftOut(one.kind, TOO_MUCH, one, one.shown.most_in_a_month - self.left_minor)
        if keeps_up:
            return None if one.kind in GOES_ON else LeftOut(one.kind, TIME_IS_ENOUGH, one)
        if one.kind == "settlement" and one.value_minor < self.nothing_minor:
            return LeftOut(one.kind, WORTH_LESS, one, self.nothing_minor - one.value_minor)
        return None

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


Candidates = Iterator[tuple[str, list[Plan], str]]
"""Plans to look at: their kind, the plans, the shortest first, and why there is none ("": there are some)."""


def candidates(at: Held, terms: OptionTerms) -> Candidates:
    """The plans to look at, by kind."""
    yield from (of_loan if at.is_loan else of_line)(at, terms)
    owed = at.owed_minor
    settle = [
        common(amounts=tuple(parts(owed * share // PPM, monthly(at, months))), rate=Rate(0), forgives_rest=True)
        for share in terms.settlement_shares_ppm
        for months in terms.settlement_months
        if owed * share // PPM >= months
    ]
    yield (
        "settlement",
        [plan._replace(tolerance_days=0, cure_days=0) for plan in settle],
        "" if settle else "nothing_owed",
    )


def deferred(at: Held, terms: OptionTerms) -> Candidates:
    """The next due day moved."""
    due_on = outlook.next_due(at)
    moved = [Deferral(due_on, due_on + timedelta(days=terms.deferral_days))] if due_on else []
    yield "deferral", [common(deferrals=(one,)) for one in moved], "" if moved else "nothing_due_then"


def of_line(at: Held, terms: OptionTerms) -> Candidates:
    """Plans of a line: all that is owed in parts, at the rate, a part of it or none; what is past due in parts."""
    told = outlook.first_terms(at)
    whole = [Spread(tuple(monthly(at, number)), whole=True) for number in terms.installments]
    yield from deferred(at, terms)
    late = outlook.days_past_due(at) > 0
    past = [Spread(tuple(monthly(at, number))) for number in terms.past_due_installments if late]
    yield "past_due_spread", [common(spread=one) for one in past], "" if late else "nothing_past_due"
    for kind, rate in rates(told.terms.rate_ppm, "installments", terms):
        yield kind, [common(spread=one, rate=rate) for one in whole], ""
    yield from without_fees(at, [{"spread": one, "rate": Rate(0)} for one in whole])


def without_fees(at: Held, ways: Sequence[dict[str, object]]) -> Candidates:
    """Plans by which all that is charged of fees and late interest is forgiven when they are agreed."""
    forgiven = tuple(Forgiven(name, at_once=True) for name in outlook.charged(at))
    plans = [common(forgiven=forgiven, **way) for way in ways if forgiven]
    yield "fees_forgiven", plans, "" if forgiven else "nothing_charged"


def rates(rate_ppm: int, plain: str, terms: OptionTerms) -> Iterator[tuple[str, Rate | None]]:
    """The rates that options bear, each with the kind of option that it makes."""
    for share in terms.rate_shares_ppm:
        rate = None if share == PPM else Rate(rate_ppm * share // PPM)
        yield plain if rate is None else "rate_relief" if rate.rate_ppm else "interest_freeze", rate


def of_loan(at: Held, terms: OptionTerms) -> Candidates:
    """Plans of a loan: a longer term, at the rate or less; what is past due spread; no principal for a while; new
    installments for all, with or without what it is charged."""
    told = agreed.loan(at.terms_id)
    yield from deferred(at, terms)
    yield "past_due_spread", [common(re_amortised=True)], ""
    for kind, rate in rates(told.terms.rate_ppm, "longer", terms):
        yield kind, [common(more_installments=number, rate=rate) for number in terms.longer_by], ""
    yield "no_principal", [common(grace=number, more_installments=number) for number in terms.grace_installments], ""
    first = monthly(at, 1)[0]
    anew = [ReAge(number, first) for number in terms.installments]
    ways: list[dict[str, object]] = [{"re_amortised": True}]
    yield from without_fees(at, ways + [{"re_age": one} for one in anew])
    yield "re_age", [common(re_age=one) for one in anew], ""


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
