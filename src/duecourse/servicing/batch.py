"""Many entries of one effective day at once: the same kernel functions, compiled, over the accounts as columns.

All of a shard's entries are posted in one transaction, or none. Entries on one account are posted in order of kind.
"""

from datetime import date
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from django.db.backends.utils import CursorWrapper

from duecourse.kernel import lanes, plain
from duecourse.kernel.account import WIDTH
from duecourse.kernel.columns import AT, MOVES, Shard
from duecourse.kernel.money import AMOUNT_MAX
from duecourse.ledger import balances, chart, journal
from duecourse.ledger.bulk import Column, copy_columns
from duecourse.ledger.journal import Group, Refused
from duecourse.rules.read import day_number

from . import agreed
from .purchases import CATEGORY_MAX, NotACategory
from .refusals import AfterOpenDay, NotAnAmount

KEY_LENGTH = 40


class BadKey(Refused):
    code = "bad_request_key"


class Entries(NamedTuple):
    """Entries as columns: account ids, kinds, amounts, request keys (bytes of KEY_LENGTH characters), channels.

    categories: what the merchant of each purchase sells (ISO 18245), 0 where it was not told; None if none was.
    """

    accounts: Any
    kinds: Any
    amounts: Any
    keys: Any
    channels: Any = None
    categories: Any = None


class Fault(NamedTuple):
    """An entry that could not be posted: its place in the batch, and why."""

    place: int
    code: str
    message: str


class Taken(NamedTuple):
    """How many entries were posted, how many had been posted before, and which could not be."""

    posted: int
    known: int
    faults: list[Fault]


class Done(NamedTuple):
    """What the lane made of entries on accounts under the same terms; `of_account` gives each entry's account."""

    told: agreed.Agreed
    book: balances.Book
    after: Shard
    places: Any
    of_account: Any
    moves: Any
    faults: list[Fault]


def post(*, entries: Entries, on: date) -> Taken:
    """Post entries effective on the open day; what was posted before under the same key is left alone."""
    if len(entries.amounts) and not 0 < entries.amounts.min() <= entries.amounts.max() <= AMOUNT_MAX:
        raise NotAnAmount(f"an amount of the batch is not between 1 and {AMOUNT_MAX}")
    refuse_categories(entries)
    if entries.keys.dtype != np.dtype(f"S{KEY_LENGTH}"):
        raise BadKey(f"a request key of a batch has {KEY_LENGTH} characters")
    if len(np.unique(entries.keys)) < len(entries.keys):
        raise BadKey("a request key stands twice in the batch")
    posted, known = 0, 0
    faults: list[Fault] = []
    shards = entries.accounts // balances.SHARD_SIZE
    for shard in np.unique(shards):
        places = np.flatnonzero(shards == shard)
        places = places[np.lexsort((entries.kinds[places], entries.accounts[places]))]
        taken = journal.atomically(partial(post_shard, int(shard), places, entries, on))
        posted, known, faults = posted + taken.posted, known + taken.known, faults + taken.faults
    return Taken(posted, known, faults)


def refuse_categories(entries: Entries) -> None:
    """Refuse what is no merchant category, and one that is not of a purchase."""
    told = entries.categories
    if told is None:
        return
    wrong = (told < 0) | (told > CATEGORY_MAX) | ((told != 0) & (entries.kinds != chart.PURCHASE))
    if wrong.any():
        place = int(np.flatnonzero(wrong)[0])
        raise NotACategory(f"account {entries.accounts[place]}: {told[place]} is no merchant category of a purchase")


def post_shard(shard: int, places: Any, entries: Entries, on: date) -> Taken:
    """Post one shard's entries, given by their places in order of account and kind."""
    with connection.cursor() as cursor:
        balances.lock_shard(cursor, shard, exclusive=True)
        fresh = without_known(cursor, places, entries, day_number(on))
        known = len(places) - len(fresh)
        if not len(fresh):
            return Taken(0, known, [])
        open_day = balances.open_day(shard)
        if on != open_day:
            raise AfterOpenDay(f"a batch is effective on the open day: {open_day} in shard {shard}, not {on}")
        ids = np.unique(entries.accounts[fresh])
        book = balances.read(in_accounts(ids))
        faults = [
            Fault(int(place), "no_such_account", f"account {entries.accounts[place]} does not exist")
            for place in fresh[~np.isin(entries.accounts[fresh], book.ids)]
        ]
        fresh = fresh[np.isin(entries.accounts[fresh], book.ids)]
        done = []
        for terms_id in np.unique(book.terms):
            told = agreed.of(terms_id)
            part = balances.select(book, book.terms == terms_id)
            own = fresh[np.isin(entries.accounts[fresh], part.ids)]
            done.append(post_terms(told, part, own, entries, day_number(on)))
            faults += done[-1].faults
        write(cursor, [one for one in done if len(one.places)], entries, day_number(on))
        return Taken(len(places) - known - len(faults), known, faults)


