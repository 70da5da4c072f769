"""Incidents: a fault of ours, a bank's or a partner's stopped payments; what came of it is undone as one act.

Each payment that came late because of it counts from the day on which it was tried; the account is computed again from
then, so that money, dues, days past due and status are as if the incident had not been. Two people approve exactly what
is undone; an account that cannot be undone is told and the others go on; no payment is ever moved twice.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction

from duecourse.borrowers import reach
from duecourse.ledger.journal import Refused
from duecourse.servicing import counted
from duecourse.servicing.tables import Account, Act

from . import incident_figures, incident_finding, keyed
from .incident_figures import Figures
from .incident_finding import alone
from .incident_tables import (
    Incident,
    IncidentApproval,
    IncidentChoice,
    IncidentFinding,
    IncidentOutcome,
    IncidentTurnedDown,
    IncidentUndone,
)  # fmt: skip

CAUSES = ("ours", "bank", "partner")
WITHIN_DAYS = 14
CHANNEL_MAX = 32_767
APPROVALS = 2
UNDONE = "undone"
RELIEF = ("waiver", "goodwill")


class NoSuchIncident(Exception):
    """There is no such incident, or it has no such finding."""

    code = "no_such_incident"


class NotByOpener(Exception):
    """Who opened an incident does not approve it."""

    code = "incident_approved_by_opener"


class NotApproved(Exception):
    """What is found is undone once two people have approved exactly that."""

    code = "incident_not_approved"


class TurnedDown(Exception):
    """Somebody turned the incident down: it is neither approved nor undone any more."""

    code = "incident_turned_down"


class NothingFound(Exception):
    """An incident that concerns nobody has nothing to approve or undo."""

    code = "incident_concerns_nobody"


class UndoneBefore(Refused):
    """A payment that an incident moved is never moved again."""

    code = "incident_undone_before"


class Relieved(Refused):
    """Charges of the account were waived or credited since: who undid the incident too would give them back twice."""

    code = "incident_relieved_since"


class PaymentChanged(Refused):
    """The payment is no longer as it was found: it was taken back, or counts from another day."""

    code = "incident_payment_changed"


class Worse(Refused):
    """The borrower would be worse off: a payment that counts from before a statement meets no due of it."""

    code = "incident_worse_without"

    def __init__(self, message: str, before: Figures, after: Figures) -> None:
        super().__init__(message)
        self.before, self.after = before, after


class Undoing(NamedTuple):
    """An account of an incident: what undoing does to it, or the code and words of its refusal.

    One that would be worse off has both.
    is_done: it was undone before, and these are its figures of then.
    """

    account: int
    findings: Sequence[IncidentFinding]
    before: Figures | None
    after: Figures | None
    code: str = ""
    message: str = ""
    is_done: bool = False


def open_incident(
    *,
    from_at: datetime,
    to_at: datetime,
    channels: Sequence[int],
    cause: str,
    description: str,
    by: str,
    key: str,
    within_days: int = WITHIN_DAYS,
) -> int:
    """Note that channels of payments did not work from one instant to another, and why; answers its number."""
    reach.zoned("from_at", from_at)
    reach.zoned("to_at", to_at)
    told = {"from_at": from_at, "to_at": to_at, "channels": sorted(set(channels)), "cause": cause,
            "within_days": within_days}  # fmt: skip
    keyed.among("cause", cause, CAUSES)
    if from_at >= to_at:
        raise keyed.CareRefused(f"from_at, to_at: {from_at} is not before {to_at}")
    if not channels or not all(0 <= one <= CHANNEL_MAX for one in channels):
        raise keyed.CareRefused(f"channels: one or more numbers from 0 to {CHANNEL_MAX}")
    if not description or not by or not key:
        raise keyed.CareRefused("description, by, key: an incident has each")
    if not 0 <= within_days <= 366:
        raise keyed.CareRefused(f"within_days: {within_days} is not from 0 to 366")
    with transaction.atomic():
        alone(0)
        row = Incident.objects.filter(key=key).first()
        if row is None:
            return Incident.objects.create(**told, description=description, by=by, key=key).id
        for field, value in told.items():
            if getattr(row, field) != value:
                raise keyed.KeyReused(f"key {key!r} was used with another {field}")
        return row.id


def get(incident: int) -> Incident:
    """An incident by its number."""
    row = Incident.objects.filter(id=incident).first()
    if row is None:
        raise NoSuchIncident(f"there is no incident {incident}")
    return row


def add(*, incident: int, account: int, payment: int, tried_on: date, by: str, reason: str) -> int:
    """Add a payment by hand: a person says on which day of the window it was tried, and why. Answers the finding."""
    told = get(incident)
    refuse_unreasoned(by, reason)
    with transaction.atomic():
        alone(incident)
        known = IncidentFinding.objects.filter(incident_id=incident, payment=payment).first()
        if known is not None and (known.account_id, known.tried_on) == (account, tried_on):
            return known.id
        if known is not None or moved_before([payment]):
            raise UndoneBefore(f"payment {payment} is of another finding already")
        found = incident_finding.by_hand(
            incident=told, account=account, payment=payment, tried_on=tried_on, by=by, reason=reason
        )
        row = incident_finding.row_of(incident, found, by)
        row.save()
        return row.id


def leave_out(*, finding: int, by: str, reason: str) -> None:
    """Leave a finding out: it is not because of the incident."""
    choose(finding, "left_out", by, reason)


def take_in(*, finding: int, by: str, reason: str) -> None:
    """Take a finding in again that was left out, or undo it even where a figure gets worse by it."""
    choose(finding, "taken_in", by, reason)


def choose(finding: int, state: str, by: str, reason: str) -> None:
    """Keep a person's choice about a finding; one whose payment was moved stays."""
    refuse_unreasoned(by, reason)
    row = IncidentFinding.objects.filter(id=finding).first()
    if row is None:
        raise NoSuchIncident(f"there is no finding {finding}")
    with transaction.atomic():
        alone(row.incident_id)
        if IncidentUndone.objects.filter(finding_id=finding).exists():
            raise UndoneBefore(f"finding {finding}: its payment {row.payment} has been moved")
        IncidentChoice.objects.create(
            incident_id=row.incident_id, finding_id=finding, state=state, by=by, reason=reason
        )


