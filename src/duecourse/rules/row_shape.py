"""The shape of a row of law: what every row says, and what of it is refused by file, table, row and field."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

SEVERITIES = ("forbids", "presumes", "guides", "tells")
"""Breaking it is unlawful; is presumed so, which can be rebutted; is against a standard. Or: a figure others use."""
TEXTS = ("rule", "zh", "en", "cite", "legal_status", "severity")
SAID = ("rule", "from", "to", "zh", "en", "cite", "legal_status", "verified", "severity")
"""The fields of every row (`to` may be left out); all others are its parameters."""
NAME = re.compile(r"[A-Z]{2,}(-[A-Z0-9][A-Z0-9.]*)+")
FIELD = re.compile(r"[a-z][a-z0-9_]*")


class RuleRefused(Exception):
    """A row of law that is not of the shape; the message names file, table, row and field."""

    code = "rule_refused"


def has_shape(path: str) -> bool:
    """Whether a file, by its path under rules/, holds rows of this shape: law, and the house's rules of contact."""
    return path.startswith("law/") or path == "house/contact.toml"


def check(told: Mapping[str, Any], *, where: str) -> None:
    """Refuse a file with a row that is not of the shape. `where`: the file, for the refusal."""
    for table, rows in told.items():
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise RuleRefused(f"{where}: {table}: not a list of rows [[{table}]]")
        seen = set()
        for place, row in enumerate(rows, start=1):
            named = f"{where}: {table}: row {place} ({row.get('rule', 'without a rule')})"
            for field, why in faults(row):
                raise RuleRefused(f"{named}: {field}: {why}")
            if (row["rule"], row["from"]) in seen:
                raise RuleRefused(f"{named}: from: another row of this rule begins on {row['from']}")
            seen.add((row["rule"], row["from"]))


def check_own(told: Mapping[str, Any], known: Mapping[str, list[Mapping[str, Any]]], *, where: str) -> None:
    """Refuse an operator's row of a table or with a parameter that no code reads: what the shipped rows do not have.

    `known`: the shipped rows of each table. A parameter that all of them have may not be left out.
    """
    for table, rows in told.items():
        if table not in known:
            raise RuleRefused(f"{where}: {table}: no such table; there are {', '.join(sorted(known))}")
        kinds: dict[str, set[type]] = {}
        for row in known[table]:
            for field, value in row.items():
                kinds.setdefault(field, set()).add(type(value))
        needed = set.intersection(*({*row} for row in known[table]))
        for place, row in enumerate(rows, start=1):
            named = f"{where}: {table}: row {place} ({row['rule']})"
            for field in sorted(needed - {*row}):
                raise RuleRefused(f"{named}: {field}: missing")
            for field, value in row.items():
                if field not in SAID and field not in kinds:
                    raise RuleRefused(f"{named}: {field}: no parameter of this table")
                if field not in SAID and type(value) not in kinds[field]:
                    raise RuleRefused(f"{named}: {field}: {value!r} is of another kind than in the shipped rows")


def faults(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with a row: the field, and why."""
    for field in TEXTS:
        if not isinstance(row.get(field), str) or not row[field].strip():
            yield field, "missing" if field not in row else "not a text"
            return
    if not NAME.fullmatch(row["rule"]):
        yield "rule", f"{row['rule']!r} is no id such as CN-COL-02"
    if row["severity"] not in SEVERITIES:
        yield "severity", f"{row['severity']!r} is none of {', '.join(SEVERITIES)}"
    if type(row.get("verified")) is not bool:
        yield "verified", "missing" if "verified" not in row else "not true or false"
    for field in ("from", "to"):
        if (field in row or field == "from") and not is_day(row.get(field)):
            yield field, "missing" if field not in row else "not a day"
            return
    if "to" in row and row["to"] < row["from"]:
        yield "to", f"{row['to']} is before {row['from']}"
    for field, value in row.items():
        if not FIELD.fullmatch(field):
            yield field, "not a name in small letters"
        elif field not in SAID and not is_plain(value):
            yield field, "not made of whole numbers, texts, days, times, true and false"


def is_day(value: Any) -> bool:
    """A day, and no instant."""
    return isinstance(value, date) and not isinstance(value, datetime)


def is_plain(value: Any) -> bool:
    """A whole number, a text, a day, a time of day, true or false, or a list or table of such; no fraction."""
    if isinstance(value, list):
        return all(is_plain(one) for one in value)
    if isinstance(value, dict):
        return all(is_plain(one) for one in value.values())
    return isinstance(value, str | int | bool | time) or is_day(value)
