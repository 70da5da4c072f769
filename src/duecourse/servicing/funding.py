"""Co-lending 联合贷款: who funds which share of an account, at what rate, and what each of them holds.

Agreed from a day on; the close of each day shares out what was booked on it (`book.shares`), so that the funders'
shares and the lender's sum to the account.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from duecourse.kernel.money import AMOUNT_MAX, PPM, RATE_MAX_PPM
from duecourse.kernel.shares import Shares, Whole
from duecourse.ledger import chart, journal
from duecourse.ledger.journal import Locked, Refused
from duecourse.rules import funding_terms
from duecourse.rules.funding_terms import Funder, FundingTerms, Guarantee, asks
from duecourse.rules.read import day_number

from . import agreed, loans, ownership, parties
from .party_tables import Claim, Funding
from .refusals import NotAnAmount
from .tables import Account

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


class PriceWithoutShare(Refused):
    """A price is named for who neither has a share of the account nor gets one."""

    code = "price_without_share"


class FundingBeforeOpening(Refused):
    """The day from which shares are to hold is before the account was opened."""

    code = "funding_before_opening"


class BookedSince(Refused):
    """Closed days, since the one from which shares are to hold, have booked something that was not shared so."""

    code = "funding_booked_since"


class SharedSince(Refused):
    """Closed days, since the one from which shares are to hold, had shares by another agreement, or another owner."""

    code = "funding_shared_since"


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
    prices_minor: Mapping[str, int] | None = None,
) -> Receipt:
    """Agree who funds an account from a day on; no shares: the lender alone again.

    At the close of that day each takes over its part of what is owed, at what is owed; or at the price that
    `prices_minor` names for a party: what it pays for what it takes over, or gets for what it gives up. The difference
    is its gain or loss, and the lender's the other way round. Where that day is closed already, shares begin at the
    close of the open day, and only if nothing was booked or shared on the account since.
    `pool`: the accounts that share a guarantee's cap; without one the account is alone. A funder's rate is a part of
    what the account bears when it is agreed: should that change, the funder's changes with it until something else is
    agreed.
    """
    check_ranges(f"account {account}", shares, guarantee)
    body = {
        "account": account,
        "funds": [list(one) for one in shares],
        "on": on,
        "pool": pool,
        "guarantee": guarantee and list(guarantee),
        **({"prices": dict(prices_minor)} if prices_minor else {}),
    }

    def keep(locked: Locked) -> int:
        row = agreement(locked, shares, on, pool, guarantee)
        row.prices = prices_of(locked, row, prices_minor or {})
        row.by, row.reason = by, reason
        row.save(force_insert=True)
        return int(row.id)

    return Receipt(*journal.keep_once(account, key=key, body=body, keep=keep))


def check_ranges(what: str, shares: Sequence[Funder], guarantee: Guarantee | None) -> None:
    """Refuse numbers that no agreement can have."""
    for one in shares:
        if not (0 < one.share_ppm <= PPM and 0 <= one.rate_ppm <= RATE_MAX_PPM):
            raise ShareOutOfRange(f"{what}: {one.party}: {one.share_ppm} ppm at {one.rate_ppm} ppm a year")
    if guarantee and not (guarantee.days > 0 and 0 < guarantee.cap_ppm <= PPM):
        raise ShareOutOfRange(f"{what}: a guarantee at {guarantee.days} days of {guarantee.cap_ppm} ppm")
    named = [one.party for one in shares]
    if len(set(named)) < len(named) or parties.LENDER in named:
        raise FunderTwice(f"{what}: {', '.join(named)}")
    if sum(one.share_ppm for one in shares) > PPM:
        raise SharesAboveWhole(f"{what}: the shares come to {sum(one.share_ppm for one in shares)} ppm")


def agreement(locked: Locked, shares: Sequence[Funder], on: date, pool: str, guarantee: Guarantee | None) -> Funding:
    """The agreement of a locked account as it is kept; refuses what cannot be."""
    account = locked.account_id
    codes = [one.party for one in shares] + ([guarantee.guarantor] if guarantee else [])
    named = dict(zip(codes, parties.ids_of(codes), strict=True))
    asked = ownership.asked_of(account)
    if ownership.owner_on(asked, locked.open_day) or ownership.pending(asked, locked.open_day):
        raise AccountSold(f"account {account} is sold, or its sale is not settled yet")
    if not shares and not ownership.is_funded(account, locked.open_day):
        raise NotFunded(f"account {account}: nobody funds a share of it")
    if on < locked.open_day:
        check_undisturbed(account, asked, on, locked.open_day)
    return row_of(account, FundingTerms(tuple(shares), pool, guarantee), named, on, locked.open_day, rate_of(locked))


def prices_of(locked: Locked, row: Funding, prices_minor: Mapping[str, int]) -> dict[str, int]:
    """Prices as they are kept, by party; refused of who has no share and gets none, and of the lender."""
    account = locked.account_id
    if not prices_minor:
        return {}
    with connection.cursor() as cursor:
        known = {*row.parties, *held(cursor, [account]).get(account, {})}
    known |= {party for one in Funding.objects.filter(account_id=account) for party in one.parties}
    found = {}
    for party, price in zip(parties.ids_of(list(prices_minor)), prices_minor.values(), strict=True):
        if not 0 <= price <= AMOUNT_MAX:
            raise NotAnAmount(f"account {account}: a price of {price} is not between 0 and {AMOUNT_MAX}")
        if party == 0 or party not in known:
            raise PriceWithoutShare(f"account {account}: {parties.codes()[party]} has no share of it and gets none")
        found[str(party)] = price
    return found


def row_of(
    account: int, terms: FundingTerms, named: Mapping[str, int], on: date, open_day: date, rate_ppm: int
) -> Funding:
    """An agreement as it is kept; funders who ask for more than an account bears at `rate_ppm` are refused."""
    if asks(terms.funders) > rate_ppm:
        raise RatesAboveAccount(f"account {account} bears {rate_ppm} ppm a year, less than its funders ask")
    guarantee = terms.guarantee
    return Funding(
        account_id=account,
        pool=terms.pool or f"account {account}",
        agreed_from=on,
        from_day=max(on, open_day),
        booked_day=open_day,
        parties=[named[one.party] for one in terms.funders],
        shares_ppm=[one.share_ppm for one in terms.funders],
        bears=[one.share_ppm * one.rate_ppm for one in terms.funders],
        rate_ppm=rate_ppm,
        guarantor=named[guarantee.guarantor] if guarantee else None,
        guarantee_days=guarantee.days if guarantee else 0,
        guarantee_cap_ppm=guarantee.cap_ppm if guarantee else 0,
    )


def check_undisturbed(account: int, asked: Sequence[ownership.Asked], on: date, open_day: date) -> None:
    """Refuse shares from a closed day on where days closed since would have been shared, or were, otherwise."""
    opened_on = Account.objects.values_list("opened_on", flat=True).get(id=account)
    if on < opened_on:
        raise FundingBeforeOpening(f"account {account} was opened on {opened_on}, after {on}")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT min(booked_day) FROM ledger_entry WHERE account_id = %s AND booked_day >= %s AND booked_day < %s "
            f"AND {chart.OF_BORROWER}",
            [account, on, open_day],
        )
        booked = cursor.fetchone()[0]
        before = in_force(cursor, [account], open_day)
    if booked:
        raise BookedSince(f"account {account}: the close of {booked} booked what was not shared so")
    shared = any(row.parties or row.from_day > on for row in before.values())
    if shared or any(one.settles_on >= on for one in asked):
        raise SharedSince(f"account {account}: since {on} others held it, or shares of it, already")


def by_product(
    *, accounts: Sequence[int], product: str, opened_on: date, open_day: date, rates: Sequence[int],
    chosen: Sequence[FundingTerms | None],
) -> None:  # fmt: skip
    """Let new accounts be funded as their product's file says, or as was `chosen` for each, from the open day on.

    `rates`: what each bears a year, per million. Parties that were not introduced are refused.
    """
    default = funding_terms.of_product(product, opened_on)
    agreed_on = [default if one is None else one for one in chosen]
    told = set(agreed_on)
    if not any(one.funders for one in told):
        return
    for one in told:
        check_ranges(product, one.funders, one.guarantee)
    codes = [one.party for terms in told for one in terms.funders]
    codes += [terms.guarantee.guarantor for terms in told if terms.guarantee]
    named = dict(zip(codes, parties.ids_of(codes), strict=True))
    rows = [
        row_of(account, terms, named, opened_on, open_day, rate)
        for account, terms, rate in zip(accounts, agreed_on, rates, strict=True)
        if terms.funders
    ]
    for row in rows:
        row.by, row.reason = f"product {product}", "as its account opened"
    Funding.objects.bulk_create(rows)


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
    """What each party holds of an account at the close of a day; refused where nobody funds it.

    The lender, or the owner that day to whom it sold its place, stands last.
    """
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
    named[0] = ownership.owner(account=account, on=on)
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


class Part(NamedTuple):
    """One party's part of a posting, minor units: its share of what the components moved.

    paid: what passes to it (below zero: what it brings); earned: its income. All parts sum to the posting.
    """

    party: str
    principal: int
    interest: int
    fee: int
    penalty: int
    charged_off: int
    suspended: int
    paid: int
    earned: int


def of_posting(*, account: int, entry: int) -> list[Part]:
    """How one posting of an account was shared out, the lender (or who bought its place) last.

    Nothing where it was booked before others funded the account, moved none of the shared components, or is not closed
    yet.
    """
    sums = ", ".join(TOTALS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT party_id, booked_day, {sums} FROM servicing_share WHERE account_id = %s AND entry_id = %s "
            "ORDER BY party_id = 0, party_id",
            [account, entry],
        )
        rows = cursor.fetchall()
    if not rows:
        return []
    named = parties.codes()
    named[0] = ownership.owner(account=account, on=rows[0][1])
    return [Part._make((named[party], *moved, sum(moved))) for party, _, *moved in rows]


def claims_of(*, account: int) -> list[Claim]:
    """What was claimed of guarantors for an account, in order."""
    return list(Claim.objects.filter(account_id=account).select_related("guarantee").order_by("id"))
