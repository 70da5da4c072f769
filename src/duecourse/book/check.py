"""Is the book right? Each check is one fact about all of it, and says how much it looked at."""

import json
from typing import NamedTuple

from django.db import connection

from duecourse.audit import log
from duecourse.audit.tables import Leaf
from duecourse.kernel.account import WIDTH
from duecourse.kernel.shares import Whole
from duecourse.ledger import chart
from duecourse.ledger import read as journal_read
from duecourse.ledger.balances import SHARD_SIZE
from duecourse.servicing import ownership
from duecourse.servicing import suspense as in_suspense

from . import parquet, read
from .accrued import accrued_in_book
from .shares import OWED, WORTH
from .tables import Day, SetAside


class Checked(NamedTuple):
    """One fact: whether it holds, over how many things, and what is wrong where it does not."""

    what: str
    ok: bool
    looked_at: int
    detail: str = ""


def compared(what: str, of: str, count: int, wrong: int, first: int | None) -> Checked:
    """A fact about many accounts or entries (`of`): how many are wrong, and the first of those."""
    return Checked(what, wrong == 0, count, f"{wrong} {of}, first {first}" if wrong else "")


def everything() -> list[Checked]:
    """Every check, cheapest first."""
    return [
        set_aside(),
        trial_balance(),
        owners(),
        balances(),
        shares(),
        postings(),
        dues(),
        carries(),
        suspense(),
        accrued(),
        sealed_files(),
        audit_log(),
    ]


def set_aside() -> Checked:
    """No account is set aside."""
    waiting = SetAside.objects.filter(returned_on=None).order_by("account_id")
    named = "; ".join(f"account {one.account_id} since {one.day}: {one.message}" for one in waiting[:5])
    return Checked("no account is set aside", not named, waiting.count(), named)


def trial_balance() -> Checked:
    """The entries of each currency sum to zero, over all days."""
    with connection.cursor() as cursor:
        sums = " + ".join(f"coalesce(sum({column}), 0)" for column in chart.COLUMNS)
        cursor.execute(f"SELECT currency, count(*), {sums} FROM ledger_entry GROUP BY currency ORDER BY currency")
        rows = cursor.fetchall()
    wrong = [f"{currency}: {total}" for currency, _, total in rows if total != 0]
    return Checked("the trial balance is zero", not wrong, sum(row[1] for row in rows), ", ".join(wrong))


def owners() -> Checked:
    """The ledger of each owner sums to zero, and what one has against another is zero over all of them."""
    found = journal_read.trial_balances()
    wrong = [
        f"owner {owner} {currency}: {sum(sums.values())}"
        for (owner, currency), sums in found.items()
        if sum(sums.values())
    ]
    for currency in sorted({currency for _, currency in found}):
        of_currency = [sums for (_, said), sums in found.items() if said == currency]
        for name in chart.BETWEEN_PARTIES:
            total = sum(sums[name] for sums in of_currency)
            if total:
                wrong.append(f"{name} {currency}: {total}")
    return Checked("each owner's trial balance is zero", not wrong, len(found), ", ".join(wrong))


def shares() -> Checked:
    """What parties hold of a funded account is all of it, and what their ledgers and its owner's say that they hold."""
    wrong = " UNION ".join((WHOLE_DIFFERS, LEDGER_DIFFERS))
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(min(open_day), '2000-01-01') FROM ledger_shard")
        owners = ownership.owners_among(
            cursor, "account_id IN (SELECT account_id FROM servicing_funding)", *cursor.fetchone()
        )
        cursor.execute(
            f"WITH {HELD}, owned AS (SELECT * FROM unnest(%s::bigint[], %s::int[]) AS o (account_id, owner)), "
            f"wrong AS ({wrong}) SELECT (SELECT count(*) FROM h), count(*), min(account_id) FROM wrong",
            [list(owners), list(owners.values())],
        )
        count, differing, first = cursor.fetchone()
    return compared("funders' shares sum to the account", "accounts", count, differing, first)


