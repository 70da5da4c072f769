"""What statements and settlement files are made of, whatever their format: rows, statements, a row's fault."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from duecourse.ledger.journal import Refused

from .files import BadRow

MAX_ROWS = 100_000
REFERENCE_MAX = 200
NO_REFERENCE = ("", "NONREF", "NOTPROVIDED", "NOT PROVIDED")


class StatementUnreadable(Refused):
    """The file is no statement that can be read as a whole."""

    code = "statement_unreadable"


class Row(NamedTuple):
    """A line of a statement: its row, day, amount in minor units (above zero: to us), references, text, channel.

    corrects: the quarantined row that it corrects; 0 for none. kind, fee and net are a merchant file's.
    """

    row: int
    day: date
    amount_minor: int
    references: tuple[str, ...]
    text: str
    channel: int | None = None
    corrects: int = 0
    kind: str = ""
    owner: str = ""
    fee_minor: int = 0


class Statement(NamedTuple):
    """A statement: the lender's account with the bank, currency, days, balances in minor units or None, its lines.

    unread: whether an amount of it could not be read, so that its balances cannot be proved.
    """

    account: str
    currency: str
    number: str
    first_day: date | None
    last_day: date | None
    opening_minor: int | None
    closing_minor: int | None
    rows: list[Row]
    unread: bool = False


class Incoming(NamedTuple):
    """A file: its statements, the rows that cannot be taken, how many lines are not booked yet and were passed over."""

    statements: list[Statement]
    bad: list[BadRow]
    pending: int = 0

    @property
    def size(self) -> int:
        """How many rows it has, good or bad."""
        return sum(len(one.rows) for one in self.statements) + len(self.bad)


class Wrong(Exception):
    """What is wrong with one row: the field, a stable code, the reason."""

    def __init__(self, field: str, code: str, reason: str) -> None:
        super().__init__(field, code, reason)
        self.field, self.code, self.reason = field, code, reason

    def bad(self, row: int, reference: str | None) -> BadRow:
        """The row as it waits in quarantine."""
        return BadRow(row, self.field, self.code, self.reason, reference)


def scaled(amount: Decimal, currency: str, exponents: Mapping[str, int]) -> int:
    """An amount of a currency in minor units."""
    if currency not in exponents:
        raise Wrong("currency", "wrong_currency", f"the book has no product in {currency!r}")
    minor = amount.scaleb(exponents[currency])
    if minor != int(minor):
        raise Wrong("amount", "below_exponent", f"{amount}: {currency} has {exponents[currency]} decimals")
    return int(minor)
