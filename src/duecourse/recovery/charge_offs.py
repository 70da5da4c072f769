"""Charge-off by rule: who is due on a sealed day, proposed with amounts by one person, carried out by another.

Each account is charged off in a transaction of its own with its outcome: stopped at any point, the same command goes on
where it was, and nothing is done twice.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
from django.db import connection, transaction

from duecourse.book import read
from duecourse.kernel.columns import PRINCIPALS
from duecourse.ledger import chart, journal
from duecourse.ledger.bulk import arrow
from duecourse.ledger.journal import Refused
from duecourse.ledger.tables import Entry
from duecourse.rules.charge_off_terms import ChargeOffTerms, charge_off_terms
from duecourse.rules.read import product as of_code
from duecourse.servicing import agreed, loans
from duecourse.servicing import charge_offs as acts
from duecourse.servicing import read as accounts
from duecourse.servicing.tables import Act

from . import decided, kept_open
from .charge_off_tables import Proposal, ProposalOutcome, ProposalTurnedDown, Proposed

COLUMNS = (
    "account_id",
    "days_past_due",
    "charged_off",
    "suspended",
    "nonaccrual",
    *PRINCIPALS,
    "interest",
    "fee",
    "penalty",
    "interest_to_date",
    "penalty_to_date",
)
Progress = Callable[[int, int], None]


class NothingDue(Refused):
    """No account is due to be charged off, but for those that are kept or proposed already."""

    code = "nothing_to_charge_off"


class NoSuchProposal(Refused):
    """There is no such proposal."""

    code = "no_such_proposal"


class NeedsAnother(Refused):
    """The house wants another person to carry out what somebody proposed."""

    code = "charge_off_needs_another"


class ProposalTooOld(Refused):
    """The proposal is older than the house lets it hold."""

    code = "charge_off_proposal_too_old"


class ProposalIsTurnedDown(Refused):
    """Somebody turned the proposal down: nothing that was left of it is carried out."""

    code = "charge_off_turned_down"


class NothingLeft(Refused):
    """Something has become of every account of the proposal."""

    code = "charge_off_nothing_left"


class Kept(Refused):
    """Something stands that keeps the account from being charged off."""

    code = "charge_off_kept"


class NoLongerDue(Refused):
    """The account is no longer so late, by what came since it was proposed."""

    code = "charge_off_no_longer_due"


class Due(NamedTuple):
    """An account that is due to be charged off on a day: its parts with what has accrued, what would leave the books
    (less the income that was never recognised), what keeps it, and the proposal in which it is already (0: none)."""

    account: int
    number: str
    product: str
    currency: str
    days_past_due: int
    principal: int
    interest: int
    fee: int
    penalty: int
    lost: int
    kept: tuple[str, ...]
    proposal: int


class Carried(NamedTuple):
    """What carrying a proposal out did: charged off and refused now, how many were settled before, by currency lost."""

    done: int
    refused: int
    before: int
    lost_minor: dict[str, int]


def due(*, day: date) -> list[Due]:
    """The accounts that are due to be charged off on a sealed day, the latest first; those kept are among them.

    What keeps an account is what stood at the end of the day by what is recorded now.
    """
    terms = charge_off_terms(on=day)
    book = read.columns(day, list(COLUMNS), known_on=day)
    told = {name: book.column(name).to_numpy() for name in COLUMNS}
    least = min([*terms.days.values(), *terms.products.values()])
    wanted = np.flatnonzero((told["days_past_due"] >= least) & (told["charged_off"] == 0))
    owners = arrow(
        "SELECT a.id, a.number, p.code, p.currency FROM servicing_account a "
        "JOIN ledger_product p ON p.id = a.product_id ORDER BY a.id"
    )
    at = np.searchsorted(owners.column("id").to_numpy(), told["account_id"][wanted])
    number, product, currency = (owners.column(name).take(at).to_pylist() for name in ("number", "code", "currency"))
    kept = kept_open.by_account(kinds=terms.kept_by, day=day)
    open_in = proposed_already(day - timedelta(days=terms.holds_days))
    found = []
    for place, one in enumerate(wanted.tolist()):
        row = {name: int(column[one]) for name, column in told.items()}
        code = product[place]
        if row["days_past_due"] < terms.days_of(kind=of_code(code).kind, product=code):
            continue
        made = amounts(row)
        if made["principal"] + made["interest"] + made["fee"] + made["penalty"] > 0:
            account = row["account_id"]
            found.append(
                Due(
                    account,
                    number[place],
                    code,
                    currency[place],
                    row["days_past_due"],
                    **made,
                    kept=tuple(kept.get(account, ())),
                    proposal=open_in.get(account, 0),
                )
            )
    return sorted(found, key=lambda one: (-one.days_past_due, one.account))


def amounts(row: dict[str, int]) -> dict[str, int]:
    """What of an account would be charged off, by part: what has accrued is charged first.

    >>> row = dict.fromkeys(COLUMNS, 0) | {"past_due": 900, "interest": 50, "interest_to_date": 7, "suspended": 20}
    >>> amounts(row | {"nonaccrual": 1})
    {'principal': 900, 'interest': 57, 'fee': 0, 'penalty': 0, 'lost': 930}
    """
    accrued = row["interest_to_date"] + row["penalty_to_date"]
    parts = {
        "principal": sum(row[name] for name in PRINCIPALS),
        "interest": row["interest"] + row["interest_to_date"],
        "fee": row["fee"],
        "penalty": row["penalty"] + row["penalty_to_date"],
    }
    return {**parts, "lost": sum(parts.values()) - row["suspended"] - accrued * row["nonaccrual"]}


def proposed_already(since: date) -> dict[int, int]:
    """The accounts of proposals that still hold of which nothing has become yet, with their proposals."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.account_id, max(d.proposal_id) FROM recovery_proposed d JOIN recovery_proposal p "
            "ON p.id = d.proposal_id WHERE p.day >= %s AND NOT EXISTS "
            "(SELECT FROM recovery_proposal_outcome o WHERE o.proposed_id = d.id) AND NOT EXISTS "
            "(SELECT FROM recovery_proposal_turned_down t WHERE t.proposal_id = p.id) GROUP BY 1",
            [since],
        )
        return dict(cursor.fetchall())


