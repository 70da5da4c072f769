"""What a feature is: a name, a family, a direction, its words, and an expression over an account's months."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple


class Feature(NamedTuple):
    """One feature of an account.

    family: what it is about; reasons are told once a family. sign: 1 where more of it may only raise the chance, -1
    where it may only lower it, 0 where it may do either. english, chinese: what it measures. of: from the table of
    facts by month, an aggregate over one account's months, in the same expression on every engine.
    """

    name: str
    family: str
    sign: int
    english: str
    chinese: str
    of: Callable[[Any], Any]


def aggregate(facts: Any, features: Iterable[Feature]) -> Any:
    """One row an account, its features as columns: an Ibis expression over the facts by month (one row each).

    >>> import ibis
    >>> facts = ibis.memtable({"account_id": [7, 7], "month": [1, 2], "paid": [30, 50]})
    >>> paid = Feature("paid", "payment", -1, "paid in all", "还款合计", lambda facts: facts.paid.sum())
    >>> aggregate(facts, [paid]).to_pyarrow().to_pylist()
    [{'account_id': 7, 'paid': 80}]
    """
    return facts.group_by("account_id").aggregate(**{feature.name: feature.of(facts) for feature in features})