def without_known(cursor: CursorWrapper, places: Any, entries: Entries, today: int) -> Any:
    """The places whose request key is new; a key that was used for something else is refused."""
    cursor.execute(
        "SELECT key, body FROM ledger_request WHERE key = ANY(string_to_array(%s, E'\\x1f'))",
        [b"\x1f".join(np.sort(entries.keys[places]).tolist()).decode()],  # a list is sent far more slowly
    )
    seen = {key: bytes(body) for key, body in cursor.fetchall()}
    if not seen:
        return places
    keys = [key.decode() for key in entries.keys[places]]
    for key, body in zip(keys, bodies(entries, places, today), strict=True):
        if key in seen and seen[key] != body.tobytes():
            raise journal.DifferentBody(f"request key {key!r} was used before with another body")
    return places[[key not in seen for key in keys]]


def post_terms(told: agreed.Agreed, book: balances.Book, places: Any, entries: Entries, today: int) -> Done:
    """Run the lane over the entries of accounts under the same terms; where it raises, again one by one."""
    of_account = np.searchsorted(book.ids, entries.accounts[places])
    kinds = entries.kinds[places].astype(np.int64)
    amounts = entries.amounts[places].astype(np.int64)
    rows, dues = np.empty_like(book.shard.rows), np.empty(len(book.shard.dues) + WIDTH * len(book.ids), np.int64)
    counts, moves = np.empty(len(book.ids), np.int64), np.empty((len(MOVES), len(places)), np.int64)
    inputs = (today, told.terms, of_account, kinds, amounts, *book.shard, rows, dues, counts, moves)
    faults: list[Fault] = []
    try:
        lanes.post_lane(*inputs)
    except AssertionError:
        wrong = plain.post_plain(*inputs)
        faults = [Fault(int(places[i]), "entry_refused", message) for i, message in wrong]
        good = np.ones(len(places), dtype=bool)
        good[[i for i, _ in wrong]] = False
        places, of_account, moves = places[good], of_account[good], np.ascontiguousarray(moves[:, good])
    return Done(told, book, lanes.packed(book.shard, rows, dues, counts), places, of_account, moves, faults)


def write(cursor: CursorWrapper, done: list[Done], entries: Entries, today: int) -> None:
    """Write entries, rows, keys, the agenda and breaches of a shard: one COPY of each for all terms together."""
    if not done:
        return
    places = np.concatenate([one.places for one in done])
    ids = journal.take_ids(cursor, len(places))
    ends = np.cumsum([len(one.places) for one in done])
    groups = [
        entry_group(int(kind), one, entries, ids[end - len(one.places) : end], today)
        for one, end in zip(done, ends, strict=True)
        for kind in np.unique(entries.kinds[one.places])
    ]
    currencies = {one.told.product_id: one.told.product.currency for one in done}
    journal.post_groups(cursor, groups, booked_day=today, run_id=None, currencies=currencies)
    balances.write(cursor, np.concatenate([one.book.ids for one in done]), balances.joined([one.after for one in done]))
    in_order = np.argsort(entries.keys[places])  # of the keys: neighbours go to the same page of the index
    copy_columns(
        cursor,
        "ledger_request",
        [
            Column("key", "char", entries.keys[places[in_order]]),
            Column("body", "char", bodies(entries, places[in_order], today)),
            Column("entry_id", "int8", ids[in_order]),
        ],
        len(places),
    )
    if entries.categories is not None:
        keep_categories(cursor, places, ids, entries, today)
    for one in done:
        wake(cursor, one)
        breaches(cursor, one, entries, today)