def propose(*, day: date, by: str, reason: str) -> int:
    """Propose what is due on a sealed day, without what is kept and what is proposed already; the proposal's number."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(13, 2)")  # one proposal at a time
        wanted = [one for one in due(day=day) if not one.kept and not one.proposal]
        if not wanted:
            raise NothingDue(f"{day}: no account is due that is neither kept nor proposed")
        made = Proposal.objects.create(day=day, rule=charge_off_terms(on=day).rule, by=by, reason=reason)
        Proposed.objects.bulk_create(
            Proposed(
                proposal_id=made.id,
                account_id=one.account,
                days_past_due=one.days_past_due,
                lost_minor=one.lost,
                principal_minor=one.principal,
                interest_minor=one.interest,
                fee_minor=one.fee,
                penalty_minor=one.penalty,
            )
            for one in wanted
        )
    return int(made.id)


def named(proposal: int) -> Proposal:
    """A proposal's row; one that there is not is refused."""
    row = Proposal.objects.filter(id=proposal).first()
    if row is None:
        raise NoSuchProposal(f"there is no proposal {proposal}")
    return row


def rows_of(*, proposal: int) -> list[dict[str, Any]]:
    """The accounts of a proposal with what became of them ("refused" is None while nothing has)."""
    named(proposal)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.id, d.account_id, a.number, p.code AS product, p.currency, d.days_past_due, d.lost_minor, "
            "o.act_id, o.lost_minor AS done_minor, o.refused, o.detail FROM recovery_proposed d "
            "JOIN servicing_account a ON a.id = d.account_id JOIN ledger_product p ON p.id = a.product_id "
            "LEFT JOIN recovery_proposal_outcome o ON o.proposed_id = d.id WHERE d.proposal_id = %s ORDER BY d.id",
            [proposal],
        )
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def turn_down(*, proposal: int, on: date, by: str, reason: str) -> None:
    """Turn down what is left of a proposal, with a reason; its accounts may be proposed anew."""
    why = decided.reasoned(reason)
    with transaction.atomic():
        named(proposal)
        alone(proposal)
        refuse_turned_down(proposal)
        if all(one["refused"] is not None for one in rows_of(proposal=proposal)):
            raise NothingLeft(f"proposal {proposal}: nothing is left of it")
        ProposalTurnedDown.objects.create(proposal_id=proposal, on=on, by=by, reason=why)


