"""A product's file looked at before it is offered: what is wrong, what it does to a borrower, which cap it breaks.

The file is read as the house reads its own; every refusal is collected, not only the first. Then the kernel lives a
sample of it, and what that costs is told by the measures of the product's place and held against its caps.
"""

import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from duecourse.kernel import terms as kernel
from duecourse.kernel.apr import Rate, RateRefused, cost_of_credit, percent
from duecourse.kernel.loan_terms import MONTHS, LoanTerms
from duecourse.kernel.money import PPM
from duecourse.kernel.schedule import NeverRepaid
from duecourse.kernel.terms import LineTerms

from . import act_terms, cash_terms, funding_terms, loan_terms, read, within
from .fields import TermsRefused
from .funding_terms import FundingTerms
from .product_sample import Cost, Sample, line_samples, loan_sample
from .read import RuleMissing

FIELDS = ("code", "kind", "currency", "exponent", "year_days", "place", "calendar")
TABLES = ("terms", "acts", "cash", "funding")
KINDS = ("line", "loan")


class ProductUnreadable(Exception):
    """A product that is no file of TOML, and no code of the house."""

    code = "product_unreadable"


class Told(NamedTuple):
    """A cost by one measure of the place; `figure` is None where no rate exists, and `why` says so."""

    sample: str
    measure: str
    figure: Rate | None
    why: str
    is_verified: bool


class Held(NamedTuple):
    """A cap in force and whether a sample keeps it; `is_kept` is None where the rule names no yearly rate."""

    sample: str
    rule: str
    cap_ppm: int | None
    is_kept: bool | None
    room_ppm: int
    lenders: tuple[str, ...]
    cite: str
    is_verified: bool


class Checked(NamedTuple):
    """What was found of a product on a day: refusals, doubts, samples, their cost, the place's caps, who funds it."""

    code: str
    kind: str
    place: str
    currency: str
    exponent: int
    on: date
    wrong: tuple[str, ...]
    doubts: tuple[str, ...]
    samples: tuple[Sample, ...]
    costs: tuple[Told, ...]
    caps: tuple[Held, ...]
    funding: FundingTerms

    @property
    def is_right(self) -> bool:
        """Whether the terms are not refused and break no verified cap."""
        return not self.wrong and not any(one.is_verified and one.is_kept is False for one in self.caps)


def load(named: str) -> Mapping[str, Any]:
    """A product by the path of its file or its code in the house; what is no TOML is refused (ProductUnreadable)."""
    path = Path(named)
    if not path.is_file():
        try:
            return read.document(f"house/products/{named}.toml")
        except RuleMissing:
            raise ProductUnreadable(f"{named}: neither a file nor a product of the house") from None
    try:
        return tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise ProductUnreadable(f"{named}: {fault}") from None


def check(*, told: Mapping[str, Any], on: date, amount_minor: int | None = None) -> Checked:
    """Check a product as it would be offered on a day; `amount_minor` is what the sample buys or borrows."""
    wrong = refused_head(told)
    kind, place = str(told.get("kind", "")), str(told.get("place", ""))
    exponent = told.get("exponent", 2)
    exponent = exponent if type(exponent) is int and 0 <= exponent <= 4 else 2
    parsed: LineTerms | LoanTerms | None = None
    if kind in KINDS:
        for row in dated(told, "terms", on, wrong):
            terms, found = parse_all(kind, told, row)
            wrong += [one for one in found if one not in wrong]
            if row is in_force(told, on):
                parsed = terms
    samples: tuple[Sample, ...] = ()
    doubts: list[str] = []
    if parsed is not None and not wrong:
        lent = amount_minor or (1_000 if kind == "line" else 10_000) * 10**exponent
        calendar = read.calendar(told["calendar"])
        against = contradictions(parsed, lent)
        wrong += against.wrong
        doubts += against.doubts
        if not wrong:
            try:
                if isinstance(parsed, LineTerms):
                    samples = line_samples(parsed, calendar, lent, read.day_number(on))
                else:
                    samples = (loan_sample(parsed, lent, read.day_number(on)),)
            except NeverRepaid as fault:
                wrong.append(f"installment_minor: {fault}: it never repays")
            except (AssertionError, ValueError) as fault:
                wrong.append(f"terms: the kernel refuses to live them: {fault}")
    funding = funded(told, on, parsed, wrong)
    costs, caps = judged(place, kind, on, samples, doubts) if samples else ((), ())
    head = (str(told.get("code", "")), kind, place, str(told.get("currency", "")), exponent, on)
    return Checked(*head, tuple(wrong), tuple(doubts), samples, costs, caps, funding)


