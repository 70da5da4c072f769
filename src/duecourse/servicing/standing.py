"""What follows from a day for accounts held as columns: the lane of `columns.STANDING` over accounts of any terms."""

from datetime import date
from typing import Any

import numpy as np

from duecourse.kernel import loan_row
from duecourse.kernel.columns import STANDING, account_from
from duecourse.ledger.balances import Book, select
from duecourse.rules.read import age_rules, day_number

from . import agreed


def of(book: Book, on: date) -> Any:
    """One row for each name of STANDING, one column for each account, at the close of a day."""
    from duecourse.kernel import lanes  # takes seconds to load, and most who import this ask nothing of it

    stands = np.zeros((len(STANDING), len(book.ids)), dtype=np.int64)
    shared = np.unique(book.terms)
    for terms_id in shared:
        places = np.flatnonzero(book.terms == terms_id)
        part = book if len(shared) == 1 else select(book, places)
        if agreed.is_loan(terms_id):
            stands[:, places] = of_loans(part, agreed.loan(terms_id), on)
            continue
        told = agreed.of(terms_id)
        out = np.empty((len(STANDING), len(places)), dtype=np.int64)
        lanes.standing_lane(day_number(on), told.terms, age_rules(told.product.place, on), *part.shard, out)
        stands[:, places] = out
    return stands


def of_loans(book: Book, told: agreed.LoanAgreed, on: date) -> Any:
    """The same for loans under the same terms, one by one."""
    rules, day = age_rules(told.product.place, on), day_number(on)
    stands = []
    for i in range(len(book.ids)):
        dues = book.shard.dues[book.shard.offsets[i] : book.shard.offsets[i + 1]].tolist()
        account = account_from(book.shard.rows[:, i].tolist())
        stands.append(loan_row.standing(account, dues, day, told.terms.first_day, rules))
    return np.array(stands, dtype=np.int64).T
