"""Opening accounts, one or many; taking on accounts that were kept elsewhere."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from django.db.backends.utils import CursorWrapper

from duecourse.kernel import days
from duecourse.kernel.account import opened
from duecourse.kernel.accrual import Bases, bases
from duecourse.kernel.columns import FIELDS, account_from, fields_of
from duecourse.kernel.evening import next_event
from duecourse.kernel.money import AMOUNT_MAX
from duecourse.ledger import chart
from duecourse.ledger.balances import SHARD_SIZE, lock_shard
from duecourse.ledger.bulk import Column, copy, copy_columns, encode
from duecourse.ledger.journal import Group, Refused, atomically, post_groups
from duecourse.rules.funding_terms import FundingTerms
from duecourse.rules.read import day_number

from . import agreed, funding
from .refusals import NotAnAmount


class NumberTaken(Refused):
    code = "account_number_taken"


class NotOpenDay(Refused):
    code = "not_the_open_day"


class CloseUnderWay(Refused):
    code = "close_under_way"


class New(NamedTuple):
    """An account to be opened. `taken_on` is its state at the close of the day before, for one kept elsewhere.

    `funding`: who funds it, where that is not as the product's file says.
    """

    number: str
    borrower_id: int
    limit_minor: int
    taken_on: tuple[tuple[int, ...], list[int]] | None = None
    funding: FundingTerms | None = None


def open_line(
    *,
    number: str,
    borrower_id: int,
    product: str,
    limit_minor: int,
    on: date,
    funded: FundingTerms | None = None,
    **changed: Any,
) -> int:
    """Open one line with the terms in force that day, some of them changed by name; answers the account's id."""
    acts = agreed.acts_in_force(product=product, day=on)
    acts = acts._replace(**{name: changed.pop(name) for name in acts._fields if name in changed})
    terms = agreed.in_force(product=product, day=on)._replace(**changed)
    terms_id = agreed.freeze(product=product, agreed=terms, acts=acts)
    new = New(number, borrower_id, limit_minor, funding=funded)
    return open_many(product=product, terms_id=terms_id, on=on, new=[new])[0]


def open_many(*, product: str, terms_id: int, on: date, new: Sequence[New]) -> list[int]:
    """Open accounts under the same frozen terms; all of them or none. Answers their ids, in order."""
    for one in new:
        if not 0 <= one.limit_minor <= AMOUNT_MAX:
            raise NotAnAmount(f"account {one.number}: limit {one.limit_minor} is not between 0 and {AMOUNT_MAX}")
    return atomically(lambda: _open(product=product, terms_id=terms_id, on=on, new=new))


