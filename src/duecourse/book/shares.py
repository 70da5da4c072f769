"""Funders' shares of a day: every posting on a funded account is shared out, in the run of the entries.

How a posting's components are shared is kept by posting and party (`servicing_share`). In the ledgers it is one entry a
party and effective day: what it holds of the account, what money passes for it, what it earned; and the other way round
in the ledger of the account's owner, the lender's unless it was sold.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.backends.utils import CursorWrapper

from duecourse.kernel import shares as kernel
from duecourse.kernel.shares import NOTHING, Change, Held, Moved, Whole
from duecourse.ledger import balances, chart, journal
from duecourse.ledger.journal import Owned
from duecourse.rules.read import day_number, to_date
from duecourse.servicing import funding, ownership, standing
from duecourse.servicing.party_tables import Claim, Funding

MONEY = ("cash", "merchant", "take_on", "credit", "suspense")
"""Against what postings are paid; whatever else a component moves against is income, or a loss."""
OUT = " + ".join(f"coalesce({name}, 0)" for name in MONEY)
OWED = {
    "principal": "coalesce(principal, 0) + coalesce(disputed, 0) + coalesce(converted, 0)",
    "interest": "interest",
    "fee": "fee",
    "penalty": "penalty",
}
"""The components that the borrower owes; principal with what is apart of it."""
PUT_IN = (chart.PURCHASE, chart.DRAW, chart.TAKE_ON)
WORTH = ("charged_off", "suspended")
assert (*OWED, *WORTH) == Whole._fields, "what is shared out is told in the order in which the kernel holds it"


def book(cursor: CursorWrapper, among: str, since: int, day: date, run_id: int) -> int:
    """Share a shard's day out: shares that begin, then its postings, then what is claimed of guarantors.

    Answers how many entries that posted.
    """
    begun = begin(cursor, among, day)
    posted = book_entries(cursor, among, since, day, run_id, begun)
    claim(cursor, among, day)
    return posted


def begin(cursor: CursorWrapper, among: str, day: date) -> dict[int, list[Moved]]:
    """How shares move on accounts whose agreement begins on this day, before the day's postings."""
    cursor.execute(
        f"SELECT DISTINCT account_id FROM servicing_funding WHERE from_day = %s AND {among} ORDER BY 1", [day]
    )
    accounts = [row[0] for row in cursor.fetchall()]
    if not accounts:
        return {}
    agreed, held = funding.in_force(cursor, accounts, day), funding.held(cursor, accounts)
    new = [account for account in accounts if account not in held]
    if new:
        held |= {account: {kernel.LENDER: whole} for account, whole in wholes(cursor, new, day).items()}
    return {
        account: kernel.begin(
            held[account],
            funding.shares_of(now),
            day_number(now.agreed_from),
            {int(party): price for party, price in now.prices.items()},
        )
        for account, now in agreed.items()
    }


def wholes(cursor: CursorWrapper, accounts: Sequence[int], day: date) -> dict[int, Whole]:
    """What these accounts came to by the entries booked before a day."""
    sums = ", ".join(f"coalesce(sum({told}), 0)" for told in (*OWED.values(), *WORTH))
    cursor.execute(
        f"SELECT account_id, {sums} FROM ledger_entry WHERE account_id = ANY(%s) AND booked_day < %s "
        f"AND {chart.OF_BORROWER} GROUP BY 1",
        [list(accounts), day],
    )
    found = {row[0]: Whole(*map(int, row[1:])) for row in cursor.fetchall()}
    return {account: found.get(account, NOTHING) for account in accounts}


def book_entries(
    cursor: CursorWrapper,
    among: str,
    since: int,
    day: date,
    run_id: int | None,
    begun: Mapping[int, list[Moved]] | None = None,
) -> int:
    """Share out the entries of a day with ids above `since`, after what has `begun` on it."""
    begun = begun or {}
    changes = changes_of(cursor, among, since, day)
    accounts = sorted({*begun, *changes})
    if not accounts:
        return 0
    agreed, held = funding.in_force(cursor, accounts, day), funding.held(cursor, accounts)
    moved: dict[int, list[Moved]] = {}
    for account in accounts:
        if account not in agreed:
            continue  # it will be funded from a later day
        terms = funding.shares_of(agreed[account])
        moved[account] = list(begun.get(account, ()))
        now = {**held.get(account, {}), **{one.party: one.held for one in moved[account]}}
        for change in changes.get(account, ()):
            step = kernel.post(now, terms, change)
            now |= {one.party: one.held for one in step}
            moved[account] += step
    return write(cursor, moved, agreed, day, run_id, ownership.owners_among(cursor, among, day))


def changes_of(cursor: CursorWrapper, among: str, since: int, day: date) -> dict[int, list[Change]]:
    """What each entry of a day moved on funded accounts, by account, in order of effective day and id."""
    paid = [f"CASE WHEN {OUT} <> 0 THEN coalesce({told}, 0) ELSE 0 END" for told in OWED.values()]
    earned = [f"CASE WHEN {OUT} = 0 THEN coalesce({told}, 0) ELSE 0 END" for told in OWED.values()]
    worth = [f"coalesce({name}, 0)" for name in WORTH]
    put_in = f"CASE WHEN kind IN {PUT_IN} THEN {OWED['principal']} ELSE 0 END"
    cursor.execute(
        f"SELECT account_id, effective_day, id, {', '.join((*paid, *earned, *worth, put_in))} FROM ledger_entry "
        f"WHERE id > %s AND booked_day = %s AND {among} AND {chart.OF_BORROWER} "
        f"AND account_id IN (SELECT account_id FROM servicing_funding WHERE {among} AND from_day <= %s) "
        "ORDER BY 1, 2, 3",
        [since, day, day],
    )
    found: dict[int, list[Change]] = {}
    for account, effective, entry, *moved in cursor.fetchall():
        cash, other, put_in_minor = Whole._make((*moved[:4], 0, 0)), Whole._make(moved[4:10]), moved[10]
        if any(cash) or any(other):
            change = Change(day_number(effective), cash, other, put_in_minor, entry)
            found.setdefault(account, []).append(change)
    return found


