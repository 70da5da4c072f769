"""Reading a bank's statement: CSV by a layout, camt.053 (ISO 20022), MT940 (SWIFT).

A file holds one statement or more; each is of one account and currency and has its balances where the bank gives them.
Opening balance and lines make the closing balance, else the file is refused. A row that cannot be read is named; the
others are taken.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from duecourse.ledger.journal import Refused

from . import exchanged_file, files
from .files import BadRow, ColumnsMissing, FileMalformed
from .statement_layout import IN, OUT, SEVERAL, Layout
from .statement_rows import (
    MAX_ROWS,
    NO_REFERENCE,
    REFERENCE_MAX,
    Incoming,
    Row,
    Statement,
    StatementUnreadable,
    Wrong,
)


class BalanceDiffers(Refused):
    """Opening balance and lines do not make the closing balance."""

    code = "balance_differs"


def read(path: Path, layout: Layout, exponents: Mapping[str, int]) -> Incoming:
    """Read a statement. `exponents`: the decimals of each currency that the book has."""
    files.digest(path)
    head = path.read_bytes()[:4096].lstrip(b"\xef\xbb\xbf \r\n\t")
    if head.startswith(b"<"):
        found = exchanged_file.camt(path, exponents)
    elif head.startswith((b":20:", b"{1:")) or b"\n:20:" in head:
        found = exchanged_file.mt940(path, decoded(path, layout), exponents)
    else:
        found = delimited(path, layout, exponents)
    files.refuse_rows_above(path, found.size, MAX_ROWS)
    for one in found.statements:
        prove(path, one)
    return found


def prove(path: Path, one: Statement) -> None:
    """Refuse a statement whose opening balance and lines do not make its closing balance."""
    if one.opening_minor is None or one.closing_minor is None or one.unread:
        return
    total = sum(row.amount_minor for row in one.rows)
    if one.opening_minor + total != one.closing_minor:
        raise BalanceDiffers(
            f"{path}: statement {one.number or one.account}: opening {one.opening_minor:,} and lines {total:,} make "
            f"{one.opening_minor + total:,}, the closing balance is {one.closing_minor:,} (minor units of "
            f"{one.currency}); nothing was taken"
        )


def decoded(path: Path, layout: Layout) -> str:
    """The text of a file in the encoding that its layout names."""
    if layout.encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig"):
        return files.text_of(path)
    try:
        return path.read_bytes().decode(layout.encoding)
    except UnicodeDecodeError as fault:
        raise files.FileNotText(f"{path}: byte {fault.start} is not {layout.encoding}") from fault


def cells_of(path: Path, layout: Layout) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header and the rows of a CSV text, each with its number (the first row below the header is 1)."""
    lines = decoded(path, layout).splitlines(keepends=True)[layout.skip :]
    try:
        rows = list(csv.reader(io.StringIO("".join(lines)), delimiter=layout.delimiter, strict=True))
    except csv.Error as fault:
        raise FileMalformed(f"{path}: {fault}") from fault
    if not rows:
        raise ColumnsMissing(f"{path}: there is no header")
    return [name.strip() for name in rows[0]], [(n, row) for n, row in enumerate(rows[1:], 1) if any(row)]


def fields_of(path: Path, header: Sequence[str], layout: Layout, needed: Sequence[str]) -> dict[str, list[int]]:
    """In which columns each field stands; refused where one is missing or stands there twice."""
    plain = [name.lower().replace(" ", "_") for name in header]
    places: dict[str, list[int]] = {}
    for field, names in layout.columns.items():
        wanted = [name.lower().replace(" ", "_") for name in names]
        found = [place for place, name in enumerate(plain) if name in wanted]
        if len(found) > 1 and field not in SEVERAL:
            raise FileMalformed(f"{path}: the column {field} stands there {len(found)} times")
        if found:
            places[field] = found
    missing = [field for field in needed if not any(one in places for one in field.split("|"))]
    if missing:
        raise ColumnsMissing(f"{path}: no column {', '.join(missing).replace('|', ' or ')}; a layout can name it")
    return places


class Balance(NamedTuple):
    """What a row moves and the balance after it, None for what cannot be read."""

    row: int
    amount: int | None
    after: int | None


