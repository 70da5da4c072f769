"""What a day's entries are to those who own or fund the accounts: written by the close, in the run of the entries.

A shard where no account was ever sold or funded costs one look at two indexes.
"""

from datetime import date

from django.db.backends.utils import CursorWrapper

from duecourse.ledger import balances

from . import marks, owners, shares


def book(cursor: CursorWrapper, among: str, day: date, run_id: int) -> int:
    """Pass a shard's day on to owners and funders, settle what settles on it; answers how many entries that posted.

    `among` is a condition on account ids. To be called inside the shard's run, once all its entries are in.
    """
    sold, funded = concerned(cursor, among)
    if not sold and not funded:
        return 0
    since, posted = marks.before(day).entry, 0
    if sold:
        posted += owners.pass_on(cursor, among, since, day, run_id)
    if funded:
        posted += shares.book(cursor, among, since, day, run_id)
    if sold:
        posted += owners.settle(cursor, among, day, run_id)
    return posted


def stirring(cursor: CursorWrapper, day: date) -> set[int]:
    """The shards in which a sale settles, shares begin or a guarantee may be claimed on a day, whatever is booked."""
    if not any(concerned(cursor, "true")):
        return set()
    cursor.execute(
        "SELECT account_id FROM servicing_sale WHERE settles_on = %s UNION "
        "SELECT account_id FROM servicing_funding WHERE from_day = %s",
        [day, day],
    )
    accounts = [row[0] for row in cursor.fetchall()] + shares.claimable(cursor, "true", day)
    return {account // balances.SHARD_SIZE for account in accounts}


def returned(cursor: CursorWrapper, account: int, since: int, day: date) -> None:
    """The same for an account that was set aside and has returned: its entries after `since` are what it missed."""
    among = f"account_id = {account}"
    sold, funded = concerned(cursor, among)
    if sold:
        owners.pass_on(cursor, among, since, day, None)
    if funded:
        shares.book_entries(cursor, among, since, day, None)


def concerned(cursor: CursorWrapper, among: str) -> tuple[bool, bool]:
    """Whether any of these accounts was ever sold, and whether any was ever funded by others."""
    cursor.execute(
        f"SELECT EXISTS (SELECT FROM servicing_sale WHERE {among}), "
        f"EXISTS (SELECT FROM servicing_funding WHERE {among})"
    )
    sold, funded = cursor.fetchone()
    return sold, funded
