"""Co-lending 联合贷款: who funds which share of an account, at what rate, and what each of them holds.

Agreed from a day on; the close of each day shares out what was booked on it (`book.shares`), so that the funders'
shares and the lender's sum to the account.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from duecourse.kernel.money import PPM, RATE_MAX_PPM
from duecourse.kernel.shares import Shares, Whole
from duecourse.ledger import journal
from duecourse.ledger.journal import Locked, Refused
from duecourse.rules.read import day_number

from . import agreed, loans, ownership, parties
from .tables import Claim, Funding

TOTALS = ("principal", "interest", "fee", "penalty", "charged_off", "suspended", "cash")


class SharesAboveWhole(Refused):
    """The funders' shares are more than the account."""

    code = "shares_above_whole"


class RatesAboveAccount(Refused):
    """The funders' rates on their shares come to more than the account bears."""

    code = "funders_rate_above_account"


class ShareOutOfRange(Refused):
    """A share, a rate, or a number of the guarantee is outside its range."""

    code = "share_out_of_range"


class FunderTwice(Refused):
    """A funder is named twice, or the lender as one."""

    code = "funder_named_twice"


class AccountSold(Refused):
    """The account is another's, or waits to be."""

    code = "account_sold"


class NotFunded(Refused):
    """Nobody funds a share of the account."""

    code = "not_funded"


class FundingTooEarly(Refused):
    """The day from which shares are to hold has been closed."""

    code = "funding_before_open_day"


class Funder(NamedTuple):
    """A funder's share of an account and the yearly rate that it earns on it, both per million."""

    party: str
    share_ppm: int
    rate_ppm: int


class Guarantee(NamedTuple):
    """Who pays the funders what is unpaid of an account `days` past due, up to `cap_ppm` of what the pool was given."""

    guarantor: str
    days: int
    cap_ppm: int


class Receipt(NamedTuple):
    """An agreement: its id, and whether it was made before under the same key."""

    id: int
    again: bool


class Position(NamedTuple):
    """What one party holds of an account, minor units. The lender, last, holds the rest.

    principal .. penalty: its part of what the borrower owes. paid: what passed to it, less
    what it brought. earned: its income, below zero its loss. owed: its part of all that is owed.
    """

    party: str
    share_ppm: int
    principal: int
    interest: int
    fee: int
    penalty: int
    paid: int
    earned: int
    owed: int


def agree(
    *,
    account: int,
    shares: Sequence[Funder],
    on: date,
    by: str,
    reason: str,
    key: str,
    pool: str = "",
    guarantee: Guarantee | None = None,
) -> Receipt:
    """Agree who funds an account from a day on, the open day or a later one; no shares: the lender alone again.

    On that day each takes over its part of what is owed, at what is owed. `pool`: the accounts that share a
    guarantee's cap; without one the account is alone. A funder's rate is a part of what the account bears when it is
    agreed: should that change, the funder's changes with it until something else is agreed.
    """
    check_ranges(account, shares, guarantee)
    body = {
        "account": account,
        "funds": [list(one) for one in shares],
        "on": on,
        "pool": pool,
        "guarantee": guarantee and list(guarantee),
    }

    def keep(locked: Locked) -> int:
        row = agreement(locked, shares, on, pool or f"account {account}", guarantee)
        row.by, row.reason = by, reason
        row.save(force_insert=True)
        return int(row.id)

    return Receipt(*journal.keep_once(account, key=key, body=body, keep=keep))


def check_ranges(account: int, shares: Sequence[Funder], guarantee: Guarantee | None) -> None:
    """Refuse numbers that no agreement can have."""
    for one in shares:
        if not (0 < one.share_ppm <= PPM and 0 <= one.rate_ppm <= RATE_MAX_PPM):
            raise ShareOutOfRange(f"account {account}: {one.party}: {one.share_ppm} ppm at {one.rate_ppm} ppm a year")
    if guarantee and not (guarantee.days > 0 and 0 < guarantee.cap_ppm <= PPM):
        raise ShareOutOfRange(f"account {account}: a guarantee at {guarantee.days} days of {guarantee.cap_ppm} ppm")
    named = [one.party for one in shares]
    if len(set(named)) < len(named) or parties.LENDER in named:
        raise FunderTwice(f"account {account}: {', '.join(named)}")
    if sum(one.share_ppm for one in shares) > PPM:
        raise SharesAboveWhole(f"account {account}: the shares come to {sum(one.share_ppm for one in shares)} ppm")


