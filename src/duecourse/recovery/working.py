"""One treatment worked on: whose it is, may the person be contacted now, what became of it, done or left."""

from datetime import date, datetime
from typing import NamedTuple

from django.db import connection, transaction

from duecourse.borrowers.contact_tables import ContactDecision, ContactOutcome
from duecourse.outreach import contact
from duecourse.rules import contact_rules, recovery_terms

from . import cases, work
from .cases import NoSuchCase, WorkRefused

TREATMENT = f"""
SELECT {work.OF_STATE}, w.done, w.by, w.reason,
    EXISTS (SELECT FROM recovery_case_state t WHERE t.case_id = c.id AND t.id > s.id) OR {work.WITH_AGENCY}
FROM recovery_case_state s JOIN recovery_case c ON c.id = s.case_id
LEFT JOIN recovery_case_work w ON w.state_id = s.id WHERE s.id = %s AND s.treatment <> 'nothing'
"""
PURPOSES = {"offer_help": "service", "demand_letter": "legal_notice"}
"""For what a treatment contacts somebody; every other one collects."""
NOT_MADE = "not_made"


class Treatment(NamedTuple):
    """A treatment of a case, and what became of it. is_done: None while nobody has done or left it.

    is_over: the case has moved on since, or is with an agency. good_minor: what it is expected to bring in beyond
    its cost.
    """

    state: int
    case: int
    person: int
    stage: str
    treatment: str
    channel: str
    since: date
    rule: str
    owner: str
    account: str | None
    currency: str
    past_due_minor: int
    days_past_due: int
    is_done: bool | None
    done_by: str | None
    done_reason: str | None
    is_over: bool
    good_minor: int

    @property
    def waits(self) -> bool:
        """Whether somebody has still to do it or leave it."""
        return self.is_done is None and not self.is_over

    @property
    def by_contact(self) -> str:
        """The channel by which it contacts the person; "" where it contacts nobody."""
        if self.treatment in cases.OF_CONTACT:
            return self.treatment
        return self.channel if self.channel in contact_rules.CHANNELS else ""

    @property
    def purpose(self) -> str:
        """For what it contacts them."""
        return PURPOSES.get(self.treatment, "collection")


class Decided(NamedTuple):
    """An answer of the contact gate that was asked for this treatment; outcome: "" until it is told."""

    id: int
    at: datetime
    by: str
    allowed: bool
    rules: tuple[str, ...]
    next_at: datetime | None
    fault: str
    point: int | None
    outcome: str


def of(*, state: int, on: date) -> Treatment:
    """A treatment of a case; refuses one that there is not."""
    with connection.cursor() as cursor:
        cursor.execute(TREATMENT, [state])
        row = cursor.fetchone()
    if row is None:
        raise NoSuchCase(f"there is no treatment {state}")
    return Treatment._make((*row, recovery_terms.treatments(on=on).good_minor(row[4], row[11])))


def decisions(*, state: int, person: int) -> list[Decided]:
    """What the contact gate answered for this treatment, the newest first."""
    rows = list(ContactDecision.objects.filter(borrower_id=person, key__startswith=key_of(state, "")).order_by("-id"))
    told = ContactOutcome.objects.filter(decision_id__in=[row.id for row in rows]).order_by("id")
    outcomes = dict(told.values_list("decision_id", "outcome"))
    return [
        Decided(
            row.id, row.at, row.by, row.allowed, tuple(rule or "" for rule, _, _ in row.refusals), row.next_at,
            row.fault, row.point_id, outcomes.get(row.id, ""),
        )
        for row in rows
    ]  # fmt: skip


def next_of(*, on: date, by: str, after: int) -> int | None:
    """The treatment that somebody comes to next: the most good of their own cases and of nobody's."""
    return next((one.state for one in work.ranked(on=on, owner=by) if one.state != after), None)


def ask(*, state: int, on: date, at: datetime, by: str, key: str, point: int | None = None) -> Decided:
    """May the person be contacted now for this treatment: decided and kept; what is allowed counts as made."""
    with transaction.atomic():
        one = waiting(state, on, by)
        if not one.by_contact:
            raise WorkRefused(f"treatment {state}: a {one.treatment} contacts nobody")
        refuse_untold(one)
        contact.may_we(
            person=one.person, channel=one.by_contact, purpose=one.purpose, at=at, by=by, point=point,
            key=key_of(state, key),
        )  # fmt: skip
        return decisions(state=state, person=one.person)[0]


def contacted(
    *, state: int, on: date, decision: int, outcome: str, at: datetime, by: str, note: str, is_done: bool
) -> None:
    """Say what became of a contact that was allowed, and whether the treatment is done by it or is tried again."""
    with transaction.atomic():
        one = waiting(state, on, by)
        told = {row.id: row for row in decisions(state=state, person=one.person)}
        if decision not in told or told[decision].outcome:
            raise WorkRefused(f"treatment {state}: nothing is to be told of decision {decision}")
        if is_done and outcome == NOT_MADE:
            raise WorkRefused(f"treatment {state}: by a contact that was not made nothing is done")
        contact.tell(decision=decision, outcome=outcome, at=at, by=by, note=note)
        if is_done:
            cases.done(state=state, by=by, reason=note, decision=decision)


def finish(*, state: int, on: date, by: str, reason: str, is_done: bool) -> None:
    """Say that a treatment was done without a contact, or that it was left and why."""
    with transaction.atomic():
        one = waiting(state, on, by)
        if is_done and one.by_contact:
            raise WorkRefused(f"treatment {state}: a {one.treatment} was done by which contact decision?")
        refuse_untold(one)
        cases.done(state=state, by=by, reason=reason, is_done=is_done)


def refuse_untold(one: Treatment) -> None:
    """Refuse to go on while nobody has said what became of a contact that was allowed."""
    if any(row.allowed and not row.outcome for row in decisions(state=one.state, person=one.person)):
        raise WorkRefused(f"treatment {one.state}: say first what became of the contact that was allowed")


def waiting(state: int, on: date, by: str) -> Treatment:
    """A treatment that waits and is this person's, under its lock; every other one is refused."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(25, %s)", [state % 2**31])
    one = of(state=state, on=on)
    if not one.waits:
        raise NoSuchCase(f"no treatment {state} waits")
    if one.owner != by:
        raise WorkRefused(f"treatment {state}: its case is {one.owner or 'nobody'}'s: take it first")
    return one


def key_of(state: int, key: str) -> str:
    """The key of a question to the contact gate that is asked for a treatment."""
    return f"work:{state}:{key}"
