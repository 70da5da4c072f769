"""The watch list: whom to contact before the next due day, in order of expected loss avoided, and what it did.

Expected loss avoided by a contact = the chance of a miss x the share of misses that a contact avoids x what is owed x
the share of it that is lost with a miss. The list ends where the capacity does, or where a contact costs more than it
avoids. A control group, drawn by hash within the list, gets nothing extra, so that what contacts did can be measured.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from django.db import connection

from duecourse.book import read
from duecourse.kernel.columns import OWED
from duecourse.kernel.money import PPM
from duecourse.ledger import journal
from duecourse.ledger.bulk import arrow
from duecourse.rules import watch_terms
from duecourse.rules.watch_terms import WatchTerms

from . import next_due, uplift, warning, watch_order
from .features import PRODUCTS
from .read import last_models
from .registry import named
from .tables import UpliftFound, WatchList
from .watch_order import CONTACT as CONTACT
from .watch_order import CONTROL as CONTROL

EXPERIMENT = "first"
"""What lists belong to that say no other: an account stays in its group as long as an experiment lasts."""
OWED_THEN = (*OWED, "interest_to_date", "penalty_to_date")
"""What an account owes at the close of a day, what has grown to that day with it."""
TARGET = "next"
"""A list is of the next due: what comes later, a contact before the due day is not for."""


class CapacityRefused(journal.Refused):
    code = "capacity_refused"


class NothingScored(journal.Refused):
    code = "nothing_scored"


class ManyCurrencies(journal.Refused):
    code = "many_currencies"


class ListMadeOtherwise(journal.Refused):
    code = "list_made_otherwise"


class NoSuchList(journal.Refused):
    code = "no_such_list"


class EffectNotMeasured(journal.Refused):
    code = "effect_not_measured"


class OutcomesNotKnown(journal.Refused):
    code = "outcomes_not_known"


class Drawn(NamedTuple):
    """A watch list: its row, and its accounts as a table in their order.

    table: account_id, account (number), place, drawn (contact or control), chance_ppm, owed_minor, avoided_minor (the
    expected loss that a contact avoids).
    """

    row: WatchList
    table: pa.Table

    def of(self, drawn: str) -> pa.Table:
        """The accounts of one group."""
        return self.table.filter(pa.compute.equal(self.table.column("drawn"), drawn))


class Part(NamedTuple):
    """One group of one list, as far as its outcomes are known: mean chance as it was listed, and how many missed."""

    list: int
    drawn: str
    listed: int
    missed: int
    chance: float


class Measured(NamedTuple):
    """What the lists of an experiment did, as far as outcomes are known on a sealed day.

    needed: how many listings, both groups together, would find the assumed effect; lists: how many more of the usual
    size that takes (0: enough are known). parts: the same list by list.
    """

    days: tuple[date, ...]
    found: uplift.Uplift
    assumed: float
    needed: int
    lists: int
    parts: tuple[Part, ...]


def draw(
    *,
    day: date,
    capacity: int,
    by: str,
    cost_minor: int = 0,
    terms: WatchTerms | None = None,
    measured: bool = False,
    experiment: str = EXPERIMENT,
    currency: str | None = None,
) -> Drawn:
    """Draw the watch list of a scored day; the same again gives the list that was drawn.

    capacity: contacts that can be made; those in the control group come on top. cost_minor: what a contact costs.
    measured: take the effect that earlier lists of the experiment measured in place of the assumed one; refused while
    it is not surely above none.
    """
    by = named(by)
    if capacity < 1 or cost_minor < 0:
        raise CapacityRefused(f"a list needs room for a contact and a cost of none or more: {capacity}, {cost_minor}")
    told = watch_terms.checked(terms or watch_terms.watch_terms(on=day), where="what is assumed")
    if measured:
        told = told._replace(avoided_ppm=measured_effect(experiment, day))
    known = scored(day, currency)
    asked = {
        "currency": known.currency, "scored_by": list(known.models), "capacity": capacity, "cost_minor": cost_minor,
        "effect_from": "measured" if measured else "assumed", **told._asdict(),
    }  # fmt: skip
    chosen = watch_order.in_order(known.table, told, experiment, capacity, cost_minor)
    return of_row(journal.atomically(lambda: kept(day, experiment, by, asked, chosen)))


class Scored(NamedTuple):
    """The accounts that were scored on a day: account_id, chance_ppm and owed_minor; by which models, one currency."""

    table: pa.Table
    models: tuple[str, ...]
    currency: str


def scored(day: date, currency: str | None) -> Scored:
    """The accounts of the day's last scoring for the next due, of each product, in one currency."""
    read.require_sealed(day)
    models = tuple(sorted(last_models(day=day, target=TARGET)))
    if not models:
        raise NothingScored(f"{day} is not scored for the next due: run duecourse warn score")
    listed = ", ".join("'" + model.replace("'", "''") + "'" for model in models)
    told = arrow(
        "SELECT w.account_id, w.chance_ppm::bigint AS chance_ppm, p.currency::text AS currency FROM risk_warning w "
        "JOIN servicing_account a ON a.id = w.account_id JOIN ledger_product p ON p.id = a.product_id "
        f"WHERE w.day = DATE '{day}' AND w.model IN ({listed}) ORDER BY w.account_id"
    )
    found = sorted(told.column("currency").unique().to_pylist())
    if currency is None and len(found) > 1:
        raise ManyCurrencies(f"the accounts of {day} are in {', '.join(found)}: name the currency of the list")
    wanted = currency or found[0]
    told = told.filter(pa.compute.equal(told.column("currency"), wanted)).select(["account_id", "chance_ppm"])
    return Scored(told.append_column("owed_minor", owed(told.column("account_id").to_numpy(), day)), models, wanted)


