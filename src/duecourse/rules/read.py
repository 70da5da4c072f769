"""The rules in force at a place on a day, as frozen values."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from duecourse.kernel import ageing, apr, days, terms
from duecourse.kernel.apr import Measure
from duecourse.kernel.cost import CostCap
from duecourse.kernel.money import AMOUNT_MAX, PPM, RATE_MAX_PPM
from duecourse.kernel.terms import LineTerms, Order

from . import fields, row_shape
from .fields import TermsRefused
from .row_shape import RuleRefused

EPOCH = date(1970, 1, 1).toordinal()


class RuleMissing(Exception):
    """No rule is in force there on that day."""

    code = "rule_missing"


class Product(NamedTuple):
    """A product of the house: its frozen identity and the file that states its terms."""

    code: str
    kind: str
    currency: str
    exponent: int
    year_days: int
    place: str
    calendar: str


class Cap(NamedTuple):
    """How high a cost may be, by one rule: a yearly rate by a measure, or the three parts of a cost cap, or neither.

    `rate_ppm` is None where the rule names no yearly rate, `cost` where it names no cost cap; one that leaves both to
    others has neither. `counts` says what belongs to the cost.
    """

    rule: str
    place: str
    measure: Measure
    rate_ppm: int | None
    cost: CostCap | None
    lenders: tuple[str, ...]
    products: tuple[str, ...]
    borrowers: tuple[str, ...]
    counts: tuple[str, ...]
    since: date
    cite: str
    legal_status: str
    verified: bool


class Tolerance(NamedTuple):
    """How far a disclosed US APR may stand from the exact one, in parts per million."""

    regular_ppm: int
    irregular_ppm: int
    cite: str
    verified: bool


def day_number(day: date) -> int:
    """The kernel's day number of a date."""
    return day.toordinal() - EPOCH


def to_date(day: int) -> date:
    """The date of a day number."""
    return date.fromordinal(day + EPOCH)


@cache
def document(path: str) -> Mapping[str, Any]:
    """One rule file, by its path under rules/: the shipped one, with the operator's own read after it.

    A row of law that is not of the shape is refused.
    """
    found = [(where, told) for where, told in versions(path) if told is not None]
    if not found:
        raise RuleMissing(f"there is no rule file {path}")
    whole: dict[str, Any] = {}
    for where, told in found:
        if row_shape.has_shape(path):
            row_shape.check(told, where=where)
            if where != path and not path.endswith("/contact.toml"):  # contact_rules checks each field of these
                row_shape.check_own(told, shipped(path), where=where)
        for name, value in told.items():
            is_rows = isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)
            whole[name] = [*whole.get(name, []), *value] if is_rows else value
    return whole


def versions(path: str) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    """A rule file as it is shipped and as the operator has it, each with its name; None where there is none."""
    for named, folder in (("", files("duecourse.rules")), *((f"{own}/", own) for own in own_folder())):
        place = folder.joinpath(path)
        if not place.is_file():
            yield f"{named}{path}", None
            continue
        with place.open("rb") as opened:
            try:
                yield f"{named}{path}", tomllib.load(opened)
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
                raise RuleRefused(f"{named}{path}: {fault}") from fault


@cache
def shipped(path: str) -> Mapping[str, list[Mapping[str, Any]]]:
    """The shipped rows, of all places, of each table in files of this name."""
    name, top = path.rpartition("/")[2], files("duecourse.rules")
    places = [f"law/{place.name}" for place in top.joinpath("law").iterdir()] if path.startswith("law/") else ["house"]
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for place in places:
        if (found := top.joinpath(place, name)).is_file():
            for table, told in tomllib.loads(found.read_text(encoding="utf-8")).items():
                rows.setdefault(table, []).extend(told)
    return rows


def own_folder() -> list[Path]:
    """The operator's folder of rules, where the setting DUECOURSE_RULES names one; one that is not there is refused."""
    told = os.environ.get("DUECOURSE_RULES")
    if not told:
        return []
    if not Path(told).is_dir():
        raise RuleRefused(f"DUECOURSE_RULES: {told} is no folder")
    return [Path(told)]


