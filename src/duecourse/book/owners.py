"""The ledger by owner: what accounts that were sold move is passed on to their owners, sales and buybacks are settled.

An account's own entries are the borrower's whole debt and stand in the lender's ledger. For one that is another's, two
entries a day take them out of it and put them into the owner's. The money stays with the lender, who services it and
owes it to the owner. Accrued income is kept by product: with the charge it passes on as income.
"""

from collections.abc import Sequence
from datetime import date

from django.db.backends.utils import CursorWrapper

from duecourse.kernel.shares import LENDER
from duecourse.ledger import chart, journal
from duecourse.ledger.journal import Owned
from duecourse.servicing import funding, ownership

MONEY = ("cash", "merchant", "take_on", "suspense")
"""What the lender goes on handling for an owner; the owner has a claim on it instead."""
STAYS = (*MONEY, "accrued")
HOLDINGS = (
    "principal", "interest", "fee", "penalty", "credit", "suspended", "charged_off", "disputed", "converted",
)  # fmt: skip
"""What an account is to its owner: what the borrower owes, has to the good, and what that is worth less."""


def pass_on(cursor: CursorWrapper, among: str, since: int, day: date, run_id: int | None) -> int:
    """Pass what accounts of other owners moved on this day on to them; answers how many entries that posted."""
    owned = ownership.owners_among(cursor, among, day)
    if not owned:
        return 0
    sums = ", ".join(f"coalesce(sum({name}), 0)" for name in chart.COLUMNS)
    charged = ", ".join(
        f"coalesce(sum({name}) FILTER (WHERE accrued IS NOT NULL), 0)" for name in ("interest", "penalty")
    )
    cursor.execute(
        f"SELECT account_id, product_id, effective_day, currency, {charged}, {sums} FROM ledger_entry "
        f"WHERE id > %s AND booked_day = %s AND {chart.OF_BORROWER} AND account_id = ANY(%s) "
        "GROUP BY 1, 2, 3, 4 ORDER BY 1, 3",
        [since, day, list(owned)],
    )
    entries = []
    for account, product, effective, currency, interest, penalty, *moved in cursor.fetchall():
        amounts = {name: int(amount) for name, amount in zip(chart.COLUMNS, moved, strict=True)}
        passed = {name: amount for name, amount in amounts.items() if name not in STAYS}
        passed["interest_income"] -= int(interest)
        passed["penalty_income"] -= int(penalty)
        passed["funder"] = sum(amounts[name] for name in MONEY)
        assert sum(passed.values()) == 0, f"owners: what account {account} passes on is not whole"
        head = (account, product, chart.PASSED, effective, day)
        entries += both(head, currency, 0, owned[account], passed)
    return journal.post_owned(cursor, entries, run_id)


def both(
    head: tuple[int, int, int, date, date], currency: str, seller: int, buyer: int, amounts: dict[str, int]
) -> list[Owned]:
    """Two entries: what leaves one owner's ledger and arrives in another's."""
    left = {name: -amount for name, amount in amounts.items()}
    return [Owned(*head, seller, currency, left), Owned(*head, buyer, currency, amounts)]


def settle(cursor: CursorWrapper, among: str, day: date, run_id: int) -> int:
    """Settle the sales and buybacks of a day: what the account is leaves the seller and arrives at the buyer.

    It goes through the clearing account at its price, which is paid. What the seller gets more or less than it held is
    its gain or loss on the transfer; the buyer holds the account at what is owed, the difference beside it.
    Where others fund shares, these stay theirs: with the account goes what the seller owes to them of it.
    """
    settling = []
    for account, asked in ownership.asked_among(cursor, among).items():
        one = ownership.pending(asked, day)
        if one is not None and one.settles_on == day:
            owner = ownership.owner_on(asked, day)
            buyer = one.party if one.kind == ownership.SALE else 0
            settling.append((account, one, owner, buyer))
    if not settling:
        return 0
    accounts = [account for account, *_ in settling]
    held, shared = holdings(cursor, accounts), funding.held(cursor, accounts)
    entries = []
    for account, one, seller, buyer in settling:
        product, currency, of_owners = held[account]
        arrives = dict(of_owners.get(seller, {}))
        arrives["funded"] = -sum(sum(one) for party, one in shared.get(account, {}).items() if party != LENDER)
        worth = sum(arrives.values())
        arrives |= {"transfer_result": one.price_minor - worth, "transfer": -one.price_minor}
        entries += both((account, product, chart.TRANSFER, day, day), currency, seller, buyer, arrives)
        price = {"cash": -one.price_minor, "transfer": one.price_minor}
        entries += both((account, product, chart.PRICE, day, day), currency, seller, buyer, price)
    return journal.post_owned(cursor, entries, run_id)


def holdings(cursor: CursorWrapper, accounts: Sequence[int]) -> dict[int, tuple[int, str, dict[int, dict[str, int]]]]:
    """Of each account its product, its currency, and what it is in each owner's ledger."""
    sums = ", ".join(f"coalesce(sum(e.{name}), 0)" for name in HOLDINGS)
    cursor.execute(
        f"SELECT b.account_id, b.product_id, p.currency, coalesce(e.owner, 0), {sums} FROM ledger_balance b "
        "JOIN ledger_product p ON p.id = b.product_id LEFT JOIN ledger_entry e ON e.account_id = b.account_id "
        "WHERE b.account_id = ANY(%s) GROUP BY 1, 2, 3, 4",
        [list(accounts)],
    )
    found: dict[int, tuple[int, str, dict[int, dict[str, int]]]] = {}
    for account, product, currency, owner, *amounts in cursor.fetchall():
        of_owners = found.setdefault(account, (product, currency, {}))[2]
        of_owners[owner] = {name: int(amount) for name, amount in zip(HOLDINGS, amounts, strict=True)}
    return found