def refuse_unreasoned(by: str, reason: str) -> None:
    """Refuse what nobody did, or without a reason."""
    if not by or not reason:
        raise keyed.CareRefused("by, reason: who does it and why")


def chosen(incident: int) -> dict[int, str]:
    """What people chose about findings, by finding; the newest counts."""
    rows = IncidentChoice.objects.filter(incident_id=incident).order_by("id")
    return dict(rows.values_list("finding_id", "state"))


def findings_of(incident: int) -> tuple[list[IncidentFinding], list[IncidentFinding]]:
    """The findings that count, and those that were left out; in order of account and payment."""
    last = chosen(incident)
    rows = list(IncidentFinding.objects.filter(incident_id=incident).order_by("account_id", "paid_on", "payment"))
    out = [row for row in rows if last.get(row.id) == "left_out"]
    return [row for row in rows if last.get(row.id) != "left_out"], out


def digest_of(findings: Sequence[IncidentFinding]) -> bytes:
    """What an approval is of: each payment with the day from which it will count, and what a person chose about it."""
    last = chosen(findings[0].incident_id)
    told = sorted((row.account_id, row.payment, row.tried_on.isoformat(), last.get(row.id)) for row in findings)
    return hashlib.sha256(repr(told).encode()).digest()


def approve(*, incident: int, by: str, reason: str) -> int:
    """Approve to undo what is found now; answers how many people have. What is found or left out later is another."""
    told = get(incident)
    refuse_unreasoned(by, reason)
    if by == told.by:
        raise NotByOpener(f"incident {incident} was opened by {by}: two others approve")
    with transaction.atomic():
        alone(incident)
        refuse_turned_down(incident)
        taken, _ = findings_of(incident)
        if not taken:
            raise NothingFound(f"incident {incident} has no findings that count")
        digest = digest_of(taken)
        IncidentApproval.objects.get_or_create(incident_id=incident, digest=digest, by=by, defaults={"reason": reason})
        return len(approvers(told, taken))