def rows_in_force(path: str, table: str, day: date) -> list[Mapping[str, Any]]:
    """The rows of a table in force on a day, by their first days: of each rule the latest that has begun, if not ended.

    Rows without a `rule` are versions of one. Of two that began on one day, the one told last holds.
    """
    begun = sorted((row for row in document(path).get(table, []) if row["from"] <= day), key=lambda row: row["from"])
    latest = {row.get("rule"): row for row in begun}
    return sorted((row for row in latest.values() if day <= row.get("to", day)), key=lambda row: row["from"])


def in_force(path: str, table: str, day: date) -> Mapping[str, Any]:
    """The row of a table that is in force on a day: the latest that began on or before it."""
    rows = rows_in_force(path, table, day)
    if not rows:
        raise RuleMissing(f"{path}: no {table!r} is in force on {day}")
    return rows[-1]


@cache
def age_rules(place: str, day: date) -> ageing.AgeRules:
    """The borders of stages (IFRS 9) and of the five classes on a day, for a place that has classes."""
    stages = in_force("law/world/stages.toml", "age", day)
    classes = in_force(f"law/{place}/classes.toml", "age", day)
    return ageing.AgeRules(
        stages["stage_2"],
        stages["stage_3"],
        classes["special_mention"],
        classes["substandard"],
        classes["doubtful"],
        classes["loss"],
    )


MEASURES = {
    "reg_z": apr.REG_Z,
    "aprc": apr.APRC,
    "cn_compound": apr.CN_COMPOUND,
    "cn_simple": apr.CN_SIMPLE,
    "nominal": apr.NOMINAL,
}
"""The names by which rules call the measures of the cost of credit."""


def measure(*, place: str, on: date) -> Measure:
    """The measure by which the cost of credit is told at a place on a day."""
    row = in_force(f"law/{place}/cost.toml", "measure", on)
    if row["name"] not in MEASURES:
        raise RuleRefused(f"law/{place}/cost.toml: measure: {row['rule']}: name: none of {', '.join(MEASURES)}")
    return MEASURES[row["name"]]._replace(places=row["places"])


def caps(
    *, place: str, on: date, lender: str | None = None, product: str | None = None, borrower: str | None = None
) -> tuple[Cap, ...]:
    """Every cap on the cost of credit at a place for a contract made on a day, in the order of their rules.

    `lender`, `product` and `borrower` leave out what is about others; a rule that names none of a kind is about all.
    """
    found = []
    for row in rows_in_force(f"law/{place}/cost.toml", "cap", on):
        asked = ((lender, row["lenders"]), (product, row.get("products")), (borrower, row.get("borrowers")))
        if all(one is None or not about or one in about or "any" in about for one, about in asked):
            found.append(cap(row, place, on))
    return tuple(sorted(found, key=lambda one: one.rule))


def cap(row: Mapping[str, Any], place: str, on: date) -> Cap:
    """One row of caps as a value; what is said as a multiple of the LPR is worked out for the day."""
    rate, verified = row.get("rate_ppm"), row["verified"]
    if "times_lpr" in row:
        prime = in_force(f"law/{place}/cost.toml", "lpr_1y", on)
        rate, verified = row["times_lpr"] * prime["rate_ppm"], verified and prime["verified"]
    if row["measure"] not in MEASURES:
        raise RuleRefused(f"law/{place}/cost.toml: cap: {row['rule']}: measure: none of {', '.join(MEASURES)}")
    cost = CostCap(row["day_ppm"], row["default_fees_minor"], row["total_ppm"]) if "day_ppm" in row else None
    return Cap(
        row["rule"],
        place,
        MEASURES[row["measure"]],
        rate,
        cost,
        tuple(row["lenders"]),
        tuple(row.get("products", ())),
        tuple(row.get("borrowers", ())),
        tuple(row["counts"]),
        row["from"],
        row["cite"],
        row["legal_status"],
        verified,
    )


def apr_tolerance(*, on: date) -> Tolerance:
    """The tolerance of a disclosed APR under Regulation Z on a day."""
    row = in_force("law/us/cost.toml", "tolerance", on)
    return Tolerance(row["regular_ppm"], row["irregular_ppm"], row["cite"], row["verified"])


