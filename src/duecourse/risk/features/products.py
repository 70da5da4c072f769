"""Which features accounts of a kind of product have on a sealed day: lines of credit, and installment loans."""

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

import pyarrow as pa

from . import line_book, loan_book
from .compiled import Made


class Product(NamedTuple):
    """A kind of product: the directions of its features in order, of what they are made on a sealed day, its words.

    standing: how its accounts stood on a sealed day, without the features; what tells their next due is in both.
    due_english, due_chinese: what of it falls due.
    """

    name: str
    direction: Mapping[str, int]
    made: Callable[[date], Made]
    standing: Callable[[date], pa.Table]
    english: str
    chinese: str
    due_english: str
    due_chinese: str

    @property
    def features(self) -> tuple[str, ...]:
        """The names of its features, in order."""
        return tuple(self.direction)

    def table(self, day: date) -> Any:
        """Its features on a sealed day, as an Ibis table on this machine."""
        return self.made(day).table()

    def in_order(self, day: date) -> pa.Table:
        """The features of the accounts in order on a sealed day, in order of account."""
        return self.made(day).arrow("WHERE in_order ORDER BY account_id")


LINES = Product(
    "line", MappingProxyType(line_book.DIRECTION), line_book.made, line_book.standing,
    "line", "循环额度", "minimum", "最低还款额",
)  # fmt: skip
LOANS = Product(
    "loan", MappingProxyType(loan_book.DIRECTION), loan_book.made, loan_book.standing,
    "loan", "贷款", "installment", "分期款",
)  # fmt: skip
PRODUCTS = {one.name: one for one in (LINES, LOANS)}
"""The kinds of product by name."""
