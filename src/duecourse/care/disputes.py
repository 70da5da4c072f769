"""Disputes of an amount, of what is reported, and of identity theft: opened, gone on with, decided.

A disputed purchase is an act of the ledger (servicing.disputes); here nothing of the money moves, but while identity
theft is looked into, being late costs nothing (`freezes`).
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from duecourse.borrowers import reach, secrecy
from duecourse.kernel.money import AMOUNT_MAX
from duecourse.rules.clock_terms import clock_rules, extensions
from duecourse.rules.contact_rules import CHANNELS
from duecourse.servicing.tables import Account

from . import accounts, freezes, standing_blocks
from .dispute_tables import Dispute, DisputeState
from .freezes import IDENTITY_THEFT, Cause, NotStopped
from .keyed import CareRefused, alone, among, before

KINDS = ("amount", "reported", IDENTITY_THEFT)
OUTCOMES = ("upheld", "partly_upheld", "rejected", "withdrawn")
ACKNOWLEDGED, EXTENDED = "acknowledged", "extended"
STATES = (ACKNOWLEDGED, EXTENDED, *OUTCOMES)
OPEN = "open"


class NotOpen(Exception):
    """There is no such dispute, or it has been decided."""

    code = "care_dispute_not_open"


def open_dispute(
    *,
    person: int,
    kind: str,
    text: str,
    at: datetime,
    channel: str,
    by: str,
    reason: str,
    key: str,
    account: int | None = None,
    amount_minor: int | None = None,
) -> int:
    """Note what a person disputes, on an account or on all of theirs; nobody is dunned for it until it is decided.

    An amount is of one account. `text`: their own words, kept encrypted.
    """
    reach.zoned("at", at)
    told = {"borrower_id": person, "account_id": account, "kind": kind, "amount_minor": amount_minor}
    with transaction.atomic():
        alone(person)
        if row := before(Dispute, key, told):
            return row.id
        among("kind", kind, KINDS)
        among("channel", channel, CHANNELS)
        if (kind == "amount") != (amount_minor is not None) or not 0 < (
            1 if amount_minor is None else amount_minor
        ) <= AMOUNT_MAX:
            raise CareRefused(f"amount_minor: {amount_minor}: a disputed amount has one, other disputes have none")
        if kind == "amount" and account is None:
            raise CareRefused("account: an amount is disputed on one account")
        if account is not None:
            accounts.own(person, account)
        word = IDENTITY_THEFT if kind == IDENTITY_THEFT else "dispute"
        block = reach.block(borrower=person, kind=word, account=account, since=at, by=by, reason=reason)
        row = Dispute.objects.create(
            **told, channel=channel, opened_on=standing_blocks.day_of(at), place=standing_blocks.place_of(person),
            text=secrecy.seal(text), block_id=block, by=by, reason=reason, key=key,
        )  # fmt: skip
        stop_late_charges(row, by=by, reason=reason)
        return row.id


def stop_late_charges(row: Dispute, *, by: str, reason: str) -> tuple[NotStopped, ...]:
    """Let being late cost nothing while somebody says they never borrowed, and once it is upheld; what was refused."""
    if row.kind != IDENTITY_THEFT:
        return ()
    last = next((one.on for one in states_of([row.id])[row.id] if one.state in ("rejected", "withdrawn")), None)
    return freezes.bring(
        Cause(IDENTITY_THEFT, row.id, row.borrower_id, row.account_id, row.opened_on, last, False), by=by, reason=reason
    )


def stop_charges(*, by: str) -> tuple[NotStopped, ...]:
    """Bring what open or upheld disputes of identity theft stop to what it should be; answers what was refused."""
    failed: list[NotStopped] = []
    over = DisputeState.objects.filter(state__in=("rejected", "withdrawn")).values("dispute_id")
    for row in Dispute.objects.filter(kind=IDENTITY_THEFT).exclude(id__in=over).order_by("id"):
        with transaction.atomic():
            alone(row.borrower_id)
            failed += stop_late_charges(row, by=by, reason=row.reason)
    return tuple(failed)


def told_before(*, person: int, account: int, kind: str, but: str) -> bool:
    """Whether a person has told a dispute of this kind of an account, however it was decided, by another request."""
    return Dispute.objects.filter(borrower_id=person, account_id=account, kind=kind).exclude(key=but).exists()


def go_on(*, dispute: int, state: str, at: datetime, by: str, reason: str, amount_minor: int | None = None) -> None:
    """Say how a dispute goes on: acknowledged, its time extended, or decided, which ends its block.

    `amount_minor`: how much is not owed, of one that is upheld; an act of the account takes it off.
    """
    reach.zoned("at", at)
    among("state", state, STATES)
    with transaction.atomic():
        row = found(dispute)
        alone(row.borrower_id)
        states = states_of([dispute])[dispute]
        if states and states[-1].state in OUTCOMES:
            raise NotOpen(f"dispute {dispute} is {states[-1].state} since {states[-1].on}")
        if state == EXTENDED:
            refuse_more(row, states)
        on = standing_blocks.day_of(at)
        if on < row.opened_on:
            raise CareRefused(f"at: dispute {dispute} was opened on {row.opened_on}, later than {on}")
        if amount_minor is not None and (row.amount_minor is None or not 0 < amount_minor <= row.amount_minor):
            raise CareRefused(f"amount_minor: {amount_minor} is not of the {row.amount_minor} disputed")
        if amount_minor is not None and state not in ("upheld", "partly_upheld"):
            raise CareRefused(f"amount_minor: {state} has none")
        DisputeState.objects.create(
            dispute_id=dispute, state=state, on=on, amount_minor=amount_minor, by=by, reason=reason
        )
        stop_late_charges(row, by=by, reason=reason)
        if state in OUTCOMES:
            standing_blocks.end(borrower=row.borrower_id, block=row.block_id, at=at, by=by, reason=f"{state}: {reason}")


def refuse_more(row: Dispute, states: Sequence[DisputeState]) -> None:
    """Refuse to extend a time that no rule lets be extended, or not again."""
    kind = accounts.kinds([row.account_id])[row.account_id]
    told = clock_rules(of=row.kind, place=row.place, on=row.opened_on, channel=row.channel, kind=kind)
    extended = sum(one.state == EXTENDED for one in states)
    if extended >= extensions(told):
        raise CareRefused(f"state: dispute {row.id} was extended {extended} times; no rule allows it again")


def states_of(disputes: Sequence[int]) -> dict[int, list[DisputeState]]:
    """How each of these disputes went on, in order."""
    states: dict[int, list[DisputeState]] = {one: [] for one in disputes}
    for row in DisputeState.objects.filter(dispute_id__in=disputes).order_by("id"):
        states[row.dispute_id].append(row)
    return states


def words(*, dispute: int) -> str:
    """What the person said, in clear: for the one who looks into it."""
    return secrecy.opened(found(dispute).text)


def exponent_of(*, dispute: int) -> int:
    """How many decimals the currency has in which an amount is disputed; 0 where none is."""
    account = found(dispute).account_id
    row = Account.objects.filter(id=account).values_list("product__exponent", flat=True)
    return int(row[0]) if account else 0


def found(dispute: int) -> Dispute:
    """A dispute by its number."""
    row = Dispute.objects.filter(id=dispute).first()
    if row is None:
        raise NotOpen(f"there is no dispute {dispute}")
    return row