@cache
def calendar(name: str) -> days.Calendar:
    """A calendar of the house as a value for the kernel: a day outside its years is refused there."""
    told = document(f"house/calendars/{name}.toml")
    first = days.day_number(told["first_year"], 1, 1)
    last = days.day_number(told["last_year"], 12, 31)
    shut = {day_number(day) for day in told["closed"]}
    opened = {day_number(day) for day in told.get("open", [])}
    weekdays = set(told["closed_weekdays"])
    return days.Calendar(
        first,
        tuple(int(day in opened or not (day in shut or (day + 3) % 7 in weekdays)) for day in range(first, last + 1)),
    )


def product(code: str) -> Product:
    """A product of the house."""
    told = document(f"house/products/{code}.toml")
    return Product(
        told["code"],
        told["kind"],
        told["currency"],
        told["exponent"],
        terms.ACTUAL if told["year_days"] == "actual" else told["year_days"],
        told["place"],
        told["calendar"],
    )


def line_terms(code: str, day: date) -> LineTerms:
    """The terms that a line of this product opened on a day gets."""
    path = f"house/products/{code}.toml"
    told = dict(in_force(path, "terms", day))
    for field in ("from", "note"):
        told.pop(field, None)
    return parse_line_terms(told, year_days=product(code).year_days, where=path)


WORDS = {
    "due_shift": {"stay": days.STAY, "following": days.FOLLOWING, "preceding": days.PRECEDING},
    "interest_from": {"day_after_due": terms.DAY_AFTER_DUE, "purchase_day": terms.PURCHASE_DAY},
    "interest_base": {"unpaid_part": terms.UNPAID_PART, "whole_statement": terms.WHOLE_STATEMENT},
    "new_purchases": {"keep_window": terms.KEEP_WINDOW, "lose_window": terms.LOSE_WINDOW},
}
COMPONENTS = {
    "principal": terms.PRINCIPAL,
    "interest": terms.INTEREST,
    "fee": terms.FEE,
    "penalty": terms.PENALTY,
}
RANGES = {
    "rate_ppm": (0, RATE_MAX_PPM),
    "late_rate_ppm": (0, RATE_MAX_PPM),
    "cycle_day": (1, 31),
    "due_after_days": (1, 27),
    "minimum_share_ppm": (0, PPM),
    "minimum_floor_minor": (0, AMOUNT_MAX),
    "tolerance_ppm": (0, PPM),
    "late_fee_minor": (0, AMOUNT_MAX),
    "late_fee_share_ppm": (0, PPM),
    "late_fee_floor_minor": (0, AMOUNT_MAX),
    "late_fee_cap_minor": (0, AMOUNT_MAX),
    "grace_days": (0, 60),
    "nonaccrual_days": (1, terms.NEVER),
    "first_day": (0, 1),
}


def parse_line_terms(told: Mapping[str, Any], *, year_days: int, where: str) -> LineTerms:
    """Terms from words and numbers; each field is checked, and a field too many or too few is refused by name."""
    asked = set(LineTerms._fields) - {"year_days"}
    for field in sorted(asked ^ set(told)):
        raise TermsRefused(f"{where}: {field}: {'missing' if field in asked else 'not a term of a line'}")
    if year_days not in (360, 365, terms.ACTUAL):
        raise TermsRefused(f"{where}: year_days: {year_days} is not 360, 365 or actual")
    read: dict[str, Any] = {"year_days": year_days}
    for field, value in told.items():
        if field == "order":
            read[field] = order(value, where)
        else:
            read[field] = fields.term(value, f"{where}: {field}", WORDS.get(field), RANGES.get(field))
    return LineTerms(**read)


def order(names: Any, where: str) -> Order:
    """An order of allocation: the four components, each once."""
    if not isinstance(names, list) or sorted(names) != sorted(COMPONENTS):
        raise TermsRefused(f"{where}: order: {names!r} does not name each of {', '.join(COMPONENTS)} once")
    return Order(*(COMPONENTS[name] for name in names))


def frozen(agreed: LineTerms) -> dict[str, Any]:
    """Terms as they are kept with an account."""
    return {**agreed._asdict(), "order": list(agreed.order)}


def thawed(body: Mapping[str, Any]) -> LineTerms:
    """Terms as they were kept with an account."""
    return LineTerms(**{**body, "order": Order(*body["order"])})
