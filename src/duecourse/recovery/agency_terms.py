"""The terms agreed with an agency, as a TOML file says them: each field read and checked. Pure."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from duecourse.ledger.journal import Refused
from duecourse.rules.contact_rules import CHANNELS
from duecourse.rules.fields import TermsRefused, whole

from .strategy import STAGES

PPM = 10**6
BASES = ("entrusted", "provided")
"""entrusted: the agency works on our behalf, by agreement and under our eyes; provided: it decides for itself."""
REMITS = ("gross", "net")
"""gross: it pays in all that it took and is paid its commission; net: it keeps its commission back."""
RANGES = {"tail_days": (0, 366), "tell_within_days": (0, 31), "retention_days": (0, 3_660), "share": (0, 1_000)}
DAYS = ("contract_from", "contract_to")
TEXTS = ("agreement", "basis", "remits")


class AgencyTermsRefused(Refused):
    """Terms that an agency cannot have; the message names the field."""

    code = "agency_terms_refused"


class Commission(NamedTuple):
    """One rate: of accounts at least so many days past due when placed, or of cases in a stage."""

    from_days: int | None
    stage: str
    ppm: int


class Terms(NamedTuple):
    """What was agreed. agreement: the number of the paper. Days count from and through.

    channels: by which it may contact. tail_days: payments so long after a recall still earn. tell_within_days: after a
    contact it is told to us. retention_days: after a recall it deletes. capacity: how many cases at once, None: any
    number. share: of those that wait, beside the other agencies' shares.
    """

    agreement: str
    basis: str
    contract_from: date
    contract_to: date
    commission: tuple[Commission, ...]
    channels: tuple[str, ...]
    remits: str
    tail_days: int
    tell_within_days: int
    retention_days: int
    share: int
    capacity: int | None = None

    @property
    def digest(self) -> str:
        """The SHA-256 of the terms, whatever the order in which a file says them."""
        return hashlib.sha256(json.dumps(plain(self), sort_keys=True).encode()).hexdigest()


def read(text: str) -> Terms:
    """Terms from a TOML file; a field too few, too many or out of range is refused by name."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise AgencyTermsRefused(f"not a TOML file: {fault}") from fault
    return from_plain(told)


def from_plain(told: Mapping[str, Any]) -> Terms:
    """Terms from plain values, as a file or a row of the database has them."""
    asked = set(Terms._fields) - {"capacity"}
    for name in sorted((asked - set(told)) | (set(told) - set(Terms._fields))):
        raise AgencyTermsRefused(f"{name}: {'missing' if name in asked else 'not a term of an agency'}")
    read: dict[str, Any] = {name: text_of(name, told[name]) for name in TEXTS}
    read |= {name: day_of(name, told[name]) for name in DAYS}
    try:
        read |= {name: whole(between, told[name], name) for name, between in RANGES.items()}
        if told.get("capacity") is not None:
            read["capacity"] = whole((1, 10**9), told["capacity"], "capacity")
    except TermsRefused as fault:
        raise AgencyTermsRefused(str(fault)) from fault
    for name, words in (("basis", BASES), ("remits", REMITS)):
        if read[name] not in words:
            raise AgencyTermsRefused(f"{name}: {read[name]!r} is none of {', '.join(words)}")
    channels = told["channels"]
    if not isinstance(channels, list | tuple) or not channels or [one for one in channels if one not in CHANNELS]:
        raise AgencyTermsRefused(f"channels: {channels!r}: a list of {', '.join(CHANNELS)}")
    if read["contract_to"] < read["contract_from"]:
        raise AgencyTermsRefused(f"contract_to: {read['contract_to']} is before {read['contract_from']}")
    return Terms(**read, commission=commissions(told["commission"]), channels=tuple(dict.fromkeys(channels)))


def commissions(told: Any) -> tuple[Commission, ...]:
    """The rates, all by days past due or all by stage, each once; those by days begin at one day."""
    if not isinstance(told, list | tuple) or not told or not all(isinstance(row, Mapping) for row in told):
        raise AgencyTermsRefused("commission: a list of rates [[commission]]")
    found = []
    for row in told:
        by = "from_days_past_due" if "from_days_past_due" in row else "stage"
        if set(row) != {by, "ppm"}:
            raise AgencyTermsRefused(f"commission: {dict(row)!r}: ppm, and from_days_past_due or stage")
        try:
            ppm = whole((0, PPM), row["ppm"], "commission: ppm")
            days = whole((0, 36_600), row[by], f"commission: {by}") if by != "stage" else None
        except TermsRefused as fault:
            raise AgencyTermsRefused(str(fault)) from fault
        if by == "stage" and row["stage"] not in STAGES:
            raise AgencyTermsRefused(f"commission: stage: {row['stage']!r} is none of {', '.join(STAGES)}")
        found.append(Commission(days, row["stage"] if by == "stage" else "", ppm))
    if len({one.from_days is None for one in found}) > 1 or len({one[:2] for one in found}) < len(found):
        raise AgencyTermsRefused("commission: by days past due or by stage, each once")
    if found[0].from_days is not None and min(one.from_days or 0 for one in found) > 1:
        raise AgencyTermsRefused("commission: from_days_past_due: the first rate begins at 0 or 1")
    return tuple(sorted(found, key=lambda one: (one.from_days or 0, one.stage)))


def rate(terms: Terms, *, days_past_due: int, stage: str) -> int | None:
    """The commission of an account so late, in a case of a stage, in parts per million; None: none was agreed.

    >>> some = (Commission(0, "", 100_000), Commission(91, "", 200_000))
    >>> rate(Terms("", "", date.min, date.max, some, (), "", 0, 0, 0, 1), days_past_due=91, stage="late")
    200000
    """
    if terms.commission[0].from_days is None:
        return next((one.ppm for one in terms.commission if one.stage == stage), None)
    return max(
        (one for one in terms.commission if (one.from_days or 0) <= max(days_past_due, 1)),
        key=lambda one: one.from_days or 0,
    ).ppm


def plain(terms: Terms) -> dict[str, Any]:
    """Terms as they are kept."""
    rates = [
        {"stage": one.stage, "ppm": one.ppm}
        if one.from_days is None
        else {"from_days_past_due": one.from_days, "ppm": one.ppm}
        for one in terms.commission
    ]
    days = {name: str(getattr(terms, name)) for name in DAYS}
    return {**terms._asdict(), **days, "commission": rates, "channels": list(terms.channels)}


def text_of(name: str, value: Any) -> str:
    """A text that says something."""
    if not isinstance(value, str) or not value.strip():
        raise AgencyTermsRefused(f"{name}: nothing is said")
    return value.strip()


def day_of(name: str, value: Any) -> date:
    """A day, as TOML has it or as a text."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else date(value.year, value.month, value.day)
    except (AttributeError, ValueError) as fault:
        raise AgencyTermsRefused(f"{name}: {value!r} is no day") from fault
