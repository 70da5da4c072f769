"""Auto-debit by rule: the law's limits at a place on a day, and the terms of a product as rows `debit` in its file.

A product may say to which class of the law it belongs (`class`); without a class every rule of the place applies.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from duecourse.kernel.debit import ALWAYS, FIRST_OR_VARYING, PLAIN_DEBITS, VARYING, AttemptRule, DebitTerms, NoticeRule

from .fields import TermsRefused, term
from .read import RuleMissing, document, in_force, rows_in_force
from .row_shape import RuleRefused

WHEN = {"always": ALWAYS, "varying": VARYING, "first_or_varying": FIRST_OR_VARYING}
RANGES = {
    "days_before": (0, 30),
    "window_days": (0, 60),
    "notice_days": (0, 60),
    "tries": (1, 30),
    "retry_days": (0, 30),
}


class Law(NamedTuple):
    """One rule of law on debits: its id, its source, and what it says as the kernel takes it."""

    rule: str
    place: str
    attempts: AttemptRule | None
    notice: NoticeRule | None
    separate_consent: bool
    since: date
    cite: str
    legal_status: str
    verified: bool


class Debits(NamedTuple):
    """How a product's debits go, and its class in the law (None: not said)."""

    terms: DebitTerms
    law_class: str | None


def laws(*, place: str, on: date, law_class: str | None = None) -> tuple[Law, ...]:
    """Every rule on debits in force at a place on a day, in the order of their ids; a place without a file has none."""
    path = f"law/{place}/debit.toml"
    try:
        found = [
            law_from(table, row, place)
            for table in ("attempts", "notice", "mandate")
            for row in rows_in_force(path, table, on)
            if law_class is None or law_class in row["products"] or "any" in row["products"]
        ]
    except RuleMissing:
        return ()
    return tuple(sorted(found, key=lambda law: law.rule))


def law_from(table: str, row: Mapping[str, Any], place: str) -> Law:
    """One row of a file of law as a value."""
    attempts, notice = None, None
    if table == "attempts":
        attempts = AttemptRule(row["most_refused"], int(row["in_a_row"]), int(row["whole"]))
    if table == "notice":
        if row["when"] not in WHEN:
            raise RuleRefused(f"law/{place}/debit.toml: notice: {row['rule']}: when: none of {', '.join(WHEN)}")
        notice = NoticeRule(row["days"], int(row["business"]), WHEN[row["when"]], int(row["by_agreement"]))
    return Law(
        row["rule"],
        place,
        attempts,
        notice,
        row.get("separate_consent", False),
        row["from"],
        row["cite"],
        row["legal_status"],
        row["verified"],
    )


def of_product(code: str, day: date) -> Debits:
    """The terms that a mandate for an account of this product gets when it is granted on a day."""
    path = f"house/products/{code}.toml"
    if "debit" not in document(path):
        return Debits(PLAIN_DEBITS, None)
    return parse(in_force(path, "debit", day), where=path)


def parse(told: Mapping[str, Any], *, where: str) -> Debits:
    """Terms from words and numbers; what is not said is as in the plain ones, what is too much is refused by name."""
    read: dict[str, int] = {}
    for field, value in told.items():
        if field in ("from", "note"):
            continue
        if field == "class":
            if not isinstance(value, str):
                raise TermsRefused(f"{where}: class: {value!r} is no name")
        elif field not in DebitTerms._fields:
            raise TermsRefused(f"{where}: {field}: not a term of debits")
        else:
            read[field] = term(value, f"{where}: {field}", None, RANGES.get(field))
    return Debits(PLAIN_DEBITS._replace(**read), told.get("class"))