def turn_down(*, incident: int, by: str, reason: str) -> None:
    """Turn an incident down, with a reason: what is left of it is never approved and never undone."""
    get(incident)
    refuse_unreasoned(by, reason.strip())
    with transaction.atomic():
        alone(incident)
        refuse_turned_down(incident)
        taken, _ = findings_of(incident)
        done = IncidentUndone.objects.filter(finding_id__in=[row.id for row in taken]).count()
        if taken and done == len(taken):
            raise UndoneBefore(f"incident {incident}: all that was found is undone")
        IncidentTurnedDown.objects.create(incident_id=incident, by=by, reason=reason.strip())


def turned_down(*, incident: int) -> IncidentTurnedDown | None:
    """Who turned an incident down, when and why; None: nobody."""
    found: IncidentTurnedDown | None = IncidentTurnedDown.objects.filter(incident_id=incident).first()
    return found


def refuse_turned_down(incident: int) -> None:
    """Refuse an incident that somebody has turned down."""
    row = turned_down(incident=incident)
    if row is not None:
        raise TurnedDown(f"incident {incident}: {row.by} turned it down: {row.reason}")


def approvers(incident: Incident, taken: Sequence[IncidentFinding]) -> list[str]:
    """Who approved exactly these findings."""
    rows = IncidentApproval.objects.filter(incident_id=incident.id, digest=digest_of(taken)).order_by("id")
    return [by for by in rows.values_list("by", flat=True) if by != incident.by]


def preview(*, incident: int, after: int = 0) -> Iterator[Undoing]:
    """What undoing would do to each account of an id above `after`; nothing is written. Applying gives the same."""
    get(incident)
    taken, _ = findings_of(incident)
    for account, findings in by_account(taken, after).items():
        with transaction.atomic():
            found = tried(incident, account, findings, "preview")
            transaction.set_rollback(True)
        yield found


def apply(*, incident: int, by: str, after: int = 0) -> Iterator[Undoing]:
    """Undo an incident as approved, account by account, of ids above `after`; one that refuses is told and the others
    go on.

    Applied again it goes on where it stopped: what is undone stays, and what was refused is tried again.
    """
    told = get(incident)
    refuse_turned_down(incident)
    taken, _ = findings_of(incident)
    if not taken:
        raise NothingFound(f"incident {incident} has no findings that count")
    yes = approvers(told, taken)
    if len(yes) < APPROVALS:
        raise NotApproved(f"incident {incident}: {len(yes)} of {APPROVALS} approvals of these {len(taken)} findings")
    return applied(incident, by_account(taken, after), by)


def applied(incident: int, accounts: Mapping[int, list[IncidentFinding]], by: str) -> Iterator[Undoing]:
    """Undo account by account, each in a transaction of its own."""
    for account, findings in accounts.items():
        with transaction.atomic():
            alone(incident)
            refuse_turned_down(incident)
            found = tried(incident, account, findings, by)
            if not found.is_done:
                keep(incident, found, by)
        yield found


def keep(incident: int, found: Undoing, by: str) -> None:
    """Keep what became of an account, unless the same was kept last."""
    last = outcome(incident, found.account)
    code = found.code or UNDONE
    if last is not None and (last.code, last.message) == (code, found.message) and code != UNDONE:
        return
    before, after = (incident_figures.kept(one) if one else None for one in (found.before, found.after))
    IncidentOutcome.objects.create(
        incident_id=incident, account_id=found.account, code=code, message=found.message, before=before, after=after,
        by=by,
    )  # fmt: skip


def outcome(incident: int, account: int) -> IncidentOutcome | None:
    """The newest outcome of an account."""
    return IncidentOutcome.objects.filter(incident_id=incident, account_id=account).order_by("-id").first()


