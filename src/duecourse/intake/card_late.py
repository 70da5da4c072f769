"""Clients that come after the book has gone past September: their months are replayed and booked on the open day.

Their statements come out as recorded like everybody's. The days sealed in between do not know them; the next close
writes their rows of those days beside what was sealed, as corrections.
"""

from collections.abc import Callable
from typing import Any

from duecourse.borrowers import people
from duecourse.kernel.account import WIDTH, owed_total
from duecourse.kernel.accrual import grow
from duecourse.ledger import chart
from duecourse.servicing import agreed, past, replay
from duecourse.servicing.accounts import New

from . import card
from .card_file import BILLS, MINOR, MONTHS, PAYMENTS, Clients

AT_ONCE = 500


def open_late(clients: Clients, *, by: str, progress: Callable[[str, int, int], None]) -> dict[str, int]:
    """Open these clients' accounts with their past; answers their ids by number."""
    terms = agreed.in_force(product=card.PRODUCT, day=card.FIRST)
    terms_id = agreed.freeze(product=card.PRODUCT, agreed=terms)
    told = agreed.of(terms_id)
    borrowers = people.enrol(source="uci-350", references=[str(client) for client in clients.ids])
    openings = card.opening(clients, terms)
    bills, paid = clients.minor(BILLS), clients.minor(PAYMENTS)
    ids: dict[str, int] = {}
    count = len(clients.rows)
    for first in range(0, count, AT_ONCE):
        progress("replay late clients", first, count)
        some = range(first, min(first + AT_ONCE, count))
        with_past = []
        for i in some:
            client = int(clients.ids[i])
            new = New(card.number(client), borrowers[i], int(clients.values["LIMIT_BAL"][i]) * MINOR, openings[i])
            with_past.append(past.WithPast(new, history(new, client, bills[:, i], paid[:, i], told)))
        opened = past.open_many(
            product=card.PRODUCT,
            terms_id=terms_id,
            on=card.FIRST,
            accounts_with_past=with_past,
            by=by,
            reason="taken after the book had gone on",
        )
        ids |= dict(zip((one.new.number for one in with_past), opened, strict=True))
    return ids


def history(new: New, client: int, bills: Any, paid: Any, told: agreed.Agreed) -> list[replay.Event]:
    """The events of a client's six months: payments, and the purchases or credits that make the statements come out."""
    now, dues = past.start_of(new, card.FIRST, told)
    events: list[replay.Event] = []
    for month in range(MONTHS):
        cycle_on = card.CYCLES[month]
        coming = []
        if month > 0 and paid[month] > 0:
            coming.append(replay.Event(chart.PAYMENT, int(card.pay_day(month, client)), int(paid[month]), None))
        ran = replay.run(now, dues, told, coming, cycle_on - 1)
        tonight = grow(ran.account, ran.dues, 0, len(ran.dues) // WIDTH, told.terms, cycle_on)
        standing = owed_total(tonight) + tonight.accrued.interest + tonight.accrued.penalty - tonight.credit
        missing = int(bills[month]) - standing
        if missing > 0:
            coming.append(replay.Event(chart.PURCHASE, cycle_on, missing, None))
        elif missing < 0:
            credit = card.credit_to(ran.account, ran.dues, told, int(bills[month]), cycle_on)
            coming.append(replay.Event(chart.ADJUSTMENT, cycle_on, credit, None))
        done = replay.run(now, dues, told, coming, cycle_on)
        now, dues = done.account, done.dues
        events += coming
    return events