def keep_categories(cursor: CursorWrapper, places: Any, ids: Any, entries: Entries, today: int) -> None:
    """Keep with the entries of purchases what their merchants sell, where that was told; the batch's day is open."""
    told = entries.categories[places] > 0
    places, ids = places[told], ids[told]
    copy_columns(
        cursor,
        "servicing_purchase_category",
        [
            Column("entry_id", "int8", ids),
            Column("account_id", "int8", entries.accounts[places]),
            Column("category", "int2", entries.categories[places]),
            Column("amount_minor", "int8", entries.amounts[places]),
            Column("effective_day", "date", today),
            Column("booked_day", "date", today),
        ],
        len(places),
    )


def authorised(*, accounts: Any, amounts: Any, on: date) -> Any:
    """Which purchases a merchant's terminal would be told yes to now: not suspended, and within what is available.

    An answer, not a promise: nothing is held. Each account asks once; one that does not exist or is faulty is told no.
    """
    answer = np.zeros(len(accounts), dtype=bool)
    if not len(accounts):
        return answer
    book = balances.read(in_accounts(accounts))
    asked = Entries(accounts, np.full(len(accounts), chart.PURCHASE), amounts, None)
    for terms_id in np.unique(book.terms):
        part = balances.select(book, book.terms == terms_id)
        own = np.flatnonzero(np.isin(accounts, part.ids))
        tried = post_terms(agreed.of(terms_id), part, own, asked, day_number(on))
        within = amounts[tried.places] <= tried.moves[MOVES.index("available")]
        answer[tried.places] = within & (tried.moves[MOVES.index("is_suspended")] == 0)
    return answer


def in_accounts(accounts: Any) -> str:
    """A condition on account ids: one of these."""
    return f"account_id = ANY('{{{','.join(map(str, accounts.tolist()))}}}'::bigint[])"


def bodies(entries: Entries, places: Any, today: int) -> Any:
    """`journal.body_of` for many entries; void, so that trailing zero bytes stay."""
    numbers = np.zeros((len(places), 4), dtype=">i8")
    numbers[:, 0], numbers[:, 1] = entries.accounts[places], entries.kinds[places]
    numbers[:, 2], numbers[:, 3] = entries.amounts[places], today
    return numbers.view("V32").ravel()


def entry_group(kind: int, done: Done, entries: Entries, ids: Any, today: int) -> Group:
    """The entries of one kind, from what the lane says moved."""
    mask = entries.kinds[done.places] == kind
    places, terms = done.places[mask], done.told.terms
    touched = {column: done.moves[MOVES.index(column)][mask] for column in chart.OF_ACCOUNT}
    touched["interest_income"] = -touched["suspended"]
    touched["recovered"] = -touched["charged_off"]
    touched[chart.COUNTERPART[kind]] = entries.amounts[places] * (-1 if kind == chart.PURCHASE else 1)
    earning = 1 - done.after.rows[AT["nonaccrual"]][done.of_account[mask]]
    return Group(
        kind,
        today,
        entries.accounts[places],
        np.full(len(places), done.told.product_id, dtype=np.int64),
        touched,
        done.moves[6][mask] * terms.rate_ppm * earning,
        done.moves[7][mask] * terms.late_rate_ppm * earning,
        ids[mask],
        None if entries.channels is None else entries.channels[places],
    )


def wake(cursor: CursorWrapper, done: Done) -> None:
    """Put accounts to which something now happens sooner than before on the agenda of that day."""
    coming = done.moves[MOVES.index("coming")]
    woken = coming < done.moves[MOVES.index("came")]
    accounts = done.book.ids[done.of_account[woken]]
    columns = [Column("day", "date", coming[woken]), Column("account_id", "int8", accounts)]
    copy_columns(cursor, "ledger_agenda", columns, int(woken.sum()))


def breaches(cursor: CursorWrapper, done: Done, entries: Entries, today: int) -> None:
    """Mark purchases that were posted over the limit or on a suspended line."""
    bought = entries.kinds[done.places] == chart.PURCHASE
    places, moves = done.places[bought], done.moves[:, bought]
    rules = {
        b"over_limit": entries.amounts[places] > moves[MOVES.index("available")],
        b"suspended": moves[MOVES.index("is_suspended")] == 1,
    }
    for rule, broken in rules.items():
        copy_columns(
            cursor,
            "servicing_breach",
            [
                Column("account_id", "int8", entries.accounts[places[broken]]),
                Column("effective_day", "date", today),
                Column("rule", "char", np.array(rule)),
                Column("amount_minor", "int8", entries.amounts[places[broken]]),
            ],
            int(broken.sum()),
        )
