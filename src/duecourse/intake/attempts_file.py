"""Taking a file of attempts to pay that a channel's records tell, for an incident; bad rows to quarantine.

An attempt is known by its account and reference: the same file again, and the same attempt in another file, change
nothing. A corrected row is known by its reference.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from django.db import transaction

from duecourse.borrowers.reach import ReachRefused
from duecourse.care import incident_finding, incidents
from duecourse.care.incident_finding import OutsideWindow, Tried
from duecourse.care.incident_tables import Incident
from duecourse.kernel.money import AMOUNT_MAX
from duecourse.servicing.tables import Account

from . import files
from .files import BadRow, ColumnsMissing
from .payments_file import REFERENCE_MAX, columns_called, request_keys
from .tables import File, Quarantined

KIND = "attempts"
NAMES = {
    "account": ("account", "account_number", "账号", "账户", "账户编号"),
    "tried_at": ("tried_at", "尝试时间", "发起时间"),
    "amount": ("amount", "金额"),
    "amount_minor": ("amount_minor", "金额分", "金额（分）"),
    "reference": ("reference", "key", "流水号", "交易流水号"),
}
NEEDED = ("account", "tried_at", "reference")


class Taken(NamedTuple):
    """What taking a file did: the file with its totals (`file.summary`), and how many attempts are new."""

    file: File
    told: int


class Contract(NamedTuple):
    """An account by its number, and how many decimals its currency has."""

    account: int
    exponent: int


def take(path: Path, *, incident: int, by: str) -> Taken:
    """Take a file of attempts for an incident; taken again, it changes nothing."""
    one = incidents.get(incident)
    found = files.read(path)
    columns = columns_called(path, found.table, NAMES)
    missing = [name for name in NEEDED if name not in columns]
    if "amount" not in columns and "amount_minor" not in columns:
        missing.append("amount")
    if missing:
        raise ColumnsMissing(f"{path}: no column {', '.join(missing)}")
    rows = len(found.rows) + len(found.bad)
    digest = hashlib.sha256(f"{KIND}:{incident}:".encode() + files.digest(path)).digest()
    file, _ = File.objects.get_or_create(digest=digest, defaults={"name": path.name, "rows": rows, "kind": KIND})
    good, bad = parsed(one, columns, found.rows)
    with transaction.atomic():
        new = incident_finding.tell_attempts(incident=one, attempts=[attempt for _, attempt in good], by=by)
        finish(file, incident, good, [*found.bad, *bad], rows, new)
    return Taken(file, new)


def parsed(
    incident: Incident, columns: dict[str, pa.Array], numbers: list[int]
) -> tuple[list[tuple[int, Tried]], list[BadRow]]:
    """The rows that can be read, each with its number, and those that cannot, with field and reason."""
    texts = {name: column.to_pylist() for name, column in columns.items()}
    contracts = {
        number: Contract(account, exponent)
        for number, account, exponent in Account.objects.filter(
            number__in={one for one in texts["account"] if one}
        ).values_list("number", "id", "product__exponent")
    }
    by_channel = keys_by_channel(incident, texts["reference"])
    good: list[tuple[int, Tried]] = []
    bad = []
    for i, row in enumerate(numbers):
        told = {name: texts[name][i] for name in texts}
        reference = told["reference"]
        named = f"{incident.id}:{reference[:100]}" if reference else None
        try:
            account = account_of(told, contracts)
            keys = [reference, *(keys[i].decode() for keys in by_channel)]
            tried_at = instant_of(incident, told)
            good.append((row, Tried(account.account, tried_at, amount_of(told, account.exponent), reference, keys)))
        except Wrong as wrong:
            bad.append(BadRow(row, *wrong.told, named))
    return good, bad


def keys_by_channel(incident: Incident, references: Sequence[str | None]) -> list[list[bytes]]:
    """The request keys that payments of these references would have, channel by channel of an incident."""
    told = pa.array(references, pa.string())
    return [request_keys(np.full(len(references), channel), told).tolist() for channel in incident.channels]


class Wrong(Exception):
    """A row that cannot be read: the field, a stable code, the reason."""

    def __init__(self, field: str, code: str, reason: str) -> None:
        super().__init__(reason)
        self.told = (field, code, reason)


def account_of(told: Mapping[str, Any], contracts: Mapping[str, Contract]) -> Contract:
    """The account of a row that says all that is needed."""
    for name in NEEDED:
        if not told[name]:
            raise Wrong(name, "missing", "nothing stands there")
    if len(told["reference"]) > REFERENCE_MAX:
        raise Wrong("reference", "reference_too_long", f"more than {REFERENCE_MAX} characters")
    if told["account"] not in contracts:
        raise Wrong("account", "no_such_account", f"there is no account {told['account'][:60]}")
    return contracts[told["account"]]


def instant_of(incident: Incident, told: Mapping[str, Any]) -> datetime:
    """When it was tried: an instant with its zone, within the window."""
    said = str(told["tried_at"])
    try:
        at = datetime.fromisoformat(said)
        incident_finding.refuse_outside(incident, at)
    except OutsideWindow as fault:
        raise Wrong("tried_at", OutsideWindow.code, str(fault)) from fault
    except (ValueError, OverflowError, ReachRefused) as fault:
        reason = f"{said[:40]!r}: no instant with a zone (2026-08-31T23:59:00+08:00)"
        raise Wrong("tried_at", "not_an_instant", reason) from fault
    return at


def amount_of(told: Mapping[str, Any], exponent: int) -> int:
    """What was tried, in minor units."""
    minor, major = told.get("amount_minor"), told.get("amount")
    said = minor or major
    try:
        scaled = Decimal(str(said)) if minor else Decimal(str(said)).scaleb(exponent)
        whole = scaled.is_finite() and scaled == scaled.to_integral_value()
    except InvalidOperation:
        whole = False
    if not said or not whole:
        raise Wrong("amount", "not_a_number", f"{str(said)[:40]!r}: no amount of this currency")
    if not 0 < scaled <= AMOUNT_MAX:
        raise Wrong("amount", "not_positive" if scaled <= 0 else "amount_too_large", f"{str(said)[:40]!r}")
    return int(scaled)


def finish(file: File, incident: int, good: list[tuple[int, Tried]], bad: list[BadRow], rows: int, new: int) -> None:
    """Keep the rows that wait and the totals; rows that waited and are told now do not wait any more."""
    waiting = set(file.quarantined.filter(taken_by=None).values_list("row", flat=True))
    Quarantined.objects.bulk_create(
        Quarantined(file=file, **one._asdict()) for one in sorted(bad) if one.row not in waiting
    )
    still = Quarantined.objects.filter(taken_by=None, file__kind=KIND)
    still.filter(file=file, row__in=[row for row, _ in good]).update(taken_by=file)
    named = {f"{incident}:{one.reference[:100]}" for _, one in good}
    still.exclude(file=file).filter(reference__in=named).update(taken_by=file)
    file.summary = {"finished": True, "incident": incident, "rows": rows, "told": new, "quarantined": len(bad)}
    file.save(update_fields=["summary"])