def agreement(locked: Locked, shares: Sequence[Funder], on: date, pool: str, guarantee: Guarantee | None) -> Funding:
    """The agreement of a locked account as it is kept; refuses what cannot be."""
    account = locked.account_id
    ids = parties.ids_of([one.party for one in shares])
    guarantor = parties.ids_of([guarantee.guarantor])[0] if guarantee else None
    if on < locked.open_day:
        raise FundingTooEarly(f"account {account}: {on} is before the open day {locked.open_day}")
    asked = ownership.asked_of(account)
    if ownership.owner_on(asked, locked.open_day) or ownership.pending(asked, locked.open_day):
        raise AccountSold(f"account {account} is sold, or its sale is not settled yet")
    if not shares and not ownership.is_funded(account, locked.open_day):
        raise NotFunded(f"account {account}: nobody funds a share of it")
    rate_ppm = rate_of(locked)
    bears = [one.share_ppm * one.rate_ppm for one in shares]
    if sum(bears) > PPM * rate_ppm:
        raise RatesAboveAccount(f"account {account} bears {rate_ppm} ppm a year, less than its funders ask")
    return Funding(
        account_id=account,
        pool=pool,
        from_day=on,
        booked_day=locked.open_day,
        parties=ids,
        shares_ppm=[one.share_ppm for one in shares],
        bears=bears,
        rate_ppm=rate_ppm,
        guarantor=guarantor,
        guarantee_days=guarantee.days if guarantee else 0,
        guarantee_cap_ppm=guarantee.cap_ppm if guarantee else 0,
    )


def rate_of(locked: Locked) -> int:
    """What a locked account bears a year on its open day."""
    if not agreed.is_loan(locked.terms_id):
        return agreed.of(locked.terms_id).terms.rate_ppm
    loan = loans.held(account=locked.account_id).loan
    today = day_number(locked.open_day)
    since = [rate for day, rate in loan.rows.rates if day <= today] if loan.rows else []
    return int(since[-1]) if since else agreed.loan(locked.terms_id).terms.rate_ppm


def shares_of(row: Funding) -> Shares:
    """An agreement as the kernel takes it."""
    return Shares(tuple(row.parties), tuple(row.shares_ppm), tuple(row.bears), row.rate_ppm)


def in_force(cursor: CursorWrapper, accounts: Sequence[int], day: date) -> dict[int, Funding]:
    """The agreement of each of these accounts that holds on a day, where there is one."""
    cursor.execute(
        "SELECT DISTINCT ON (account_id) id FROM servicing_funding WHERE account_id = ANY(%s) AND from_day <= %s "
        "ORDER BY account_id, from_day DESC, id DESC",
        [list(accounts), day],
    )
    return {row.account_id: row for row in Funding.objects.filter(id__in=[one for (one,) in cursor.fetchall()])}


HELD = ", ".join(f"s.held_{name}" for name in Whole._fields)


def held(cursor: CursorWrapper, accounts: Sequence[int], on: date | None = None) -> dict[int, dict[int, Whole]]:
    """What each party holds of these accounts at the close of a day, the lender too, by account."""
    cursor.execute(
        f"SELECT p.account_id, p.party, {HELD} FROM (SELECT account_id, unnest(parties) AS party "
        "FROM servicing_funding WHERE account_id = ANY(%s) UNION SELECT unnest(%s::bigint[]), 0) p "
        "CROSS JOIN LATERAL (SELECT * FROM servicing_share s WHERE s.account_id = p.account_id "
        "AND s.party_id = p.party AND (%s::date IS NULL OR s.booked_day <= %s) ORDER BY s.id DESC LIMIT 1) s "
        "ORDER BY p.account_id, p.party",
        [list(accounts), list(accounts), on, on],
    )
    found: dict[int, dict[int, Whole]] = {}
    for account, party, *amounts in cursor.fetchall():
        found.setdefault(account, {})[party] = Whole(*amounts)
    return found


def position(*, account: int, on: date) -> list[Position]:
    """What each party holds of an account at the close of a day, the lender last; refused where nobody funds it."""
    with connection.cursor() as cursor:
        holds = held(cursor, [account], on).get(account)
        if holds is None:
            raise NotFunded(f"account {account}: nobody funds a share of it by {on}")
        sums = ", ".join(f"sum({name})" for name in TOTALS)
        cursor.execute(
            f"SELECT party_id, {sums} FROM servicing_share WHERE account_id = %s AND booked_day <= %s GROUP BY 1",
            [account, on],
        )
        totals = {row[0]: [int(amount) for amount in row[1:]] for row in cursor.fetchall()}
        agreement = in_force(cursor, [account], on).get(account)
    part = {0: PPM}
    for party, ppm in zip(agreement.parties, agreement.shares_ppm, strict=True) if agreement else ():
        part[0] -= ppm
        part[party] = part.get(party, 0) + ppm
    named = parties.codes()
    return [
        Position(
            named[party],
            part.get(party, 0),
            *holds[party][:4],
            totals[party][-1],
            sum(totals[party]),
            holds[party].owed,
        )
        for party in sorted(holds, key=lambda party: (party == 0, party))
    ]


def claims_of(*, account: int) -> list[Claim]:
    """What was claimed of guarantors for an account, in order."""
    return list(Claim.objects.filter(account_id=account).select_related("guarantee").order_by("id"))