def write(
    cursor: CursorWrapper,
    moved: Mapping[int, Sequence[Moved]],
    agreed: Mapping[int, Funding],
    day: date,
    run_id: int | None,
    owners: Mapping[int, int],
) -> int:
    """Write how shares of accounts moved, and the entries that say it in each party's ledger.

    `owners`: whose the accounts are that are not the lender's.
    """
    columns = ("cash", "put_in", *Whole._fields, *(f"held_{name}" for name in Whole._fields))
    head = "account_id, party_id, funding_id, cause, entry_id, effective_day, booked_day, run_id"
    with cursor.copy(f"COPY servicing_share ({head}, {', '.join(columns)}) FROM STDIN") as out:
        for account, steps in moved.items():
            for one in steps:
                of = (account, one.party, agreed[account].id, one.cause, one.entry or None, to_date(one.day))
                out.write_row((*of, day, run_id, one.cash, one.put_in, *one.change, *one.held))
    cursor.execute(
        "SELECT b.account_id, b.product_id, p.currency FROM ledger_balance b "
        "JOIN ledger_product p ON p.id = b.product_id WHERE b.account_id = ANY(%s)",
        [list(moved)],
    )
    of_account = {account: (product, currency) for account, product, currency in cursor.fetchall()}
    return journal.post_owned(cursor, entries_of(moved, of_account, owners, day), run_id)


def entries_of(
    moved: Mapping[int, Sequence[Moved]],
    of_account: Mapping[int, tuple[int, str]],
    owners: Mapping[int, int],
    day: date,
) -> Iterable[Owned]:
    """One entry for each party and effective day in its own ledger, and the owner's: all of them turned round."""
    for account, steps in moved.items():
        product, currency = of_account[account]
        owner = owners.get(account, kernel.LENDER)
        for effective in sorted({one.day for one in steps}):
            parties: dict[int, dict[str, int]] = {owner: dict.fromkeys(chart.OF_SHARES, 0)}
            for one in steps:
                if one.day != effective or one.party == kernel.LENDER:
                    continue
                gained = "transfer_result" if one.cause == kernel.PRICED else "funder_income"
                amounts = {"funded": sum(one.change), "funder": one.cash, gained: -one.income}
                theirs = parties.setdefault(one.party, dict.fromkeys(chart.OF_SHARES, 0))
                for name, amount in amounts.items():
                    theirs[name] += amount
                    parties[owner][name] -= amount
            for party, amounts in sorted(parties.items()):
                on = to_date(effective)
                yield Owned(account, product, chart.SHARE, on, day, party, currency, amounts)


CLAIMABLE = (
    "SELECT DISTINCT ON (f.account_id) f.id, f.account_id, f.guarantee_days, f.guarantor FROM servicing_funding f "
    "WHERE f.from_day <= %s AND {among} ORDER BY f.account_id, f.from_day DESC, f.id DESC"
)


def claimable(cursor: CursorWrapper, among: str, day: date) -> list[int]:
    """The accounts with a guarantee whose oldest due is old enough for a claim that was not made yet, in order."""
    cursor.execute(
        f"SELECT a.account_id FROM ({CLAIMABLE.format(among=among)}) a JOIN ledger_balance b USING (account_id) "
        "WHERE a.guarantor IS NOT NULL AND b.dues[1] <= %s - a.guarantee_days + 1 AND NOT EXISTS "
        "(SELECT FROM servicing_claim c WHERE c.funding_id = a.id) "
        "AND a.account_id NOT IN (SELECT account_id FROM book_set_aside WHERE returned_on IS NULL) ORDER BY 1",
        [day, day_number(day)],
    )
    return [row[0] for row in cursor.fetchall()]


def claim(cursor: CursorWrapper, among: str, day: date) -> None:
    """Keep what funders may claim, because an account is as many days past due as was agreed, at this day's close.

    Each agreement claims once.
    """
    accounts = claimable(cursor, among, day)
    if not accounts:
        return
    rows = balances.read(f"account_id IN ({', '.join(map(str, accounts))})")
    late = dict(zip(rows.ids.tolist(), standing.of(rows, day)[0].tolist(), strict=True))
    agreed, held = funding.in_force(cursor, accounts, day), funding.held(cursor, accounts)
    Claim.objects.bulk_create(
        Claim(
            account_id=account,
            party_id=party,
            funding_id=agreed[account].id,
            pool=agreed[account].pool,
            guarantor=agreed[account].guarantor,
            day=day,
            days_past_due=late[account],
            principal=held[account][party].principal,
            interest=held[account][party].interest,
            by="close",
            reason=f"{late[account]} days past due",
        )
        for account in accounts
        if late[account] >= agreed[account].guarantee_days
        for party in dict.fromkeys(agreed[account].parties)
        if claims(held[account], party, agreed[account].guarantor)
    )


def claims(held: Held, party: int, guarantor: Any) -> bool:
    """Whether a party has something to claim of a guarantor."""
    return party not in (kernel.LENDER, guarantor) and held[party].principal + held[party].interest > 0
