"""Opening loans, one or many: terms frozen, nothing drawn yet."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from django.db import connection

from duecourse.kernel import loan, loan_row
from duecourse.kernel.columns import FIELDS, fields_of
from duecourse.kernel.money import AMOUNT_MAX
from duecourse.ledger.balances import SHARD_SIZE
from duecourse.ledger.bulk import Column, copy_columns
from duecourse.ledger.journal import atomically
from duecourse.rules.read import day_number

from . import agreed, loan_life
from .accounts import NotOpenDay, NumberTaken, open_shards
from .loans import OPENED
from .refusals import NotAnAmount
from .tables import Account as Contract
from .tables import Act


class NewLoan(NamedTuple):
    """A loan to be opened: its number, whose it is, what is approved, and the days of its schedule where chosen."""

    number: str
    borrower_id: int
    approved_minor: int
    start: date | None = None
    first_due: date | None = None


def open_loan(
    *,
    number: str,
    borrower_id: int,
    product: str,
    approved_minor: int,
    on: date,
    by: str,
    start: date | None = None,
    first_due: date | None = None,
    **changed: Any,
) -> int:
    """Open one loan with the terms in force that day, some of them changed by name; answers the account's id."""
    terms = agreed.loan_in_force(product=product, day=on)._replace(**changed)
    new = NewLoan(number, borrower_id, approved_minor, start, first_due)
    terms_id = agreed.freeze(product=product, agreed=terms)
    return open_loans(product=product, terms_ids=[terms_id], on=on, new=[new], by=by)[0]


def open_loans(*, product: str, terms_ids: Sequence[int], on: date, new: Sequence[NewLoan], by: str) -> list[int]:
    """Open loans, each under its own frozen terms; all of them or none. Answers their ids, in order."""
    for one in new:
        if not 0 < one.approved_minor <= AMOUNT_MAX:
            raise NotAnAmount(f"account {one.number}: {one.approved_minor} is not between 1 and {AMOUNT_MAX}")
    return atomically(lambda: _open(product, terms_ids, on, new, by))


def _open(product: str, terms_ids: Sequence[int], on: date, new: Sequence[NewLoan], by: str) -> list[int]:
    product_id = agreed.product_row(product).id
    closed = day_number(on) - 1
    with connection.cursor() as cursor:
        numbers = [one.number for one in new]
        taken = Contract.objects.filter(number__in=numbers).first()
        if taken:
            raise NumberTaken(f"there is an account {taken.number} already")
        cursor.execute("SELECT nextval('servicing_account_id') FROM generate_series(1, %s)", [len(new)])
        ids = [row[0] for row in cursor.fetchall()]
        open_day = open_shards(cursor, sorted({account_id // SHARD_SIZE for account_id in ids}), on)
        if open_day != on:
            raise NotOpenDay(f"an account opens on the open day, which is {open_day}, not on {on}")
        Contract.objects.bulk_create(
            Contract(
                id=account_id,
                number=one.number,
                borrower_id=one.borrower_id,
                product_id=product_id,
                terms_id=terms_id,
                limit_minor=one.approved_minor,
                opened_on=on,
            )
            for account_id, terms_id, one in zip(ids, terms_ids, new, strict=True)
        )
        begun = [begun_as(one) for one in new]
        Act.objects.bulk_create(
            Act(
                account_id=account_id,
                kind=OPENED,
                effective_day=on,
                booked_day=on,
                body=one._asdict(),
                by=by,
                reason="agreed",
            )
            for account_id, one in zip(ids, begun, strict=True)
        )
        rows = np.array(
            [
                fields_of(loan_row.row_of(loan.opened(agreed.loan(terms_id).terms, *one), closed + 1, closed)[0])
                for terms_id, one in zip(terms_ids, begun, strict=True)
            ],
            dtype=np.int64,
        ).T
        accounts = np.array(ids, dtype=np.int64)
        shape = [
            Column("account_id", "int8", accounts),
            Column("product_id", "int2", product_id),
            Column("terms_id", "int4", np.array(terms_ids, dtype=np.int64)),
            *(Column(field, "int8", rows[i]) for i, field in enumerate(FIELDS)),
        ]
        copy_columns(cursor, "ledger_balance", shape, len(ids))
        agenda = [Column("day", "date", np.full(len(ids), closed + 1)), Column("account_id", "int8", accounts)]
        copy_columns(cursor, "ledger_agenda", agenda, len(ids))
    return ids


def begun_as(new: NewLoan) -> loan_life.Begun:
    """How the kernel is told that a loan began."""
    return loan_life.Begun(
        None if new.start is None else day_number(new.start),
        None if new.first_due is None else day_number(new.first_due),
        new.approved_minor,
    )