def funded(told: Mapping[str, Any], on: date, terms: LineTerms | LoanTerms | None, wrong: list[str]) -> FundingTerms:
    """Who funds an account that opens on a day; every row is read, and what is wrong with one is told."""
    found, latest = FundingTerms(), date.min
    for row in dated(told, "funding", None, wrong):
        try:
            read_row = funding_terms.parse(row, where=f"funding of {row['from']}")
        except TermsRefused as fault:
            wrong.append(str(fault))
            continue
        if latest <= row["from"] <= on:
            found, latest = read_row, row["from"]
    if terms is not None and funding_terms.asks(found.funders) > terms.rate_ppm:
        wrong.append(
            f"funding of {latest}: funders: their rates come to {funding_terms.asks(found.funders)} of the whole, "
            f"and an account bears {terms.rate_ppm}"
        )
    return found


def refused_head(told: Mapping[str, Any]) -> list[str]:
    """What is wrong with what stands above the terms."""
    wrong = [f"{name}: missing" for name in FIELDS if name not in told]
    wrong += [f"{name}: not a field of a product" for name in told if name not in FIELDS + TABLES]
    if "terms" not in told:
        wrong.append("terms: missing")
    if "kind" in told and told["kind"] not in KINDS:
        wrong.append(f"kind: {told['kind']!r} is none of {', '.join(KINDS)}")
    if "exponent" in told and (type(told["exponent"]) is not int or not 0 <= told["exponent"] <= 4):
        wrong.append(f"exponent: {told['exponent']!r} is not a whole number between 0 and 4")
    currency = told.get("currency", "XXX")
    if not (isinstance(currency, str) and len(currency) == 3 and currency.isalpha() and currency.isupper()):
        wrong.append(f"currency: {currency!r} is no three letters of ISO 4217")
    years = (360, 364, 365, "actual") if told.get("kind") == "loan" else (360, 365, "actual")
    if "year_days" in told and told["year_days"] not in years:
        wrong.append(f"year_days: {told['year_days']!r} is none of {', '.join(map(str, years))}")
    for name, path in (("place", "law/{}/cost.toml"), ("calendar", "house/calendars/{}.toml")):
        try:
            if name in told:
                read.document(path.format(told[name]))
        except RuleMissing as fault:
            wrong.append(f"{name}: {fault}")
    return wrong


def dated(told: Mapping[str, Any], table: str, on: date | None, wrong: list[str]) -> list[Mapping[str, Any]]:
    """The rows of a table; one without its first day, and a day `on` before all of them, is told as wrong."""
    rows = told.get(table, [])
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        wrong.append(f"{table}: not rows of a table ([[{table}]])")
        return []
    undated = [row for row in rows if not isinstance(row.get("from"), date)]
    wrong += [f"{table}: from: missing, or no day" for _ in undated[:1]]
    days = [row["from"] for row in rows if row not in undated]
    wrong += [f"{table}: from: {day} stands twice" for day in sorted({day for day in days if days.count(day) > 1})]
    if on and days and min(days) > on:
        wrong.append(f"{table}: none is in force on {on}; the first is from {min(days)}")
    return [row for row in rows if row not in undated]


def in_force(told: Mapping[str, Any], on: date) -> Mapping[str, Any] | None:
    """The row of terms that a day has."""
    rows = [row for row in told["terms"] if isinstance(row.get("from"), date) and row["from"] <= on]
    return max(rows, key=lambda row: row["from"], default=None)


def parse_all(kind: str, told: Mapping[str, Any], row: Mapping[str, Any]) -> tuple[Any, list[str]]:
    """Terms from one row by the house's parsers, with every refusal: a refused field is left out, and it goes on.

    A line's fields cannot be left out, so those refused are put back as in a plain line.
    """
    left = {name: value for name, value in row.items() if name not in ("from", "note")}
    where = f"terms of {row['from']}"
    wrong = []
    for _ in range(200):
        try:
            if kind == "line":
                days = told.get("year_days", 365)
                year = kernel.ACTUAL if days == "actual" else days if days in (360, 365) else 365
                terms: Any = read.parse_line_terms(left, year_days=year, where=where)
            else:
                terms = loan_terms.parse(left, where=where)
        except TermsRefused as fault:
            wrong.append(str(fault))
            field = str(fault).removeprefix(f"{where}: ").partition(":")[0]
            if kind == "line" and field in LineTerms._fields and field != "year_days":
                left[field] = PLAIN[field]
            elif field in left:
                del left[field]
            else:
                break
        else:
            for table, parse in PARSERS.items():
                for one in told.get(table, []):
                    wrong += refused_fields(table, parse, one)
            return (None if wrong else terms), wrong
    return None, wrong


