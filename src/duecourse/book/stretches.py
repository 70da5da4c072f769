"""Stretches of days on which the same due of an account was its oldest open one: how late it was on any day between.

Read from what changed each day, not from full days: a year of a book is one query. Known on a sealed day: what was
corrected by then is corrected, what was corrected later is not.
"""

from datetime import date
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from duecourse.kernel.columns import OWED
from duecourse.rules.read import day_number
from duecourse.servicing import agreed

from . import known, parquet, read

STRETCHES = pa.schema(
    [
        (name, pa.int64())
        for name in ("account_id", "product_id", "terms_id", "from_day", "to_day", "oldest", "first_day")
    ]
    + [("charged_off", pa.bool_()), ("owed", pa.int64())]
)
"""Days as numbers, both ends in. oldest: the due day of the oldest due not met, 0 where none is open. first_day: 1
where the due day counts as the first day past due. owed: principal, interest, fees and penalties, minor units."""
ROW = (
    "account_id, product_id, terms_id, coalesce(dues[1], 0) AS oldest, charged_off > 0 AS charged_off, "
    + " + ".join(f'"{name}"' for name in OWED)
    + " AS owed"
)
SAME = "product_id, terms_id, oldest, charged_off, owed"
ROWS = f"""
    SELECT {ROW}, $first AS day, 0 AS place FROM read_parquet($full)
    UNION ALL
    SELECT {ROW}, day_of(filename) AS day, row_number() OVER (ORDER BY filename) AS place
    FROM read_parquet($changes, filename = true)
"""
SEALED = f"""
    SELECT account_id, {SAME}, day AS from_day,
        coalesce(lead(day) OVER (PARTITION BY account_id ORDER BY day) - 1, $last) AS to_day
    FROM (SELECT * FROM ({{rows}}) QUALIFY row_number() OVER (PARTITION BY account_id, day ORDER BY place DESC) = 1)
"""
CORRECTED = f"""
    SELECT account_id, {SAME}, day AS from_day, day AS to_day FROM (
        SELECT s.account_id, {SAME}, unnest(generate_series(from_day, to_day)) AS day, 0 AS place
        FROM sealed s SEMI JOIN corrections USING (account_id)
        UNION ALL
        SELECT {ROW}, unnest(generate_series(greatest(from_day - DATE '1970-01-01', $first),
            least(through_day - DATE '1970-01-01', $last))) AS day, place FROM corrections
    ) QUALIFY row_number() OVER (PARTITION BY account_id, day ORDER BY place DESC) = 1
"""


def of(*, since: date, through: date) -> pa.Table:
    """The stretches of every account from one sealed day to another, as known on the second: STRETCHES, in order.

    Accounts that the second day was sealed without are left out: what became of them is not known. The days of an
    account whose past was corrected are stretches of a day each.
    """
    read.require_sealed(through)
    first, last = day_number(since), day_number(through)
    places = [
        str(place) for day in read.sealed_days() if since < day <= through for place in parquet.of_kind(day, "changes")
    ]
    corrections = known.booked(after=since, through=through)
    corrections = corrections.append_column("place", pa.array(range(1, corrections.num_rows + 1), pa.int64()))
    bounds = {"first": first, "last": last}
    with duckdb.connect() as engine:
        engine.execute(
            "CREATE MACRO day_of(place) AS regexp_extract(place, '([0-9-]{10})/[^/]*$', 1)::DATE - DATE '1970-01-01'"
        )
        engine.register("corrections", corrections)
        told = {**bounds, "full": str(read.full_day(since)), **({"changes": places} if places else {})}
        rows = ROWS if places else ROWS.partition("UNION ALL")[0]
        engine.execute(f"CREATE TABLE sealed AS {SEALED.format(rows=rows)}", told)
        found: pa.Table = engine.sql(
            "SELECT * FROM (SELECT * FROM sealed ANTI JOIN corrections USING (account_id) "
            f"UNION ALL BY NAME {CORRECTED}) ORDER BY account_id, from_day",
            params=bounds,
        ).to_arrow_table()
    left = pa.array(read.excepted(through), pa.int64())
    found = found.filter(pc.invert(pc.is_in(found.column("account_id"), left)))
    return (
        found.append_column("first_day", first_days(found.column("terms_id"))).select(STRETCHES.names).cast(STRETCHES)
    )


def days_late(told: pa.Table) -> Any:
    """How many days past due each stretch's account was at most, which is on the stretch's last day: int64.

    As `kernel.ageing.days_past_due` has it for one account and day.
    """
    oldest, last, first_day = (told.column(name).to_numpy() for name in ("oldest", "to_day", "first_day"))
    return np.where((oldest == 0) | (last < oldest), 0, last - oldest + first_day)


def first_days(terms: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whether the due day counts as the first day past due, under the terms of each row."""
    kinds = terms.unique()
    told = [(agreed.loan(one) if agreed.is_loan(one) else agreed.of(one)).terms.first_day for one in kinds.to_pylist()]
    return pa.array(told, pa.int64()).take(pc.index_in(terms, kinds))