def _open(*, product: str, terms_id: int, on: date, new: Sequence[New]) -> list[int]:
    told = agreed.of(terms_id)
    today = day_number(on)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number FROM servicing_account WHERE number = ANY(%s) LIMIT 1", [[one.number for one in new]]
        )
        taken = cursor.fetchone()
        if taken:
            raise NumberTaken(f"there is an account {taken[0]} already")
        cursor.execute("SELECT nextval('servicing_account_id') FROM generate_series(1, %s)", [len(new)])
        ids = [row[0] for row in cursor.fetchall()]
        open_day = open_shards(cursor, sorted({account_id // SHARD_SIZE for account_id in ids}), on)
        if open_day != on:
            raise NotOpenDay(f"an account opens on the open day, which is {open_day}, not on {on}")
        statement_on = days.next_cycle(today - 1, told.terms.cycle_day)
        rows: list[tuple[int, ...]] = []
        dues: list[list[int]] = []
        for one in new:
            if one.taken_on is None:
                rows.append(fields_of(opened(today - 1, one.limit_minor, statement_on)))
                dues.append([])
            else:
                rows.append(one.taken_on[0])
                dues.append(list(one.taken_on[1]))
        columns = "id, number, borrower_id, product_id, terms_id, limit_minor, opened_on"
        with cursor.copy(f"COPY servicing_account ({columns}) FROM STDIN") as out:
            for account_id, one in zip(ids, new, strict=True):
                out.write_row((account_id, one.number, one.borrower_id, told.product_id, terms_id, one.limit_minor, on))
        write_new(cursor, ids, rows, dues, told, today)
        take_on(cursor, ids, rows, dues, told, today, [one.taken_on is not None for one in new])
        let_be_funded(ids, new, told, on, on)
    return ids


def let_be_funded(ids: Sequence[int], new: Sequence[New], told: agreed.Agreed, on: date, open_day: date) -> None:
    """Let new lines have the funders of their product, or those chosen for them."""
    rates, chosen = [told.terms.rate_ppm] * len(ids), [one.funding for one in new]
    funding.by_product(
        accounts=ids, product=told.product.code, opened_on=on, open_day=open_day, rates=rates, chosen=chosen
    )


def open_shards(cursor: CursorWrapper, shards: Sequence[int], on: date) -> date:
    """Let new shards begin on the book's open day (`on` for the first of all); answers that day."""
    cursor.execute("SELECT pg_advisory_xact_lock(3, 0)")
    for shard in shards:
        lock_shard(cursor, shard, exclusive=False)
    cursor.execute("SELECT min(open_day) FROM ledger_shard")
    cursor.execute(
        "INSERT INTO ledger_shard (shard, open_day) SELECT unnest(%s::int[]), %s ON CONFLICT (shard) DO NOTHING",
        [list(shards), cursor.fetchone()[0] or on],
    )
    cursor.execute("SELECT DISTINCT open_day FROM ledger_shard WHERE shard = ANY(%s)", [list(shards)])
    open_days = [row[0] for row in cursor.fetchall()]
    if len(open_days) != 1:
        raise CloseUnderWay("a close is under way: these accounts' shards are open on different days; try again")
    return open_days[0]


def write_new(
    cursor: CursorWrapper,
    ids: list[int],
    rows: list[tuple[int, ...]],
    dues: list[list[int]],
    told: agreed.Agreed,
    today: int,
) -> None:
    """COPY the balance rows of new lines under the same terms and their agenda."""
    coming = [
        next_event(account_from(row), due, 0, len(due) // 6, told.terms) for row, due in zip(rows, dues, strict=True)
    ]
    write_rows(cursor, ids, rows, dues, told.product_id, [told.terms_id] * len(ids), today, coming)


def write_rows(
    cursor: CursorWrapper,
    ids: Sequence[int],
    rows: Sequence[tuple[int, ...]],
    dues: Sequence[list[int]],
    product_id: int,
    terms_ids: Sequence[int],
    today: int,
    coming: Sequence[int],
) -> None:
    """COPY balance rows of new accounts and their agenda: the open day, and the first day something happens."""
    columns = np.array(rows, dtype=np.int64).T
    accounts, terms = np.array(ids, dtype=np.int64), np.array(terms_ids, dtype=np.int64)
    lengths = np.array([len(one) for one in dues])
    groups = []
    for length in np.unique(lengths):
        places = np.flatnonzero(lengths == length)
        flat = np.array([dues[i] for i in places.tolist()], dtype=np.int64)
        shape = [
            Column("account_id", "int8", accounts[places]),
            Column("product_id", "int2", product_id),
            Column("terms_id", "int4", terms[places]),
            *(Column(field, "int8", columns[i][places]) for i, field in enumerate(FIELDS)),
            Column("dues", "int8[]", flat.reshape(len(places), length)),
        ]
        groups.append(encode(shape, len(places)))
    copy(cursor, "ledger_balance", ("account_id", "product_id", "terms_id", *FIELDS, "dues"), groups)
    for when in (np.full(len(ids), today), np.array(coming)):
        columns_of_agenda = [Column("day", "date", when), Column("account_id", "int8", accounts)]
        copy_columns(cursor, "ledger_agenda", columns_of_agenda, len(ids))


def take_on(
    cursor: CursorWrapper,
    ids: list[int],
    rows: list[tuple[int, ...]],
    dues: list[list[int]],
    told: agreed.Agreed,
    today: int,
    is_taken_on: list[bool],
    *,
    booked_day: int | None = None,
) -> None:
    """Post what taken-on accounts owe as one entry each, and keep the state that they began with.

    With a booked day later than the opening (an account with a past) the entries carry nothing that bears interest:
    whoever posts the past tells the seal.
    """
    places = [i for i, taken in enumerate(is_taken_on) if taken]
    if not places:
        return
    states = [account_from(rows[i]) for i in places]
    accounts = np.array([ids[i] for i in places], dtype=np.int64)
    amounts = {
        "principal": np.array([sum(state.principal) for state in states], dtype=np.int64),
        "interest": np.array([state.owed.interest for state in states], dtype=np.int64),
        "fee": np.array([state.owed.fee for state in states], dtype=np.int64),
        "penalty": np.array([state.owed.penalty for state in states], dtype=np.int64),
        "credit": -np.array([state.credit for state in states], dtype=np.int64),
    }
    amounts["take_on"] = -np.sum(list(amounts.values()), axis=0)
    bearing = [
        Bases(0, 0) if booked_day else bases(state, dues[i], 0, len(dues[i]) // 6, told.terms)
        for state, i in zip(states, places, strict=True)
    ]
    post_groups(
        cursor,
        [
            Group(
                chart.TAKE_ON,
                today,
                accounts,
                np.full(len(places), told.product_id, dtype=np.int64),
                amounts,
                np.array([base.ordinary * told.terms.rate_ppm for base in bearing], dtype=np.int64),
                np.array([base.late * told.terms.late_rate_ppm for base in bearing], dtype=np.int64),
            )
        ],
        booked_day=booked_day or today,
        run_id=None,
        currencies={told.product_id: told.product.currency},
    )
    with cursor.copy("COPY servicing_opening (account_id, fields, dues) FROM STDIN") as out:
        for account_id, i in zip(accounts.tolist(), places, strict=True):
            out.write_row((account_id, list(rows[i]), list(dues[i])))