PARSERS: Mapping[str, Callable[..., Any]] = {"acts": act_terms.parse, "cash": cash_terms.parse}
"""How rows beside the terms themselves are read."""


def refused_fields(table: str, parse: Callable[..., Any], row: Mapping[str, Any]) -> list[str]:
    """What is wrong with a row beside the terms, field by field."""
    wrong = []
    for name, value in row.items():
        if name not in ("from", "note"):
            try:
                parse({name: value}, where=f"{table} of {row.get('from')}")
            except TermsRefused as fault:
                wrong.append(str(fault))
    return wrong


def plain() -> dict[str, Any]:
    """The terms of a plain line in the words of a file."""
    words = {name: {number: word for word, number in found.items()} for name, found in read.WORDS.items()}
    told: dict[str, Any] = {}
    for name, value in kernel.PLAIN_LINE._asdict().items():
        if name in words:
            told[name] = words[name][value]
        elif name == "order":
            told[name] = list(read.COMPONENTS)
        else:
            told[name] = value if name in read.RANGES else bool(value)
    return told


PLAIN = plain()


class Contradictions(NamedTuple):
    """Terms that cannot be meant together, and those that are doubtful."""

    wrong: list[str]
    doubts: list[str]


def contradictions(terms: LineTerms | LoanTerms, lent: int) -> Contradictions:
    """Terms that contradict each other; each field for itself is lawful."""
    if isinstance(terms, LineTerms):
        return of_line(terms)
    return of_loan(terms, lent)


def of_line(terms: LineTerms) -> Contradictions:
    """Terms of a line that contradict each other."""
    wrong, doubts = [], []
    if terms.minimum_share_ppm == 0 and terms.minimum_floor_minor == 0:
        wrong.append("minimum_share_ppm: 0 with a floor of 0 asks no principal: the minimum never repays it")
    month = terms.rate_ppm // 12
    if not terms.minimum_has_interest and 0 < terms.minimum_share_ppm < month:
        wrong.append(
            f"minimum_share_ppm: {terms.minimum_share_ppm} without its interest is less than a month's interest "
            f"({month}): the minimum never repays it"
        )
    if terms.grace_days > 31:
        wrong.append(f"grace_days: {terms.grace_days} days of grace are longer than the cycle of a month")
    if terms.grace_days >= terms.nonaccrual_days:
        wrong.append(
            f"grace_days: {terms.grace_days} are not fewer than the {terms.nonaccrual_days} of nonaccrual_days"
        )
    if terms.late_fee_floor_minor > terms.late_fee_cap_minor and terms.late_fee_share_ppm > 0:
        wrong.append("late_fee_floor_minor: the floor of the late fee is above its cap")
    if terms.late_fee_share_ppm == 0 and (terms.late_fee_floor_minor or terms.late_fee_cap_minor):
        doubts.append("late_fee_floor_minor, late_fee_cap_minor: without a late_fee_share_ppm neither counts")
    if terms.late_fee_share_ppm > 0 and terms.late_fee_minor:
        doubts.append("late_fee_minor: with a late_fee_share_ppm it does not count")
    if terms.tolerance_ppm == PPM:
        wrong.append("tolerance_ppm: with the whole minimum tolerated nothing is ever past due")
    if terms.late_rate_ppm < terms.rate_ppm:
        doubts.append("late_rate_ppm: what is past due bears less than what is not")
    return Contradictions(wrong, doubts)


