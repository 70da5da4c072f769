"""Whom an incident concerns: payments that came later than they were tried, each with what shows it.

A payment is found by the reference of an attempt, else by its amount; one that an auto-debit of the window made later,
by its order. Nothing is guessed beyond that: a person adds the rest by hand.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction

from duecourse.borrowers import reach
from duecourse.ledger.tables import Request
from duecourse.rules import lender
from duecourse.servicing import counted
from duecourse.servicing.counted import Paid
from duecourse.servicing.debit_tables import DebitOrder

from .incident_tables import Incident, IncidentAttempt, IncidentFinding, IncidentUndone

ATTEMPT, DEBIT, BY_HAND = "attempt", "debit", "by_hand"
DEBIT_CHANNEL = 0
"""By which channel auto-debit pays."""


class OutsideWindow(Exception):
    """It was tried before the incident began, or after it was over."""

    code = "incident_outside_window"


class Tried(NamedTuple):
    """An attempt to pay, as it is told: keys are the request keys that its payment would have."""

    account: int
    tried_at: datetime
    amount_minor: int
    reference: str
    keys: Sequence[str]


class Waits(NamedTuple):
    """Something that was tried and for which no payment is found yet, or that was in time after all (`in_time`)."""

    account: int
    tried_on: date
    amount_minor: int
    source: str
    in_time: bool


class Found(NamedTuple):
    """What a search brought: how many findings are new, and what has none."""

    new: int
    waiting: list[Waits]


class Candidate(NamedTuple):
    """A finding to be: the payment, when it was tried, and what shows it."""

    paid: Paid
    tried_on: date
    kind: str
    source: str
    evidence: str


def alone(incident: int) -> None:
    """Wait until nobody else works on this incident; inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(14, %s::int)", [incident % 2**31])


def day_of(at: datetime) -> date:
    """The day from which a payment that is made at an instant counts."""
    return lender.clock(on=at.date()).day_of(at)


def days_of(incident: Incident) -> tuple[date, date]:
    """The first and last day from which payments of the window would have counted."""
    return day_of(incident.from_at), day_of(incident.to_at)


def tell_attempts(*, incident: Incident, attempts: Sequence[Tried], by: str) -> int:
    """Keep attempts to pay that a channel's records tell; told again they change nothing. Answers how many are new.

    Refuses all where one lies outside the window.
    """
    for one in attempts:
        refuse_outside(incident, one.tried_at)
    with transaction.atomic():
        alone(incident.id)
        before = IncidentAttempt.objects.filter(incident_id=incident.id).count()
        IncidentAttempt.objects.bulk_create(
            [
                IncidentAttempt(
                    incident_id=incident.id, by=by, account_id=one.account, tried_at=one.tried_at,
                    tried_on=day_of(one.tried_at), amount_minor=one.amount_minor, reference=one.reference,
                    keys=list(one.keys),
                )
                for one in attempts
            ],
            ignore_conflicts=True,
            batch_size=1_000,
        )  # fmt: skip
        return IncidentAttempt.objects.filter(incident_id=incident.id).count() - before


def refuse_outside(incident: Incident, at: datetime) -> None:
    """Refuse an instant that is not within the window."""
    reach.zoned("tried_at", at)
    if not incident.from_at <= at <= incident.to_at:
        window = f"{incident.from_at.isoformat()} to {incident.to_at.isoformat()}"
        raise OutsideWindow(f"{at.isoformat()} is not within {window}")


def find(*, incident: Incident, by: str, reason_codes: Collection[str] = ()) -> Found:
    """Look for the payments that came late; looked for again, only what is new is added.

    reason_codes: of failed debit orders, only those for which the bank gave one of these; all if there are none.
    """
    with transaction.atomic():
        alone(incident.id)
        attempts = list(IncidentAttempt.objects.filter(incident_id=incident.id).order_by("tried_at", "id"))
        orders = orders_of(incident, reason_codes)
        accounts = {one.account_id for one in attempts} | {one.account_id for one in orders}
        payments = counted.of(accounts=accounts)
        moved = set(IncidentUndone.objects.filter(account_id__in=accounts).values_list("payment", "entry_id"))
        gone = {entry for pair in moved for entry in pair}
        known = IncidentFinding.objects.filter(incident_id=incident.id).values_list("payment", "source")
        taken, sources = {payment for payment, _ in known} | gone, {source for _, source in known}
        fresh: list[Candidate] = []
        waiting: list[Waits] = []
        for one in [*of_attempts(incident, attempts, payments, sources), *of_orders(orders, payments, sources)]:
            if isinstance(one, Waits):
                waiting.append(one)
            elif one.paid.payment not in taken:
                taken.add(one.paid.payment)
                fresh.append(one)
        IncidentFinding.objects.bulk_create([row_of(incident.id, one, by) for one in fresh])
        return Found(len(fresh), waiting)


def row_of(incident: int, one: Candidate, by: str) -> IncidentFinding:
    """A finding as it is kept."""
    return IncidentFinding(
        incident_id=incident, by=by, account_id=one.paid.account, payment=one.paid.payment, paid_on=one.paid.on,
        tried_on=one.tried_on, amount_minor=one.paid.amount_minor, kind=one.kind, source=one.source,
        evidence=one.evidence,
    )  # fmt: skip


