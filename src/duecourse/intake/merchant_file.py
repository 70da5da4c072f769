"""Reading a merchant's or acquirer's settlement file: purchases, refunds, fees and what was charged back, as CSV.

Amounts are written without a sign; the kind says which way they go. `net`, where it stands, is the amount less the fee
and is proved row by row; the last line may hold control totals: `TOTAL,<rows>,<sum of net>`.
"""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from duecourse.ledger.journal import Refused

from . import files, payments_file
from .bank_file import Cells, cells_of, fields_of, only_currency
from .files import BadRow
from .payments_file import NOTHING_SAID, Control
from .statement_layout import Layout
from .statement_rows import MAX_ROWS, REFERENCE_MAX, Incoming, Row, Statement, StatementUnreadable, Wrong

PURCHASE, REFUND, FEE, CHARGEBACK = "purchase", "refund", "fee", "chargeback"
KINDS: Mapping[str, tuple[str, ...]] = {
    PURCHASE: ("purchase", "sale", "capture", "消费", "交易"),
    REFUND: ("refund", "退款", "退货"),
    FEE: ("fee", "手续费", "服务费"),
    CHARGEBACK: ("chargeback", "dispute", "disputed", "拒付", "争议"),
}
SIGNS = {PURCHASE: 1, REFUND: -1, FEE: 0, CHARGEBACK: -1}


class SettlementDiffers(Refused):
    """Amounts, fees and net amounts of a settlement file do not agree."""

    code = "settlement_differs"


def read(path: Path, layout: Layout, exponents: Mapping[str, int]) -> Incoming:
    """Read a settlement file as one statement without balances; each row names its merchant."""
    files.digest(path)
    header, rows = cells_of(path, layout)
    places = fields_of(path, header, layout, ("day", "amount", "reference", "kind"))
    control = NOTHING_SAID
    if rows and rows[-1][1][0].strip().lower() in payments_file.CONTROL_WORDS:
        told = layout.delimiter.join(cell for cell in rows[-1][1] if cell.strip())
        control = payments_file.without_control(path, told.replace(layout.delimiter, ","))[1]
        rows = rows[:-1]
    files.refuse_rows_above(path, len(rows), MAX_ROWS)
    currency = layout.currency or only_currency(path, rows, places, exponents)
    if currency not in exponents:
        raise StatementUnreadable(f"{path}: the book has no product in {currency!r}")
    words = {word: kind for kind, known in KINDS.items() for word in (*known, *layout.kinds.get(kind, ()))}
    good, bad = list[Row](), list[BadRow]()
    for number, row in rows:
        cells = Cells(row, places, layout, exponents[currency])
        try:
            if len(row) != len(header):
                raise Wrong("", "wrong_number_of_fields", f"{len(row)} fields, the header has {len(header)}")
            good.append(settled(path, number, cells, words, currency))
        except Wrong as fault:
            reference = cells.one("reference") if len(row) == len(header) else row[0]
            bad.append(fault.bad(number, reference[:REFERENCE_MAX] or None))
    compare(path, control, len(rows), good, bad, exponents[currency])
    days = [row.day for row in good]
    first, last = min(days, default=None), max(days, default=None)
    return Incoming([Statement("", currency, "", first, last, None, None, good, bool(bad))], bad)


def settled(path: Path, number: int, cells: Cells, words: Mapping[str, str], currency: str) -> Row:
    """One row of a settlement file; a net amount that is not the amount less the fee refuses the file."""
    told = cells.one("kind")
    kind = words.get(told.lower())
    if kind is None:
        raise Wrong("kind", "not_a_kind", f"{told[:40]!r}: no purchase, refund, fee or chargeback")
    currency_told = cells.one("currency").upper()
    if currency_told and currency_told != currency:
        raise Wrong("currency", "wrong_currency", f"{currency_told[:40]!r}: the file is in {currency}")
    amount = abs(cells.minor("amount"))
    fee = abs(cells.minor("fee")) if cells.one("fee") else 0
    if kind == FEE:
        fee, amount = amount or fee, 0
    references = cells.references()
    if not references and kind != FEE:
        raise Wrong("reference", "missing", "nothing stands there")
    moved = SIGNS[kind] * amount
    if cells.one("net") and cells.minor("net") != moved - fee:
        raise SettlementDiffers(
            f"{path}: row {number}: {kind} {moved:,} less the fee {fee:,} is {moved - fee:,}, the net amount says "
            f"{cells.minor('net'):,} (minor units of {currency}); nothing was taken"
        )
    text = " ".join((*cells.all("text"), cells.one("account"))).strip()
    owner = cells.one("merchant") or cells.layout.account
    return Row(number, cells.day(), moved, references, text, None, cells.corrects(), kind, owner, fee)


def compare(path: Path, control: Control, size: int, good: list[Row], bad: list[BadRow], exponent: int) -> None:
    """Refuse a file that does not hold the rows or the net sum that its last line says."""
    if control.rows is not None and control.rows != size:
        raise SettlementDiffers(f"{path}: {size:,} rows, its last line says {control.rows:,}; nothing was taken")
    if control.total is None:
        return
    if bad:
        raise SettlementDiffers(
            f"{path}: the net sum should be {control.total}, but row {bad[0].row} cannot be read ({bad[0].reason}); "
            "nothing was taken"
        )
    total = Decimal(sum(row.amount_minor - row.fee_minor for row in good)).scaleb(-exponent)
    if total != control.total:
        raise SettlementDiffers(
            f"{path}: the net sum is {total}, its last line says {control.total}; nothing was taken"
        )