class Cells:
    """One row of a CSV by field, and how it is read. What is wrong is raised as Wrong."""

    def __init__(self, row: Sequence[str], places: Mapping[str, list[int]], layout: Layout, exponent: int) -> None:
        self.row, self.places, self.layout, self.exponent = row, places, layout, exponent

    def all(self, field: str) -> list[str]:
        """What stands in the columns of a field, but for nothing."""
        return [self.row[place].strip() for place in self.places.get(field, []) if self.row[place].strip()]

    def one(self, field: str) -> str:
        """What stands in the column of a field."""
        return next(iter(self.all(field)), "")

    def day(self) -> date:
        """The row's day."""
        told = self.one("day")
        found = self.layout.day(told)
        if found is None:
            raise Wrong("day", "not_a_day", f"{told[:40]!r}: no day")
        return found

    def minor(self, field: str) -> int:
        """An amount in minor units."""
        told = self.one(field)
        found = self.layout.decimal(told)
        if found is None:
            raise Wrong(field, "missing" if not told else "not_a_number", f"{told[:40]!r}: no amount")
        scaled = found.scaleb(self.exponent)
        if scaled != int(scaled):
            raise Wrong(field, "below_exponent", f"{told[:40]!r}: the currency has {self.exponent} decimals")
        return int(scaled)

    def signed(self) -> int:
        """What the row moves: above zero to us."""
        if "amount" not in self.places:
            told = [(sign, self.minor(field)) for sign, field in ((1, "credit"), (-1, "debit")) if self.one(field)]
            moved = [(sign, amount) for sign, amount in told if amount]
            if len(moved) > 1 or not told:
                raise Wrong("credit", "not_one_amount", "either credit or debit should hold an amount")
            return moved[0][0] * abs(moved[0][1]) if moved else 0
        amount = self.minor("amount")
        if "direction" in self.places:
            way = self.one("direction").lower()
            if way not in (*IN, *OUT):
                raise Wrong("direction", "not_a_direction", f"{way[:40]!r}: neither in nor out")
            return abs(amount) if way in IN else -abs(amount)
        return amount

    def running(self, number: int) -> Balance:
        """What the row moves and the balance after it, where they can be read."""

        def known(read: Callable[[], int]) -> int | None:
            try:
                return read()
            except Wrong:
                return None

        return Balance(number, known(self.signed), known(lambda: self.minor("balance")))

    def read(self, number: int, currency: str) -> Row:
        """The row as a line."""
        amount = self.signed()
        if self.one("balance"):
            self.minor("balance")
        told = self.one("currency")
        if told and told.upper() != currency:
            raise Wrong("currency", "wrong_currency", f"{told[:40]!r}: the statement is in {currency}")
        return Row(
            number, self.day(), amount, self.references(), " ".join(self.all("text")), self.channel(),
            self.corrects(), owner=self.one("account"),
        )  # fmt: skip

    def channel(self) -> int | None:
        """The row's channel, None where it names none."""
        told = self.one("channel")
        if told and not (told.isdecimal() and int(told) <= 32_767):
            raise Wrong("channel", "not_a_channel", f"{told[:40]!r}: no channel number")
        return int(told) if told else None

    def references(self) -> tuple[str, ...]:
        """What the row calls itself by."""
        told = tuple(dict.fromkeys(one for one in self.all("reference") if one.upper() not in NO_REFERENCE))
        if any(len(one) > REFERENCE_MAX for one in told):
            raise Wrong("reference", "reference_too_long", f"at most {REFERENCE_MAX} characters are taken")
        return told

    def corrects(self) -> int:
        """Which quarantined row it corrects."""
        told = self.one("row")
        return int(told) if told.isdecimal() else 0


def delimited(path: Path, layout: Layout, exponents: Mapping[str, int]) -> Incoming:
    """A CSV of one account and currency, in the bank's order; a column of running balances is proved row by row."""
    header, rows = cells_of(path, layout)
    places = fields_of(path, header, layout, ("day", "amount|credit|debit"))
    if layout.newest_first:
        rows = rows[::-1]
    currency = layout.currency or only_currency(path, rows, places, exponents)
    if currency not in exponents:
        raise StatementUnreadable(f"{path}: the book has no product in {currency!r}")
    good, bad = list[Row](), list[BadRow]()
    balances: list[Balance] = []
    for number, row in rows:
        cells = Cells(row, places, layout, exponents[currency])
        is_whole = len(row) == len(header)
        balances.append(cells.running(number) if is_whole else Balance(number, None, None))
        try:
            if not is_whole:
                raise Wrong("", "wrong_number_of_fields", f"{len(row)} fields, the header has {len(header)}")
            good.append(cells.read(number, currency))
        except Wrong as fault:
            reference = cells.one("reference") if is_whole else row[0]
            bad.append(fault.bad(number, reference[:REFERENCE_MAX] or None))
    opening, closing = None, None
    if "balance" in places and balances:
        follow(path, balances, currency)
        first, closing = balances[0], balances[-1].after
        opening = None if first.after is None or first.amount is None else first.after - first.amount
    owners = {row.owner for row in good if row.owner}
    account = layout.account or (owners.pop() if len(owners) == 1 else "")
    days = [row.day for row in good]
    first_day, last_day = min(days, default=None), max(days, default=None)
    return Incoming([Statement(account, currency, "", first_day, last_day, opening, closing, good, bool(bad))], bad)


def follow(path: Path, balances: Sequence[Balance], currency: str) -> None:
    """Refuse a CSV whose running balance does not follow from the row before, where both can be read."""
    for before, row in pairwise(balances):
        if before.after is None or row.amount is None or row.after is None:
            continue
        if before.after + row.amount != row.after:
            raise BalanceDiffers(
                f"{path}: row {row.row}: balance {before.after:,} and {row.amount:,} make "
                f"{before.after + row.amount:,}, the row says {row.after:,} (minor units of {currency}); where the "
                "newest stands first, the layout says newest_first"
            )


def only_currency(
    path: Path, rows: Sequence[tuple[int, list[str]]], places: Mapping[str, list[int]], exponents: Mapping[str, int]
) -> str:
    """The currency of a CSV that names none: that of its column, else the only one that the book has."""
    place = next(iter(places.get("currency", [])), None)
    told = {row[place].strip().upper() for _, row in rows if place is not None and len(row) > place} - {""}
    known = told & set(exponents) or (told if told else set(exponents))
    if len(known) != 1:
        raise StatementUnreadable(f"{path}: the currency is not clear ({', '.join(sorted(known)) or 'none'}); "
                                  "name it in the layout")  # fmt: skip
    return next(iter(known))