OF_ENTRY = {**OWED, **{name: name for name in WORTH}}
WHOLE = ", ".join(f"coalesce(sum({told}), 0) AS {name}" for name, told in OF_ENTRY.items())
HELD = (
    "newest AS (SELECT DISTINCT ON (account_id, party_id) * FROM servicing_share "
    "ORDER BY account_id, party_id, id DESC), "
    f"h AS (SELECT account_id, {', '.join(f'sum(held_{name}) AS {name}' for name in Whole._fields)} "
    "FROM newest GROUP BY 1), "
    f"theirs AS (SELECT account_id, party_id, {' + '.join(f'held_{name}' for name in Whole._fields)} AS funded "
    "FROM newest WHERE party_id <> 0)"
)
"""Of each funded account what all parties hold, by component; and of each party all that it holds."""
WHOLE_DIFFERS = (
    f"(SELECT h.account_id FROM h LEFT JOIN (SELECT e.account_id, {WHOLE} FROM ledger_entry e "
    f"JOIN ledger_shard s ON s.shard = e.account_id / {SHARD_SIZE} WHERE e.account_id IN (SELECT account_id FROM h) "
    f"AND e.booked_day < s.open_day AND e.{chart.OF_BORROWER} GROUP BY 1) w USING (account_id) "
    f"WHERE {' OR '.join(f'h.{name} <> coalesce(w.{name}, 0)' for name in Whole._fields)})"
)
TOLD = (
    "SELECT account_id, owner, sum(funded) FROM (SELECT account_id, party_id AS owner, funded FROM theirs UNION ALL "
    "SELECT account_id, coalesce(o.owner, 0), -funded FROM theirs LEFT JOIN owned o USING (account_id)) t "
    "GROUP BY 1, 2 HAVING sum(funded) <> 0"
)
LEDGER = (
    "SELECT account_id, owner, sum(funded) FROM ledger_entry WHERE funded IS NOT NULL "
    "AND account_id IN (SELECT account_id FROM h) GROUP BY 1, 2 HAVING sum(funded) <> 0"
)
LEDGER_DIFFERS = f"(SELECT account_id FROM (({TOLD}) EXCEPT ({LEDGER}) UNION ALL (({LEDGER}) EXCEPT ({TOLD}))) d)"


def postings() -> Checked:
    """Each posting on a funded account is shared out whole: the parties' parts sum to it, each component."""
    entry = ", ".join(f"coalesce({told}, 0) AS {name}" for name, told in OF_ENTRY.items())
    moves = " OR ".join(f"coalesce({told}, 0) <> 0" for told in OF_ENTRY.values())
    differs = " OR ".join(f"e.{name} <> coalesce(s.{name}, 0)" for name in Whole._fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH s AS (SELECT entry_id AS id, {', '.join(f'sum({name}) AS {name}' for name in Whole._fields)} "
            "FROM servicing_share WHERE entry_id IS NOT NULL GROUP BY 1), "
            "f AS (SELECT account_id, min(from_day) AS since FROM servicing_funding GROUP BY 1), "
            f"e AS (SELECT id, {entry} FROM ledger_entry JOIN f USING (account_id) JOIN ledger_shard d "
            f"ON d.shard = account_id / {SHARD_SIZE} WHERE booked_day >= f.since AND booked_day < d.open_day "
            f"AND {chart.OF_BORROWER} AND ({moves})) "
            f"SELECT count(*), count(*) FILTER (WHERE e.id IS NULL OR {differs}), "
            f"min(id) FILTER (WHERE e.id IS NULL OR {differs}) FROM e FULL JOIN s USING (id)"
        )
        count, wrong, first = cursor.fetchone()
    return compared("funders' parts of each posting sum to it", "entries", count, wrong, first)


def balances() -> Checked:
    """Each account's row says what its entries add up to."""
    principal = 'b.unbilled + b.bearing + b."window" + b.revolving + b.past_due'
    held = {
        "principal": principal,
        "interest": "b.interest",
        "fee": "b.fee",
        "penalty": "b.penalty",
        "credit": "-b.credit",
        "suspended": "-b.suspended",
        "charged_off": "-b.charged_off",
    }
    sums = ", ".join(f"coalesce(sum({column}), 0) AS {column}" for column in held)
    differs = " OR ".join(f"coalesce(e.{column}, 0) <> {told}" for column, told in held.items())
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), count(*) FILTER (WHERE {differs}), min(b.account_id) FILTER (WHERE {differs}) "
            f"FROM ledger_balance b LEFT JOIN (SELECT account_id, {sums} FROM ledger_entry GROUP BY account_id) e "
            "USING (account_id)"
        )
        count, wrong, first = cursor.fetchone()
    return compared("balances equal their entries", "accounts", count, wrong, first)


