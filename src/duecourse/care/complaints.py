"""Complaints: received, acknowledged, answered, closed with their root cause, opened again."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from duecourse.borrowers import reach, secrecy
from duecourse.rules.clock_terms import clock_rules, extensions
from duecourse.rules.contact_rules import CHANNELS
from duecourse.servicing.tables import Account

from . import accounts, standing_blocks
from .complaint_tables import Complaint, ComplaintAgency, ComplaintState
from .keyed import CareRefused, alone, among, before

HEARD_BY = (*CHANNELS, "branch", "regulator", "ombudsman")
ABOUT = (
    "contact", "charges", "balance", "payments", "service", "help_when_in_need", "personal_data", "wording",
    "reporting", "staff", "selling", "other",
)  # fmt: skip
OUTCOMES = ("upheld", "partly_upheld", "rejected", "withdrawn")
ROOT_CAUSES = (
    "system_fault", "wrong_figure", "unclear_words", "slow_answer", "staff_conduct", "agency_conduct", "partner_fault",
    "policy", "mistaken", "none_found",
)  # fmt: skip
RECEIVED, ACKNOWLEDGED, EXTENDED, ANSWERED, CLOSED, REOPENED = (
    "received", "acknowledged", "extended", "answered", "closed", "reopened",
)  # fmt: skip
FOLLOWS = {
    RECEIVED: (ACKNOWLEDGED, EXTENDED, ANSWERED),
    ACKNOWLEDGED: (EXTENDED, ANSWERED),
    EXTENDED: (EXTENDED, ANSWERED),
    ANSWERED: (CLOSED,),
    CLOSED: (REOPENED,),
    REOPENED: (ACKNOWLEDGED, EXTENDED, ANSWERED),
}
"""What may come after each state."""


class NotNext(Exception):
    """There is no such complaint, or this cannot come next."""

    code = "complaint_not_so"


def receive(
    *,
    person: int,
    about: str,
    text: str,
    at: datetime,
    channel: str,
    by: str,
    reason: str,
    key: str,
    account: int | None = None,
    agency: str = "",
) -> int:
    """Note a complaint, in the person's own words, kept encrypted; its clocks begin. `agency`: against whom."""
    reach.zoned("at", at)
    told = {"borrower_id": person, "account_id": account, "about": about, "agency": agency}
    with transaction.atomic():
        alone(person)
        if row := before(Complaint, key, told):
            return row.id
        among("channel", channel, HEARD_BY)
        among("about", about, ABOUT)
        if not text.strip():
            raise CareRefused("text: a complaint says something")
        product = ""
        if account is not None:
            accounts.own(person, account)
            product = Account.objects.values_list("product__code", flat=True).get(id=account)
        row = Complaint.objects.create(
            **told, product=product, channel=channel, received_on=standing_blocks.day_of(at),
            place=standing_blocks.place_of(person), text=secrecy.seal(text), by=by, reason=reason, key=key,
        )  # fmt: skip
        return row.id


def about_agency(*, complaint: int, agency: str, by: str, reason: str) -> None:
    """Say that a complaint turned out to be about an agency; said again, it is kept once."""
    if not agency.strip():
        raise CareRefused("agency: nothing is said")
    with transaction.atomic():
        row = found(complaint)
        alone(row.borrower_id)
        if row.agency != agency:
            told = {"by": by, "reason": reason}
            ComplaintAgency.objects.get_or_create(complaint_id=complaint, agency=agency, defaults=told)


def agencies_of(*, complaint: int) -> list[str]:
    """The agencies that a complaint counts against, by their codes."""
    row = found(complaint)
    told = ComplaintAgency.objects.filter(complaint_id=complaint).order_by("id").values_list("agency", flat=True)
    return [one for one in (row.agency, *told) if one]


def go_on(
    *,
    complaint: int,
    state: str,
    at: datetime,
    by: str,
    reason: str,
    outcome: str = "",
    root_cause: str = "",
    text: str = "",
) -> None:
    """Say how a complaint goes on: acknowledged, its time extended, answered with an outcome, closed with its cause.

    `text`: the answer, kept encrypted. Refused where this cannot come next.
    """
    reach.zoned("at", at)
    among("state", state, tuple(FOLLOWS)[1:])
    with transaction.atomic():
        row = found(complaint)
        alone(row.borrower_id)
        states = states_of([complaint])[complaint]
        last, since = (states[-1].state, states[-1].on) if states else (RECEIVED, row.received_on)
        if state not in FOLLOWS[last]:
            raise NotNext(f"complaint {complaint} is {last} since {since}; next is {' or '.join(FOLLOWS[last])}")
        on = standing_blocks.day_of(at)
        if on < since:
            raise CareRefused(f"at: complaint {complaint} is {last} since {since}, later than {on}")
        if state == EXTENDED:
            refuse_more(row, states)
        for field, told, words, of in (
            ("outcome", outcome, OUTCOMES, ANSWERED),
            ("root_cause", root_cause, ROOT_CAUSES, CLOSED),
        ):
            if state == of:
                among(field, told, words)
            elif told:
                raise CareRefused(f"{field}: one that is {state} has none")
        ComplaintState.objects.create(
            complaint_id=complaint, state=state, on=on, outcome=outcome, root_cause=root_cause,
            text=secrecy.seal(text) if text else None, by=by, reason=reason,
        )  # fmt: skip


def refuse_more(row: Complaint, states: Sequence[ComplaintState]) -> None:
    """Refuse to extend a time that no rule lets be extended, or not again."""
    told = clock_rules(
        of="complaint", place=row.place, on=row.received_on, channel=row.channel,
        kind=accounts.kinds([row.account_id])[row.account_id],
    )  # fmt: skip
    since = max((at for at, one in enumerate(states) if one.state == REOPENED), default=0)
    extended = sum(one.state == EXTENDED for one in states[since:])
    if extended >= extensions(told):
        raise NotNext(f"complaint {row.id} was extended {extended} times; no rule allows it again")


def states_of(complaints: Sequence[int]) -> dict[int, list[ComplaintState]]:
    """How each of these complaints went on, in order."""
    states: dict[int, list[ComplaintState]] = {one: [] for one in complaints}
    for row in ComplaintState.objects.filter(complaint_id__in=complaints).order_by("id"):
        states[row.complaint_id].append(row)
    return states


def words(*, complaint: int) -> str:
    """What the person said, in clear: for the one who answers."""
    return secrecy.opened(found(complaint).text)


def root_causes(*, since: date, until: date, agency: str | None = None) -> Counter[str]:
    """How many complaints that were received from a day through another have which root cause; `open`: not closed yet.

    `agency`: only those against it, or found to be about it later.
    """
    rows = Complaint.objects.filter(received_on__range=(since, until))
    if agency is not None:
        linked = ComplaintAgency.objects.filter(agency=agency).values("complaint_id")
        rows = rows.filter(Q(agency=agency) | Q(id__in=linked))
    causes: Counter[str] = Counter()
    for states in states_of(list(rows.values_list("id", flat=True))).values():
        causes[states[-1].root_cause if states and states[-1].state == CLOSED else "open"] += 1
    return causes


def found(complaint: int) -> Complaint:
    """A complaint by its number."""
    row = Complaint.objects.filter(id=complaint).first()
    if row is None:
        raise NotNext(f"there is no complaint {complaint}")
    return row
