"""What follows from a day for accounts held as columns: the lane of `columns.STANDING` over accounts of any terms."""

from datetime import date
from typing import Any

import numpy as np

from duecourse.kernel import lanes
from duecourse.kernel.columns import STANDING
from duecourse.ledger.balances import Book, select
from duecourse.rules.read import age_rules, day_number

from . import agreed


def of(book: Book, on: date) -> Any:
    """One row for each name of STANDING, one column for each account, at the close of a day."""
    stands = np.zeros((len(STANDING), len(book.ids)), dtype=np.int64)
    shared = np.unique(book.terms)
    for terms_id in shared:
        places = np.flatnonzero(book.terms == terms_id)
        told = agreed.of(terms_id)
        part = book if len(shared) == 1 else select(book, places)
        out = np.empty((len(STANDING), len(places)), dtype=np.int64)
        lanes.standing_lane(day_number(on), told.terms, age_rules(told.product.place, on), *part.shard, out)
        stands[:, places] = out
    return stands
