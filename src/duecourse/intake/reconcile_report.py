"""What reconciled files came to: figures by outcome and by merchant, open items as rows, a report for programs."""

from collections import Counter
from typing import Any

from django.db.models import Count, F, Q, Sum, Value

from duecourse.servicing.tables import Account as Contract

from . import merchant_file
from .reconcile_known import MERCHANT
from .tables import File, FileLine, Match, OpenItem


def open_ones(side: str | None = None) -> Any:
    """The items that nothing has resolved, oldest first."""
    found = OpenItem.objects.filter(resolution=None).order_by("day", "id")
    return found.filter(file__kind=side) if side else found


def counted() -> tuple[str, bool, int, str]:
    """How many items are open, by kind, as a line of `duecourse check`: a fact to work on, not a fault of the book."""
    rows = Counter(open_ones().values_list("file__kind", "kind"))
    told = ", ".join(f"{side} {kind.replace('_', ' ')} {count:,}" for (side, kind), count in sorted(rows.items()))
    return "open items of reconciliation", True, sum(rows.values()), told or "none is open"


def figures(file: File) -> list[dict[str, Any]]:
    """How many lines and events of a file came to what, and their sums: matched, and each kind of open item."""
    matched = Match.objects.filter(line__file=file).values(currency=F("line__currency")).annotate(
        lines=Count("line", distinct=True), events=Count("event_id", distinct=True), theirs=Sum("amount_minor"),
        ours=Sum("amount_minor"), kind=Value("matched"),
    )  # fmt: skip
    own = OpenItem.objects.filter(Q(line__file=file) | Q(line=None, file=file), resolution=None)
    opened = own.values("kind", "currency").annotate(
        lines=Count("line"), events=Count("event_id"), theirs=Sum("theirs_minor"), ours=Sum("ours_minor")
    )
    rows = [
        {
            "outcome": one["kind"],
            "currency": one["currency"],
            "lines": one["lines"],
            "theirs_minor": int(one["theirs"] or 0),
            "events": one["events"],
            "ours_minor": int(one["ours"] or 0),
        }
        for one in (*matched.order_by("currency"), *opened.order_by("currency", "kind"))
    ]
    total = sum(row["theirs_minor"] for row in rows if row["lines"])
    assert total == sum(file.lines.values_list("amount_minor", flat=True)), "reconcile: a line came to nothing"
    return rows


def merchants(file: File) -> list[dict[str, Any]]:
    """What a settlement file says by merchant: purchases, refunds, charged back, fees, net, and what of it is open."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    open_lines = set(open_ones(MERCHANT).filter(line__file=file).values_list("line_id", flat=True))
    for line in file.lines.order_by("owner", "row"):
        row = found.setdefault(
            (line.owner, line.currency),
            {"merchant": line.owner, "currency": line.currency}
            | dict.fromkeys(("purchase", "refund", "chargeback", "fee", "net", "open", "open_minor"), 0),
        )
        if line.kind != merchant_file.FEE:
            row[line.kind] += line.amount_minor
        row["fee"] += line.fee_minor
        row["net"] += line.amount_minor - line.fee_minor
        row["open"] += line.id in open_lines
        row["open_minor"] += line.amount_minor * (line.id in open_lines)
    return list(found.values())


DIFFERENCE = ("item", "outcome", "file", "row", "day", "owner", "account", "event", "reference", "text", "currency",
              "theirs", "ours", "repeats", "since")  # fmt: skip


def differences(items: Any) -> list[dict[str, Any]]:
    """Open items as rows of words and figures, in minor units; `repeats` names what a duplicate repeats."""
    found = list(items.select_related("line", "line__file", "file"))
    numbers = dict(
        Contract.objects.filter(id__in={one.account_id for one in found} - {None}).values_list("id", "number")
    )
    repeated = FileLine.objects.select_related("file").in_bulk({one.repeats for one in found} - {None})
    rows = []
    for one in found:
        line, again = one.line, repeated.get(one.repeats)
        told = (
            one.id, one.kind, line.file.name if line else "", line.row if line else None, one.day, one.owner,
            numbers.get(one.account_id, ""), one.event_id, " ".join(line.references) if line else "",
            line.text if line else "", one.currency, one.theirs_minor, one.ours_minor,
            f"{again.file.name} row {again.row}" if again else "", one.file.name,
        )  # fmt: skip
        rows.append(dict(zip(DIFFERENCE, told, strict=True)))
    return rows


def report(file: File, *, again: bool) -> dict[str, Any]:
    """What became of a file, for other programs: its figures, what of it is open now, what waits in quarantine."""
    waiting = file.quarantined.filter(taken_by=None).order_by("row")
    return {
        "file": file.name,
        "sha256": bytes(file.digest).hex(),
        "known_before": again,
        **file.summary,
        "merchants": merchants(file) if file.kind == MERCHANT else [],
        "open": [{**row, "day": str(row["day"])} for row in differences(open_of(file))],
        "quarantine": list(waiting.values("row", "field", "code", "reason", "reference")),
    }


def open_of(file: File) -> Any:
    """The open items of a file: of its lines, and what it was the first not to have."""
    return open_ones(file.kind).filter(Q(line__file=file) | Q(line=None, file=file))