def owed(account_ids: Any, day: date) -> pa.Array:
    """What accounts owe at the close of a sealed day as it was known then, less what they have to the good; minor
    units."""
    told = read.columns(day, ["account_id", *OWED_THEN, "credit"], known_on=day)
    ids = told.column("account_id").to_numpy()
    sums = sum(told.column(name).to_numpy() for name in OWED_THEN) - told.column("credit").to_numpy()
    order = np.argsort(ids, kind="stable")
    return pa.array(sums[order][np.searchsorted(ids, account_ids, sorter=order)], pa.int64())


def kept(day: date, experiment: str, by: str, asked: dict[str, Any], chosen: pa.Table) -> WatchList:
    """Write a list, or find that it is there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(8, 1)")  # one list at a time
    was = WatchList.objects.filter(day=day, experiment=experiment, currency=asked["currency"]).first()
    if was is not None:
        differs = [name for name, value in asked.items() if getattr(was, name) != value]
        if differs:
            raise ListMadeOtherwise(
                f"the list of {experiment!r} for {day} was drawn by {was.by} with another {', '.join(differs)}"
            )
        return was
    row = WatchList.objects.create(day=day, experiment=experiment, by=by, **asked)
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY risk_watched (list_id, account_id, place, drawn, chance_ppm, owed_minor, avoided_minor) FROM STDIN"
        ) as out,
    ):
        for line in zip(*(column.to_pylist() for column in chosen.columns), strict=True):
            out.write_row((row.id, *line))
    return row


def of_row(row: WatchList) -> Drawn:
    """A list as it was drawn."""
    return Drawn(
        row,
        arrow(
            "SELECT w.account_id, a.number AS account, w.place, w.drawn, w.chance_ppm, w.owed_minor, w.avoided_minor "
            f"FROM risk_watched w JOIN servicing_account a ON a.id = w.account_id WHERE w.list_id = {row.id} "
            "ORDER BY w.place"
        ),
    )


def measure(*, experiment: str = EXPERIMENT, through: date) -> Measured:
    """What the lists of an experiment did, by the outcomes that are known on a sealed day."""
    read.require_sealed(through)
    rows = WatchList.objects.filter(experiment=experiment, day__lt=through).order_by("day", "id")
    drawn = [of_row(row) for row in rows]
    if not drawn:
        raise NoSuchList(f"no list of {experiment!r} was drawn before {through}")
    parts = [outcomes(one, through) for one in drawn]
    known = pa.concat_tables(parts)
    ids, missed = known.column("account_id").to_numpy(), known.column("missed_next").to_numpy()
    is_control = known.column("drawn").to_numpy(zero_copy_only=False) == CONTROL
    groups = [uplift.group(ids[which], missed[which]) for which in (~is_control, is_control)]
    if not all(group.listed for group in groups):
        raise OutcomesNotKnown(
            f"by {through} the outcomes of {groups[0].listed} contacts and {groups[1].listed} accounts of the control "
            "group are known: both are needed"
        )
    found = uplift.difference(*groups)
    last = drawn[-1].row
    assumed = last.avoided_ppm / PPM
    needed = uplift.listings_needed(found.control.share, assumed, last.control_ppm / PPM) if found.control.missed else 0
    more = uplift.lists_needed(max(needed - known.num_rows, 0), [one.table.num_rows for one in drawn])
    days = tuple(one.row.day for one, part in zip(drawn, parts, strict=True) if part.num_rows)
    each = [one for row, part in zip(drawn, parts, strict=True) for one in by_group(row, part)]
    return Measured(days, found, assumed, needed, more, tuple(each))


def by_group(drawn: Drawn, known: pa.Table) -> Iterator[Part]:
    """The groups of a list of whom something is known."""
    for name in (CONTACT, CONTROL):
        group = known.filter(pa.compute.equal(known.column("drawn"), name))
        if group.num_rows:
            missed, chance = group.column("missed_next").to_numpy(), group.column("chance_ppm").to_numpy()
            yield Part(drawn.row.id, name, group.num_rows, int(missed.sum()), float(chance.mean()) / PPM)


def keep(*, measured: Measured, experiment: str, through: date) -> None:
    """Write down what was found, so that nobody has to take it on trust how often was looked; once a day."""
    contacted, control = ({**group._asdict()} for group in measured.found[:2])
    UpliftFound.objects.bulk_create(
        [
            UpliftFound(
                day=through, experiment=experiment, contacted=contacted, control=control,
                avoided=measured.found.avoided, low=measured.found.low, high=measured.found.high,
                needed=measured.needed, lists=measured.lists, parts=[one._asdict() for one in measured.parts],
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def outcomes(drawn: Drawn, through: date) -> pa.Table:
    """account_id, drawn, chance_ppm, missed_next (1 or 0) of the accounts of a list whose next due is over."""
    found = []
    ids = drawn.table.column("account_id").combine_chunks()
    for product in (PRODUCTS[name] for name in warning.products()):
        stands = product.standing(drawn.row.day)
        listed = stands.filter(pa.compute.is_in(stands.column("account_id"), ids))
        found.append(next_due.missed(listed, drawn.row.day, through, product))
    return drawn.table.select(["account_id", "drawn", "chance_ppm"]).join(
        pa.concat_tables(found), "account_id", join_type="inner", coalesce_keys=True
    )


def measured_effect(experiment: str, day: date) -> int:
    """The share of misses that earlier lists surely avoided, as measured; parts per million."""
    told = measure(experiment=experiment, through=day)
    if not told.found.is_sure or told.found.relative is None:
        raise EffectNotMeasured(
            f"{experiment!r}: contacts avoided {told.found.avoided:.3f} of listings "
            f"({told.found.low:.3f} to {told.found.high:.3f}), which may be none; {told.lists} more lists are needed"
        )
    return round(told.found.relative * PPM)


def power(drawn: Drawn) -> tuple[int, int]:
    """How many listings find the effect that a list assumes, by its own chances, and how many such lists hold them."""
    if not drawn.table.num_rows or not drawn.row.control_ppm:
        return 0, 0
    chance = float(np.mean(drawn.table.column("chance_ppm").to_numpy())) / PPM
    needed = uplift.listings_needed(chance, drawn.row.avoided_ppm / PPM, drawn.row.control_ppm / PPM)
    return needed, uplift.lists_needed(needed, [drawn.table.num_rows])
