"""Payments of a file whose account is not there: booked into suspense, and attributed when a corrected row comes.

A row is known by its channel and reference, and so is its item in suspense: the corrected row moves the money that lies
there and is never a second payment, whichever file or door brought it.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from duecourse.ledger import read
from duecourse.ledger.journal import Refused
from duecourse.rules.read import to_date
from duecourse.servicing import suspense
from duecourse.servicing.cash_tables import Suspense

from .files import BadRow
from .payments_file import ONE, Incoming
from .payments_known import Known, act_of, bound

NO_ACCOUNT = "no_such_account"


class Unattributed(NamedTuple):
    """How many rows of a file lie in suspense, and how much by currency, in minor units."""

    rows: int
    minor: Mapping[str, int]

    @classmethod
    def kept(cls, summary: Mapping[str, Any]) -> "Unattributed":
        """What a file's summary says of an earlier run."""
        return cls(int(summary.get("in_suspense", 0)), summary.get("in_suspense_minor", {}))


def book(incoming: Incoming, bad: list[BadRow]) -> Unattributed:
    """Book the rows without an account into suspense; a row that cannot be (its day, its currency) only waits."""
    at = {int(row): i for i, row in enumerate(incoming.payments.rows.tolist())}
    exponents = read.exponents()
    rows, minor = 0, dict.fromkeys(sorted(exponents), 0)
    for one in bad:
        if one.code != NO_ACCOUNT:
            continue
        i = at[one.row]
        said = incoming.payments.currencies[i].as_py() or (next(iter(exponents)) if len(exponents) == 1 else None)
        if said not in exponents:
            continue
        amount, rest = divmod(
            int(incoming.payments.amounts[i]), 1 if incoming.in_minor else ONE // 10 ** exponents[said]
        )
        if rest:
            continue
        try:
            suspense.receive(
                amount_minor=amount,
                received_on=to_date(int(incoming.payments.days[i])),
                reference=str(incoming.payments.references[i].as_py()),
                payer=f"for account {incoming.payments.accounts[i].as_py()}",
                key=f"suspense:{incoming.payments.keys[i].decode()}",
                channel=int(incoming.payments.channels[i]),
                currency=said,
            )
        except Refused:
            continue
        rows, minor[said] = rows + 1, minor[said] + amount
    return Unattributed(rows, {currency: amount for currency, amount in minor.items() if amount})


def lying(known: Known, places: Any) -> dict[int, Suspense]:
    """Which of these payments lie in suspense, by place, with their items: those of the same channel and reference."""
    if not Suspense.objects.exists():
        return {}
    wanted = known.payments.references.take(pa.array(places))
    row = bound(
        "SELECT array_agg(n.place ORDER BY s.id), array_agg(s.id ORDER BY s.id) "
        "FROM unnest(string_to_array($1, E'\\x1f')) WITH ORDINALITY n (reference, place) "
        "JOIN servicing_suspense s ON s.reference = n.reference",
        ["\x1f".join(wanted.to_pylist())],
    )
    items = Suspense.objects.in_bulk(row[1] or [])
    found: dict[int, Suspense] = {}
    for place, item in zip(row[0] or [], row[1] or [], strict=True):
        i = int(places[place - 1])
        if items[item].channel == int(known.payments.channels[i]):
            found.setdefault(i, items[item])
    return found


def attribute(known: Known, items: Mapping[int, Suspense], *, by: str) -> dict[int, tuple[str, str, str]]:
    """Attribute what lies in suspense by the rows that correct it; answers the refused with field and reason.

    The payment counts from the day that the row says, which must be the day on which the money came.
    """
    refused = {}
    for i, item in items.items():
        act = act_of(known, i)
        if act.on != item.received_on:
            refused[i] = ("received_on", "suspense_differs", f"the money came on {item.received_on}, not on {act.on}")
            continue
        if act.amount_minor != item.amount_minor:
            refused[i] = ("amount", "suspense_differs", f"{item.amount_minor} in minor came, not {act.amount_minor}")
            continue
        try:
            suspense.attribute(
                item=item.id,
                account=act.account,
                on=to_date(int(known.open_days[i])),
                by=by,
                reason="the row was corrected",
                key=act.key,
                amount_minor=act.amount_minor,
            )
        except Refused as reason:
            refused[i] = ("", reason.code, str(reason))
    return refused