def of_loan(terms: LoanTerms, lent: int) -> Contradictions:
    """Terms of a loan that contradict each other."""
    wrong, doubts = [], []
    if terms.down_payment_ppm == PPM:
        wrong.append("down_payment_ppm: 100% is paid back on the day of the draw: nothing is lent")
    for name in ("grace_principal", "grace_interest", "interest_free"):
        asked = getattr(terms, name)
        if terms.installments and asked > terms.installments:
            wrong.append(f"{name}: {asked} are more than the {terms.installments} installments")
    if terms.installments and terms.grace_principal == terms.installments:
        wrong.append("grace_principal: no installment asks principal: the loan is never repaid")
    if terms.installment_minor and terms.installment_minor >= lent:
        doubts.append(f"installment_minor: {terms.installment_minor} repays the sample of {lent} at once")
    by_month = terms.unit == MONTHS and terms.every == 1 and terms.installments > 0
    if by_month and 0 < terms.installment_minor * 12 * PPM <= lent * terms.rate_ppm:
        wrong.append(f"installment_minor: {terms.installment_minor} does not meet a month's interest: it never repays")
    if terms.multiple_minor >= lent:
        wrong.append(f"multiple_minor: {terms.multiple_minor} is not below the {lent} that the sample lends")
    if terms.late_rate_ppm and terms.late_rate_ppm < terms.rate_ppm:
        doubts.append("late_rate_ppm: what is past due bears less than what is not")
    period = {0: 1, 1: 7, 2: 15, 3: 28}[terms.unit] * terms.every
    if period < terms.grace_days < kernel.NEVER:
        wrong.append(f"grace_days: {terms.grace_days} days of grace are longer than the cycle of {period} days")
    return Contradictions(wrong, doubts)


def judged(
    place: str, kind: str, on: date, samples: tuple[Sample, ...], doubts: list[str]
) -> tuple[tuple[Told, ...], tuple[Held, ...]]:
    """What the samples cost by the place's measures, and whether each cap of the place on that day holds, exactly."""
    try:
        row = read.in_force(f"law/{place}/cost.toml", "measure", on)
    except RuleMissing as fault:
        doubts.append(str(fault))
        return (), ()
    names = [row["name"], *([row["also"]] if "also" in row else [])]
    costs, held = [], []
    for sample in samples:
        for name in names:
            measure = read.MEASURES[name]._replace(places=row["places"])
            cost = priced(sample, name)
            try:
                figure = cost_of_credit(cost.flows, measure, cost.year)
                costs.append(Told(sample.name, name, figure, "", row["verified"]))
            except RateRefused as fault:
                costs.append(Told(sample.name, name, None, str(fault), row["verified"]))
        for cap in read.caps(place=place, on=on, product=kind):
            about = (sample.name, cap.rule, cap.rate_ppm)
            who = (cap.lenders, cap.cite, cap.verified)
            name = next(name for name, measure in read.MEASURES.items() if measure == cap.measure)
            cost = priced(sample, name)
            try:
                found = within.judge(flows=cost.flows, year=cost.year, cap=cap)
                held.append(Held(*about, found.within, found.room_ppm, *who))
            except (within.NoFigure, RateRefused):
                held.append(Held(*about, None, 0, *who))
    return tuple(costs), tuple(held)


def priced(sample: Sample, measure: str) -> Cost:
    """The flows of a sample as a measure counts time: in years for the APRC, else in unit-periods."""
    if measure == "aprc":
        return sample.by_year
    return sample.by_unit


def shown(figure: Rate | None) -> str:
    """A rate as it is told."""
    return f"{percent(figure)}%" if figure is not None else "none"


def report(found: Checked) -> dict[str, Any]:
    """What was found, as JSON: money in minor units, rates as they are printed, days as ISO dates."""
    samples = []
    for sample in found.samples:
        rows = [
            {**row._asdict(), "day": day_of(row.day), "due_on": day_of(row.due_on) if row.due_on else None}
            for row in sample.rows
        ]
        sums = {"lent_minor": sample.lent, "paid_minor": sample.paid, "cost_minor": sample.cost}
        samples.append({"name": sample.name, **sums, "rows": rows})
    costs = [{**one._asdict(), "figure": percent(one.figure) if one.figure else None} for one in found.costs]
    caps = [{**one._asdict(), "lenders": list(one.lenders)} for one in found.caps]
    head = {"code": found.code, "kind": found.kind, "place": found.place, "currency": found.currency}
    lists = {"wrong": list(found.wrong), "doubts": list(found.doubts)}
    funders = [one._asdict() for one in found.funding.funders]
    guarantee = found.funding.guarantee and found.funding.guarantee._asdict()
    funding = {"funders": funders, "pool": found.funding.pool, "guarantee": guarantee}
    return {**head, "on": str(found.on), "is_right": found.is_right, **lists, "samples": samples, "costs": costs,
            "caps": caps, "funding": funding}  # fmt: skip


def day_of(number: int) -> str:
    """A day number as an ISO date."""
    return str(read.to_date(number))