def dues() -> Checked:
    """What is past due is the principal of the dues that are missed; no due claims more than there is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH due AS (SELECT b.account_id, "
            f"sum(b.dues[i + 2]) FILTER (WHERE b.dues[i + 1] <= b.day) AS missed, sum(b.dues[i + 2]) AS claimed "
            f"FROM ledger_balance b CROSS JOIN LATERAL generate_series(0, cardinality(b.dues) - {WIDTH}, {WIDTH}) AS i "
            "GROUP BY b.account_id) "
            "SELECT count(*), count(*) FILTER (WHERE wrong), min(account_id) FILTER (WHERE wrong) FROM ("
            "SELECT b.account_id, coalesce(d.missed, 0) <> b.past_due "
            'OR coalesce(d.claimed, 0) > b.past_due + b.revolving + b."window" AS wrong '
            "FROM ledger_balance b LEFT JOIN due d USING (account_id)) AS compared"
        )
        count, wrong, first = cursor.fetchone()
    return compared("past due equals the missed dues", "accounts", count, wrong, first)


def carries() -> Checked:
    """Every carried fraction is a fraction: at least zero and below one unit."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE least(interest_carry, penalty_carry) < 0 OR "
            "greatest(interest_carry, penalty_carry) >= 1000000::bigint * "
            "CASE p.year_days WHEN 0 THEN 365 * 366 ELSE p.year_days END) "
            "FROM ledger_balance b JOIN ledger_product p ON p.id = b.product_id"
        )
        count, wrong = cursor.fetchone()
    return Checked("carries are fractions", wrong == 0, count, f"{wrong} accounts" if wrong else "")


def suspense() -> Checked:
    """What the ledger holds in suspense is what is left of the items in it."""
    wrong = [f"{money}: ledger {held}, items {left}" for money, (held, left) in in_suspense.differences().items()]
    return Checked("suspense equals its open items", not wrong, len(in_suspense.open_items()), "; ".join(wrong))


def accrued() -> Checked:
    """On the last sealed day accrued income in the ledger is, to the last part, what the accounts have accrued."""
    day = read.last_sealed()
    if day is None:
        return Checked("accrued income equals the accounts", True, 0, "no day is sealed yet")
    found = accrued_in_book(day)
    wrong = [
        f"{code}: journal {one.of_journal}, accounts {one.of_accounts}"
        for code, one in found.items()
        if one.of_journal != one.of_accounts
    ]
    return Checked("accrued income equals the accounts", not wrong, len(found), "; ".join(wrong) or f"on {day}")


def sealed_files() -> Checked:
    """Every file of a sealed day is what its seal says."""
    wrong = []
    count = 0
    bodies = dict(Leaf.objects.values_list("place", "body"))
    for sealed in Day.objects.order_by("day"):
        body = json.loads(bytes(bodies[sealed.audit_place]))
        for name, digest in body["files"].items():
            place = parquet.folder(sealed.day) / f"{name}.parquet"
            found = parquet.digest_of(place)
            count += 1
            if found is None or found.hex() != digest:
                wrong.append(f"{place.parent.name}/{place.name}" + (" is missing" if found is None else " was changed"))
    return Checked("sealed days' files are as sealed", not wrong, count, "; ".join(wrong[:5]))


def audit_log() -> Checked:
    """Every leaf hashes to what the log says, and every root commits to the leaves before it."""
    wrong = []
    digests: list[bytes] = []
    leaves = list(Leaf.objects.order_by("place"))
    for leaf in leaves:
        digests.append(log.leaf_hash(bytes(leaf.body)))
        if bytes(leaf.digest) != digests[-1]:
            wrong.append(f"leaf {leaf.place} was changed")
    if leaves and bytes(leaves[-1].root) != log.root(digests):
        wrong.append("the last root does not commit to the leaves")
    return Checked("the audit log is whole", not wrong, len(leaves), "; ".join(wrong[:5]))