def turned_down(*, proposal: int) -> ProposalTurnedDown | None:
    """Who turned a proposal down, when and why; None: nobody."""
    found: ProposalTurnedDown | None = ProposalTurnedDown.objects.filter(proposal_id=proposal).first()
    return found


def refuse_turned_down(proposal: int) -> None:
    """Refuse a proposal that somebody has turned down."""
    row = turned_down(proposal=proposal)
    if row is not None:
        raise ProposalIsTurnedDown(f"proposal {proposal}: {row.by} turned it down on {row.on}: {row.reason}")


def alone(proposal: int) -> None:
    """Wait until nobody else decides about a proposal or carries out an account of it; inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(24, %s)", [proposal % 2**31])


def carry_out(*, proposal: int, by: str, progress: Progress = lambda done, of: None) -> Carried:
    """Charge off every account of a proposal of which nothing has become yet, each once, on its open day.

    What has come to stand in the way since is refused, account by account, with its code.
    """
    row = named(proposal)
    refuse_turned_down(proposal)
    waiting = [one for one in rows_of(proposal=proposal) if one["refused"] is None]
    before = Proposed.objects.filter(proposal_id=proposal).count() - len(waiting)
    done, refused, lost = 0, 0, dict[str, int]()
    for count, one in enumerate(waiting, 1):
        outcome = journal.atomically(lambda one=one: carry_out_one(row, one, by))  # type: ignore[misc]
        if outcome is None:
            before += 1
        elif outcome.refused:
            refused += 1
        else:
            done += 1
            lost[one["currency"]] = lost.get(one["currency"], 0) + outcome.lost_minor
        progress(count, len(waiting))
    return Carried(done, refused, before, lost)


def carry_out_one(row: Proposal, one: dict[str, Any], by: str) -> ProposalOutcome | None:
    """Charge off one account of a proposal under its lock; None where another has done it meanwhile."""
    account = one["account_id"]
    alone(row.id)
    refuse_turned_down(row.id)
    locked = journal.lock(account, key="", body=b"")
    on = locked.open_day
    terms = charge_off_terms(on=on)
    if terms.persons > 1 and by == row.by:
        raise NeedsAnother(f"proposal {row.id}: {by} proposed it, another person carries it out")
    if row.day + timedelta(days=terms.holds_days) < on - timedelta(days=1):
        raise ProposalTooOld(f"proposal {row.id} is of {row.day} and holds {terms.holds_days} days: propose anew")
    if ProposalOutcome.objects.filter(proposed_id=one["id"]).exists():
        return None
    told: dict[str, Any] = {"account": account, "on": on, "by": by, "key": f"charge-off:{row.id}:{account}"}
    try:
        with transaction.atomic():  # what is refused leaves nothing but its outcome
            refuse(one, on, terms)
            act = do(locked, {**told, "reason": f"proposal {row.id}: {row.reason}"})
    except Refused as fault:
        made: dict[str, Any] = {"refused": type(fault).code, "detail": str(fault)}
    else:
        made = {"act_id": act, "lost_minor": lost_by(account), "refused": "", "detail": ""}
    return ProposalOutcome.objects.create(proposed_id=one["id"], on=on, by=by, **made)


def refuse(one: dict[str, Any], on: date, terms: ChargeOffTerms) -> None:
    """Refuse an account that something keeps now, or that is no longer so late."""
    kept = kept_open.of_account(account=one["account_id"], kinds=terms.kept_by, day=on)
    if kept:
        raise Kept(f"account {one['number']}: {', '.join(kept)}")
    late = accounts.account(number=one["number"]).standing.days_past_due
    needed = terms.days_of(kind=of_code(one["product"]).kind, product=one["product"])
    if late < needed:
        raise NoLongerDue(f"account {one['number']}: {late} days past due, due from {needed} on")


def do(locked: journal.Locked, told: dict[str, Any]) -> int:
    """The act, by the kind of account; its id."""
    if not agreed.is_loan(locked.terms_id):
        return acts.charge_off(**told).act
    loans.act(kind="charge_off", **told)
    return int(Act.objects.filter(account_id=locked.account_id, kind="charge_off").latest("id").id)


def lost_by(account: int) -> int:
    """What the newest charge-off of an account took off the books, in minor units."""
    newest = Entry.objects.filter(account_id=account, kind=chart.CHARGE_OFF, reverses=None).order_by("-id").first()
    return -(newest.charged_off or 0) if newest else 0  # an account of suspended income alone loses nothing
