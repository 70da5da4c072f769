"""A card file lived through in memory: each client's months as the ledger would find them, with no book opened.

The same steps as taking the file (`intake.card`): payments on the same days, purchases or credits that make each
statement come out as recorded, and every evening by the kernel's lane. No recorded status is used, so that files
without one give the same months; arrears from before April are therefore not known.
"""

from typing import Any

import numpy as np
import pyarrow as pa

from duecourse.book import line_nights
from duecourse.kernel import lanes, plain
from duecourse.kernel.account import WIDTH, opened
from duecourse.kernel.columns import AT, MOVES, NIGHT, PRINCIPALS, STANDING, Shard, fields_of
from duecourse.kernel.days import next_cycle
from duecourse.ledger import balances, chart
from duecourse.progress import Tell
from duecourse.rules import read as rules
from duecourse.rules.read import day_number
from duecourse.servicing import agreed, batch

from . import card
from .card_file import BILLS, MINOR, MONTHS, PAYMENTS, Clients
from .files import Refused

N = {name: i for i, name in enumerate(NIGHT)}
S = {name: i for i, name in enumerate(STANDING)}


class NotLived(Refused):
    code = "card_not_lived"


class Lives:
    """The accounts of a file's clients, in the order of the file; `coming` is each one's next day with an event."""

    def __init__(self, clients: Clients) -> None:
        product = rules.product(card.PRODUCT)
        terms = agreed.in_force(product=card.PRODUCT, day=card.FIRST)
        self.told = agreed.Agreed(0, product, 0, terms, rules.calendar(product.calendar))
        self.age_rules = rules.age_rules(product.place, card.FIRST)
        count, day = len(clients.rows), day_number(card.FIRST) - 1
        first = fields_of(opened(day, 0, next_cycle(day, terms.cycle_day)))
        rows = np.repeat(np.array(first, np.int64)[:, None], count, axis=1)
        rows[AT["limit_minor"]] = clients.values["LIMIT_BAL"] * MINOR
        none = np.zeros(count, np.int64)
        shard = Shard(rows, np.empty(0, np.int64), np.zeros(count + 1, np.int64))
        self.book = balances.Book(np.arange(count), none, none, shard)
        self.coming = rows[AT["statement_on"]].copy()

    def post(self, places: Any, kind: int, amounts: Any, today: int) -> None:
        """Post an entry of one kind on each of these accounts."""
        if not len(places):
            return
        entries = batch.Entries(places, np.full(len(places), kind), amounts, None)
        done = batch.post_terms(self.told, balances.select(self.book, places), np.arange(len(places)), entries, today)
        if done.faults:
            raise NotLived(f"client in row {int(places[done.faults[0].place]) + 1}: {done.faults[0].message}")
        self.put(places, done.after)
        self.coming[places] = done.moves[MOVES.index("coming")]

    def close(self, today: int) -> Any:
        """The evening of each account to which something happens; answers places and nights."""
        places = np.flatnonzero(self.coming == today)
        night = line_nights.evenings(self.told, balances.select(self.book, places), today)
        if night.faults:
            place, message = night.faults[0]
            raise NotLived(f"client in row {place + 1}: {message}")
        self.put(places, night.after)
        self.coming[places] = night.bases[4]
        return places, night.night

    def put(self, places: Any, after: Shard) -> None:
        """Put accounts that have changed back into their places."""
        both = balances.joined([self.book.shard, after])
        order = np.arange(len(self.book.ids))
        order[places] = len(order) + np.arange(len(places))
        twice = self.book._replace(ids=np.zeros(both.rows.shape[1]), shard=both)
        none = np.zeros(both.rows.shape[1], np.int64)
        shard = balances.select(twice._replace(products=none, terms=none), order).shard
        self.book = self.book._replace(shard=shard)

    def stand(self, today: int) -> Any:
        """What follows from the day: one row for each name of STANDING."""
        out = np.empty((len(STANDING), len(self.book.ids)), np.int64)
        lanes.standing_lane(today, self.told.terms, self.age_rules, *self.book.shard, out)
        return out

    def bill(self, bills: Any, today: int) -> None:
        """Post the purchases, or the adjustment credits, with which tonight's statements come out as recorded."""
        rows, stands = self.book.shard.rows, self.stand(today)
        owed = sum(rows[AT[name]] for name in (*PRINCIPALS, "interest", "fee", "penalty")) - rows[AT["credit"]]
        missing = bills - owed - stands[S["interest_to_date"]] - stands[S["penalty_to_date"]]
        bought, over = np.flatnonzero(missing > 0), np.flatnonzero(missing < 0)
        held = [plain.account_of(*self.book.shard, i) for i in over.tolist()]
        credits = [
            card.credit_to(one.account, one.dues[: one.open_dues * WIDTH], self.told, int(bills[i]), today)
            for one, i in zip(held, over.tolist(), strict=True)
        ]
        self.post(bought, chart.PURCHASE, missing[bought], today)
        self.post(over, chart.ADJUSTMENT, np.array(credits, np.int64), today)


def months(clients: Clients, *, progress: Tell) -> pa.Table:
    """One row a client: the FACTS of its six months in columns, as features read them. Amounts in minor units.

    Month 1 ends on the last day of September, 6 on that of April. On which day of a month a payment came, the file does
    not say: how early it was is null.
    """
    bills, paid = clients.minor(BILLS), clients.minor(PAYMENTS)
    lives, count = Lives(clients), len(clients.rows)
    found = {name: np.zeros((MONTHS, count), np.int64) for name in ("balance", "minimum", "missed_then")}
    first, last = day_number(card.FIRST), card.CYCLES[-1]
    for today in range(first, last + 1):
        progress("live the months", today - first, last - first)
        month = next(month for month, ends in enumerate(card.CYCLES) if today <= ends)
        if month > 0:
            due = np.flatnonzero((card.pay_day(month, clients.ids) == today) & (paid[month] > 0))
            lives.post(due, chart.PAYMENT, paid[month][due], today)
        if today == card.CYCLES[month]:
            lives.bill(bills[month], today)
        places, night = lives.close(today)
        if today == card.CYCLES[month]:
            found["balance"][month, places] = night[N["balance"]]
            found["minimum"][month, places] = night[N["minimum"]] - night[N["past_due"]]
            found["missed_then"][month] = lives.stand(today)[S["missed"]]
    columns = {"account_id": clients.ids, "limit_minor": clients.values["LIMIT_BAL"] * MINOR}
    columns["months_known"] = np.full(count, MONTHS)
    for name, values in (*found.items(), ("paid", paid)):
        columns |= {f"{name}_{MONTHS - place}": values[place] for place in range(MONTHS)}
    columns[f"paid_{MONTHS}"] = pa.nulls(count, pa.int64())
    return pa.table(columns | {f"days_early_{month}": pa.nulls(count, pa.float64()) for month in range(1, MONTHS + 1)})
