"""The attempts of many people as columns: who has as many as a rule allows, so that it may refuse for them.

Whoever has fewer gets the answer of one without attempts, now and later: time only lets attempts grow too old.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from duecourse.ledger.bulk import arrow
from duecourse.rules.contact_rules import ContactRule

from . import refusing

KINDS = ("count", "gap")
"""Kinds of rule that look at attempts."""


class Attempts(NamedTuple):
    """Attempts of the borrowers from `first` on; `is_near`: who must be asked about with their attempts."""

    first: int
    table: pa.Table
    is_near: Any

    def rows(self, wanted: Any) -> dict[int, list[Any]]:
        """By borrower, of those who are wanted, the rows as `known.attempt` takes them."""
        return rows_of(self.table, wanted, self.first)


def rows_of(table: pa.Table, wanted: Any, first: int) -> dict[int, list[Any]]:
    """The rows of a table by borrower, of those from `first` on who are wanted; the first column is the borrower."""
    owner = table.column("borrower_id").to_numpy()
    chosen = table.filter(pa.array(wanted[owner - first])) if len(owner) else table
    found: dict[int, list[Any]] = defaultdict(list)
    for borrower, *row in zip(*(column.to_pylist() for column in chosen.columns), strict=True):
        found[borrower].append(row)
    return found


def brought(first: int, end: int, at: datetime, counting: Sequence[tuple[ContactRule, ...]], home_of: Any) -> Attempts:
    """The attempts on the borrowers from `first` to before `end`, as far back as a rule of their place counts.

    counting: for each home the rules that count attempts; home_of: which home each borrower has.
    """
    rules = {rule for one in counting for rule in one if not rule.inbound_only}
    back = max((reach(rule) for rule in rules), default=timedelta())
    table = arrow(f"SELECT * FROM outreach_attempts({first}, {end - 1}, {literal(at - back)}) ORDER BY borrower_id, at")
    owner = table.column("borrower_id").to_numpy() - first
    age_s = at.timestamp() - table.column("at").cast(pa.int64()).to_numpy() / 1e6
    kinds, kind_of = kinds_of(table)
    is_near, is_counted = np.zeros(end - first, dtype=bool), np.zeros(len(owner), dtype=bool)
    for rule in rules:
        at_home = np.array([rule in one for one in counting], dtype=bool)[home_of[owner]]
        in_reach = at_home & (age_s <= reach(rule).total_seconds())
        is_counted |= in_reach
        counts = np.array([refusing.counts(rule, *one) for one in kinds], dtype=bool)[kind_of]
        is_near |= np.bincount(owner[in_reach & counts], minlength=end - first) >= max(rule.most, 1)
    return Attempts(first, table.filter(pa.array(is_counted)), is_near)


def kinds_of(table: pa.Table) -> tuple[list[list[str]], Any]:
    """Which channels, purposes and outcomes attempts have together, and for each row which of these."""
    columns = [table.column(name).combine_chunks().dictionary_encode() for name in ("channel", "purpose", "outcome")]
    code = np.zeros(table.num_rows, dtype=np.int64)
    for column in columns:
        code = code * (len(column.dictionary) + 1) + column.indices.to_numpy()
    _, some, kind_of = np.unique(code, return_index=True, return_inverse=True)
    return [[column[int(one)].as_py() for column in columns] for one in some], kind_of


def reach(rule: ContactRule) -> timedelta:
    """How long ago an attempt may have been that a rule counts, wherever its days begin."""
    return timedelta(days=rule.days + 1)


def literal(at: datetime) -> str:
    """An instant in a statement."""
    return f"timestamptz '{at.astimezone(UTC).isoformat()}'"
