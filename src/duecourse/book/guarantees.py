"""First-loss guarantees: what was claimed at a day's close is paid before the day is sealed.

In one transaction for the whole book, in order of account, because accounts of a pool share its cap whatever shard they
are in. A claim that was looked at has its row, so nothing is paid twice.
"""

from datetime import date, timedelta

from django.db import connection
from django.db.backends.utils import CursorWrapper

from duecourse.kernel import shares as kernel
from duecourse.kernel.money import PPM
from duecourse.kernel.shares import Moved
from duecourse.ledger import journal
from duecourse.rules.read import day_number
from duecourse.servicing import funding, ownership
from duecourse.servicing.party_tables import Claim, Funding, Guarantee

from . import shares


def pay(day: date) -> int:
    """Pay the claims of a day that are not paid yet; answers how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM servicing_claim c WHERE day = %s "
            "AND NOT EXISTS (SELECT FROM servicing_guarantee WHERE claim_id = c.id) LIMIT 1",
            [day],
        )
        if cursor.fetchone() is None:
            return 0
    return journal.atomically(lambda: _pay(day))


def _pay(day: date) -> int:
    claims = list(Claim.objects.filter(day=day, guarantee=None).order_by("account_id", "id"))
    with connection.cursor() as cursor:
        accounts = sorted({claim.account_id for claim in claims})
        agreed, held = funding.in_force(cursor, accounts, day), funding.held(cursor, accounts)
        terms = {account: funding.shares_of(row) for account, row in agreed.items()}
        left: dict[str, int] = {}
        moved: dict[int, list[Moved]] = {}
        for claim in claims:
            account, now = claim.account_id, agreed[claim.account_id]
            if claim.pool not in left:
                left[claim.pool] = cap_left(cursor, claim.pool, now.guarantee_cap_ppm)
            paid = kernel.guarantee(
                held[account], terms[account], claim.party_id, claim.guarantor, left[claim.pool], day_number(day)
            )
            left[claim.pool] -= paid.principal + paid.interest
            held[account] = {**held[account], **{one.party: one.held for one in paid.moved}}
            Guarantee.objects.create(
                claim_id=claim.id, booked_day=day, principal=paid.principal, interest=paid.interest
            )
            if paid.moved:
                terms[account] = paid.shares
                moved.setdefault(account, []).extend(paid.moved)
                keep(now, paid.shares, claim, day)
        among = f"account_id IN ({', '.join(map(str, accounts))})"
        owners = ownership.owners_among(cursor, among, day + timedelta(days=1))  # a sale of this day is settled by now
        shares.write(cursor, moved, agreed, day, None, owners)
    return len(claims)


def cap_left(cursor: CursorWrapper, pool: str, cap_ppm: int) -> int:
    """What a guarantee of a pool may still pay: its cap, a share of what funders put in, less what it has paid."""
    cursor.execute(
        "SELECT coalesce(sum(s.put_in), 0) FROM servicing_funding f JOIN servicing_share s "
        "ON s.account_id = f.account_id AND s.funding_id = f.id WHERE f.pool = %s AND s.party_id <> 0",
        [pool],
    )
    put_in = int(cursor.fetchone()[0])
    cursor.execute(
        "SELECT coalesce(sum(g.principal + g.interest), 0) FROM servicing_guarantee g "
        "JOIN servicing_claim c ON c.id = g.claim_id WHERE c.pool = %s",
        [pool],
    )
    return max(0, put_in * cap_ppm // PPM - int(cursor.fetchone()[0]))


def keep(now: Funding, since: kernel.Shares, claim: Claim, day: date) -> None:
    """Keep the shares that a payment has moved, in force from the next day on."""
    Funding.objects.create(
        account_id=now.account_id,
        pool=now.pool,
        agreed_from=day + timedelta(days=1),
        from_day=day + timedelta(days=1),
        booked_day=day,
        parties=list(since.parties),
        shares_ppm=list(since.shares_ppm),
        bears=list(since.bears),
        rate_ppm=since.rate_ppm,
        guarantor=now.guarantor,
        guarantee_days=now.guarantee_days,
        guarantee_cap_ppm=now.guarantee_cap_ppm,
        claim_id=claim.id,
        by=claim.by,
        reason=claim.reason,
    )