def tried(incident: int, account: int, findings: Sequence[IncidentFinding], by: str) -> Undoing:
    """Undo what is left to undo of an account, or say why it cannot be; all of it or nothing."""
    done = set(
        IncidentUndone.objects.filter(finding_id__in=[row.id for row in findings]).values_list("finding_id", flat=True)
    )
    left = [row for row in findings if row.id not in done]
    if not left:
        last = outcome(incident, account)
        assert last is not None, "incidents: undone without its figures"
        figures = incident_figures.read(last.before), incident_figures.read(last.after)
        return Undoing(account, findings, *figures, is_done=True)
    try:
        with transaction.atomic():
            person = Account.objects.values_list("borrower_id", flat=True).get(id=account)
            keyed.alone(person)
            refuse_twice(account, left)
            since = min(row.tried_on for row in left)
            before = incident_figures.of(account=account, since=since)
            for row in left:
                move(incident, row, by)
            after = incident_figures.of(account=account, since=since)
            refuse_worse(account, left, before, after)
            return Undoing(account, findings, before, after)
    except Worse as fault:
        return Undoing(account, findings, fault.before, fault.after, fault.code, str(fault))
    except Refused as fault:
        return Undoing(account, findings, None, None, fault.code, str(fault))


def move(incident: int, row: IncidentFinding, by: str) -> None:
    """Count a payment from the day on which it was tried."""
    entry = counted.count_from(
        account=row.account_id, payment=row.payment, on=row.tried_on, by=by,
        reason=f"incident {incident}: tried on {row.tried_on}", key=f"incident:{row.account_id}:{row.payment}",
    )  # fmt: skip
    IncidentUndone.objects.create(
        incident_id=incident, finding_id=row.id, account_id=row.account_id, payment=row.payment, entry_id=entry, by=by
    )


def refuse_twice(account: int, left: Sequence[IncidentFinding]) -> None:
    """Refuse what was undone before, by an incident or by a person's gesture, and what is no longer as it was found."""
    if moved := moved_before([row.payment for row in left]):
        raise UndoneBefore(f"payment {moved[0].payment} was moved by incident {moved[0].incident_id}")
    now = {paid.payment: paid for paid in counted.of(accounts=[account])}
    for row in left:
        paid = now.get(row.payment)
        if paid is None or paid.on != row.paid_on:
            raise PaymentChanged(f"payment {row.payment} does not count from {row.paid_on} any more")
    since = min(row.tried_on for row in left)
    acts = Act.objects.filter(account_id=account, effective_day__gte=since)
    back = set(acts.exclude(undoes=None).values_list("undoes", flat=True))
    relief = [act for act in acts.filter(kind__in=RELIEF).order_by("id") if act.id not in back]
    if relief:
        told = ", ".join(f"{act.kind} of {act.effective_day} (act {act.id})" for act in relief)
        raise Relieved(f"account {account}: {told}: undo it first, or leave the account out")


def refuse_worse(account: int, left: Sequence[IncidentFinding], before: Figures, after: Figures) -> None:
    """Refuse what leaves the borrower worse off, unless a person has taken in each of the findings all the same."""
    worse = incident_figures.worse(before, after)
    last = chosen(left[0].incident_id)
    if worse and not all(last.get(row.id) == "taken_in" for row in left):
        raise Worse(f"account {account}: {'; '.join(worse)}", before, after)


def moved_before(payments: Sequence[int]) -> list[IncidentUndone]:
    """The rows of payments that an incident has moved, by the entry that they had or the one that they have."""
    rows = IncidentUndone.objects
    return list(rows.filter(payment__in=payments) | rows.filter(entry_id__in=payments))


def by_account(findings: Sequence[IncidentFinding], after: int = 0) -> dict[int, list[IncidentFinding]]:
    """Findings by account, in order; of accounts whose id is above `after`."""
    found: dict[int, list[IncidentFinding]] = {}
    for row in (one for one in findings if one.account_id > after):
        found.setdefault(row.account_id, []).append(row)
    return found
