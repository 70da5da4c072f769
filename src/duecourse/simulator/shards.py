"""The shards of a large book in mid-life as Parquet files, without a database: to try the lanes of a cluster on."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from duecourse.book import parquet
from duecourse.book.arrow_nights import Under
from duecourse.ledger.balances import SHARD_SIZE, Book
from duecourse.rules import read as rules
from duecourse.rules.read import day_number
from duecourse.servicing import agreed

from . import load

PRODUCT_ID = 1


def write(
    folder: Path,
    *,
    accounts: int,
    on: date,
    seed: int = 1,
    size: int = SHARD_SIZE,
    progress: Callable[[int], None] | None = None,
) -> dict[int, Under]:
    """Write so many lines as they are before the evening of a day, a file for each shard; answers their terms.

    The lines of a shard are under the same terms, the shards in turn under those of every cycle day: on any evening
    some have their cycle day, some their due day, most neither.
    """
    product, offered = rules.product(load.PRODUCT), agreed.in_force(product=load.PRODUCT, day=on)
    calendar = rules.calendar(product.calendar)
    under: dict[int, Under] = {}
    for shard, first in enumerate(range(0, accounts, size)):
        count = min(size, accounts - first)
        terms_id = (on.day + shard - 1) % load.CYCLE_DAYS + 1
        under[terms_id] = Under(offered._replace(cycle_day=terms_id), calendar)
        told = agreed.Agreed(terms_id, product, PRODUCT_ID, *under[terms_id])
        lived = load.live(told, count, day_number(on), seed * 100_000 + shard).shard
        ids = np.arange(first + 1, first + count + 1, dtype=np.int64)
        book = Book(ids, np.full(count, PRODUCT_ID, np.int64), np.full(count, terms_id, np.int64), lived)
        parquet.write(parquet.as_table(book, lived), folder / f"accounts-{shard:05d}.parquet")
        if progress:
            progress(first + count)
    return under
