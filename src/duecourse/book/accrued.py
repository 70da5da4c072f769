"""What all accounts have accrued at the close of a sealed day, to the last fraction, beside what the journal says."""

from collections import Counter
from datetime import date
from typing import NamedTuple

import numpy as np
from django.db import connection

from duecourse.kernel import accrual, lanes, loan_row, plain
from duecourse.kernel.account import WIDTH
from duecourse.kernel.columns import AT, MOVES, account_from
from duecourse.kernel.money import SPAN_MAX
from duecourse.ledger.balances import Book, select
from duecourse.ledger.tables import Product
from duecourse.rules.read import day_number
from duecourse.servicing import agreed, bearing

from . import read
from .tables import Bearing


class Accrued(NamedTuple):
    """One product's accrued income in carry units (see `kernel.account.Accrued`): in the accounts, in the journal."""

    of_accounts: int
    of_journal: int


def accrued_in_book(day: date, book: Book | None = None) -> dict[str, Accrued]:
    """By product; the two are equal on every sealed day. Accounts on which no income is recognised count for nothing.

    `book` is every account at the close of that day, where the caller holds it already. An account that the day was
    sealed without counts with what it bore when it was last closed: so much the product goes on bearing.
    """
    found = {}
    if book is None:
        book = read.as_book(read.columns(day, read.OF_BOOK, known_on=day))
    in_accounts = Counter(of_accounts(book, day))
    for behind in read.left_behind(day):
        in_accounts.update(of_left_behind(behind, day))
    for product in Product.objects.order_by("id"):
        found[product.code] = Accrued(in_accounts[product.id], of_journal(product, day))
    return found


def of_accounts(book: Book, day: date) -> dict[int, int]:
    """What accounts have accrued, by product: each row grown to the close of the day by the lane that posts entries."""
    found: dict[int, int] = {}
    for terms_id in np.unique(book.terms):
        part = select(book, book.terms == terms_id)
        if agreed.is_loan(terms_id):
            product_id = agreed.loan(terms_id).product_id
            found[product_id] = found.get(product_id, 0) + of_loans(part, day)
            continue
        told = agreed.of(terms_id)
        count = len(part.ids)
        rows, dues = np.empty_like(part.shard.rows), np.empty(len(part.shard.dues) + WIDTH * count, np.int64)
        none, moves = np.empty(0, np.int64), np.empty((len(MOVES), 0), np.int64)
        lanes.post_lane(
            day_number(day) + 1, told.terms, none, none, none, *part.shard, rows, dues, np.empty(count, np.int64), moves
        )
        earning = rows[:, rows[AT["nonaccrual"]] == 0]
        whole = int((earning[AT["accrued_interest"]] + earning[AT["accrued_penalty"]]).sum())
        carried = int((earning[AT["interest_carry"]] + earning[AT["penalty_carry"]]).sum())
        found[told.product_id] = found.get(told.product_id, 0) + whole * told.units + carried
    return found


def of_loans(book: Book, day: date) -> int:
    """What loans have earned and not charged, late interest with it, as far as it is income."""
    rows = (account_from(book.shard.rows[:, i].tolist()) for i in range(len(book.ids)))
    earned = (loan_row.recognised(row, day_number(day)) for row in rows)
    return sum(one.accrued + one.late for one in earned)


def of_left_behind(book: Book, day: date) -> dict[int, int]:
    """What accounts that were left behind would have accrued by the close of a day had nothing happened to them."""
    found: Counter[int] = Counter()
    for i, terms_id in enumerate(book.terms):
        if agreed.is_loan(terms_id):
            one = select(book, np.array([i]))
            found[agreed.loan(terms_id).product_id] += of_loans(one, day)
            continue
        told = agreed.of(terms_id)
        held = plain.account_of(*book.shard, i)
        now = held.account
        while now.day < day_number(day):
            until = min(day_number(day), now.day + SPAN_MAX)
            now = accrual.grow(now, held.dues, 0, held.open_dues, told.terms, until)
        found[told.product_id] += sum(bearing.earned(now, told))
    return found


def of_journal(product: Product, day: date) -> int:
    """What the journal has accrued for a product, with the fraction that the seal carries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(accrued), 0) FROM ledger_entry WHERE product_id = %s AND booked_day <= %s",
            [product.id, day],
        )
        posted = int(cursor.fetchone()[0])
    kept = Bearing.objects.filter(product_id=product.id, day=day).first()
    carried = int(kept.interest_carry) + int(kept.penalty_carry) if kept else 0
    return posted * accrual.carry_units(product.year_days) + carried