def of_attempts(
    incident: Incident, attempts: Sequence[IncidentAttempt], payments: Sequence[Paid], known: set[str]
) -> Iterator[Candidate | Waits]:
    """What attempts show: by reference first, since that is certain; then by amount, once for each account and amount.

    Of those by amount the first payment after the try counts, and none that came long after the window.
    """
    keys = [key for one in attempts for key in one.keys]
    answered = dict(Request.objects.filter(key__in=keys).values_list("key", "entry_id"))
    by_entry = {paid.payment: paid for paid in payments}
    last = days_of(incident)[1] + timedelta(days=incident.within_days)
    by_amount: dict[tuple[int, int], list[Paid]] = defaultdict(list)
    for paid in payments:
        if paid.channel in incident.channels and paid.on <= last:
            by_amount[paid.account, paid.amount_minor].append(paid)
    referred: set[int] = set()
    rest: dict[tuple[int, int], IncidentAttempt] = {}
    for one in attempts:
        entry = next((answered[key] for key in one.keys if key in answered), None)
        same = by_entry.get(entry) if entry is not None else None
        if same is None or same.account != one.account_id:
            rest.setdefault((one.account_id, one.amount_minor), one)
            continue
        referred.add(same.payment)
        if named(one) in known:
            continue
        if same.on > one.tried_on:
            yield Candidate(same, one.tried_on, ATTEMPT, named(one), f"{told(one)}; the payment has its reference")
        else:
            yield waits(one, in_time=True)
    for one in rest.values():
        if named(one) in known:
            continue
        same = next(
            (
                paid
                for paid in by_amount[one.account_id, one.amount_minor]
                if paid.on >= one.tried_on and paid.payment not in referred
            ),
            None,
        )
        if same is not None and same.on > one.tried_on:
            yield Candidate(same, one.tried_on, ATTEMPT, named(one), f"{told(one)}; the next payment of its amount")
        else:
            yield waits(one, in_time=same is not None)


def named(one: IncidentAttempt) -> str:
    """What an attempt is called as a source."""
    return f"{ATTEMPT}:{one.id}"


def told(one: IncidentAttempt) -> str:
    """What an attempt shows."""
    return f"tried at {one.tried_at.isoformat(timespec='seconds')}, reference {one.reference}"


def waits(one: IncidentAttempt, *, in_time: bool) -> Waits:
    """An attempt without a late payment."""
    return Waits(one.account_id, one.tried_on, one.amount_minor, f"{ATTEMPT}:{one.reference}", in_time)


def orders_of(incident: Incident, reason_codes: Collection[str]) -> list[DebitOrder]:
    """The debit orders of the window's days that failed or were not known, where auto-debit is one of its channels."""
    if DEBIT_CHANNEL not in incident.channels:
        return []
    orders = DebitOrder.objects.filter(day__range=days_of(incident)).prefetch_related("answers").order_by("id")
    return [
        order
        for order in orders
        if any(
            answer.result == "unknown"
            or (answer.result == "failed" and (not reason_codes or answer.reason_code in reason_codes))
            for answer in order.answers.all()
        )
    ]


def of_orders(orders: Sequence[DebitOrder], payments: Sequence[Paid], known: set[str]) -> Iterator[Candidate | Waits]:
    """What orders show that did not come through: the first debit for the same due day that was paid later."""
    by_entry = {paid.payment: paid for paid in payments}
    ids = {order.account_id for order in orders}
    paid_for: dict[tuple[int, date], list[tuple[date, int]]] = defaultdict(list)
    for order in DebitOrder.objects.filter(account_id__in=ids).prefetch_related("answers").order_by("id"):
        for answer in order.answers.all():
            if answer.result == "paid" and answer.entry_id in by_entry:
                paid_for[order.account_id, order.due_on].append((answer.effective_day, answer.entry_id))
    seen: set[tuple[int, date]] = set()
    for order in orders:
        source = f"{DEBIT}:{order.key}"
        if source in known or (order.account_id, order.due_on) in seen:
            continue
        seen.add((order.account_id, order.due_on))
        later = sorted(one for one in paid_for[order.account_id, order.due_on] if one[0] > order.day)
        if later:
            answers = ", ".join(f"{one.result} {one.reason_code}".strip() for one in order.answers.all())
            evidence = f"debit order {order.key} of {order.day}: {answers}"
            yield Candidate(by_entry[later[0][1]], order.day, DEBIT, source, evidence)
        else:
            yield Waits(order.account_id, order.day, order.amount_minor, source, False)


def by_hand(*, incident: Incident, account: int, payment: int, tried_on: date, by: str, reason: str) -> Candidate:
    """A payment that a person says was tried on a day of the window; refused where there is none such."""
    first, last = days_of(incident)
    if not first <= tried_on <= last:
        raise OutsideWindow(f"{tried_on} is not within {first} to {last}")
    paid = next((one for one in counted.of(accounts=[account]) if one.payment == payment), None)
    if paid is None:
        raise counted.NotReversible(f"entry {payment} of account {account} is no payment in force")
    counted.refuse_later(account, payment, tried_on, paid.on)
    return Candidate(paid, tried_on, BY_HAND, f"{BY_HAND}:{payment}", reason)
