"""Erasing what is kept of a person: at once what no duty keeps, the rest once the last duty has ended, with each rule.

Refused while money is owed either way, or while a dispute, a complaint or proceedings are open. Where an account can
still be used, or nobody knows whose law holds, one of the lender's people decides. What is erased is sealed anew as
nothing or removed, by a function of the database that does nothing else (`personal_erase`); the ledger, statements and
decisions stay, and know a number alone.
"""

import json
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.db import connection, transaction

from duecourse.borrowers import reach, secrecy
from duecourse.care import disputes, hardship_drafts
from duecourse.care.affordability import Household
from duecourse.recovery import legal_proceedings
from duecourse.rules import catalogue
from duecourse.servicing import of_person

from .tables import Erasure, ErasureState

ASKED, REFUSED, GRANTED, ERASED = "asked", "refused", "granted", "erased"
DEBT, CREDIT, DISPUTE, COMPLAINT, PROCEEDING = "debt", "credit", "dispute", "complaint", "proceeding"
USABLE, PLACE = "usable_account", "place_unknown"
DUTIES = ("identity and transactions", "records of collection", "records of complaints")
"""What the rules of keeping (law/*/retention.toml) keep of all that is not erased at once."""
GONE = "(erased)"
NO_HOUSEHOLD = json.dumps({**dict.fromkeys(Household._fields, 0), "adults": 1, "cause": GONE})
OPEN = """
SELECT 'dispute' FROM care_dispute t WHERE t.borrower_id = %(person)s AND coalesce((SELECT s.state
    FROM care_dispute_state s WHERE s.dispute_id = t.id ORDER BY s.id DESC LIMIT 1), '') <> ALL(%(decided)s)
UNION SELECT 'complaint' FROM care_complaint t WHERE t.borrower_id = %(person)s AND coalesce((SELECT s.state
    FROM care_complaint_state s WHERE s.complaint_id = t.id ORDER BY s.id DESC LIMIT 1), '') <> 'closed'
UNION SELECT 'proceeding' FROM recovery_proceeding t WHERE t.borrower_id = %(person)s AND coalesce((SELECT s.stage
    FROM recovery_proceeding_stage s WHERE s.proceeding_id = t.id ORDER BY s.id DESC LIMIT 1), '') <> ALL(%(over)s)
"""
LAST = """
SELECT (greatest((SELECT max(e.booked_day) FROM ledger_entry e JOIN servicing_account a ON a.id = e.account_id
        WHERE a.borrower_id = %(person)s),
    (SELECT max(opened_on) FROM servicing_account WHERE borrower_id = %(person)s),
    (SELECT max(at)::date FROM borrowers_contact_decision WHERE borrower_id = %(person)s),
    (SELECT max(received_on) FROM care_complaint WHERE borrower_id = %(person)s))
    + make_interval(months => %(months)s))::date
"""
ASKING = """
SELECT count(*) FROM personal_erasure e WHERE (SELECT state FROM personal_erasure_state s
    WHERE s.erasure_id = e.id ORDER BY s.id DESC LIMIT 1) = %s
"""


class ErasureRefused(Exception):
    """What is not decided as asked; the message says why."""

    code = "erasure_refused"


class Plan(NamedTuple):
    """What would become of a person's wish to be erased on a day.

    against: why it is refused; undecided: why one of the lender's people decides; until: the last day on which the
    rules keep what is not erased at once, None where none does.
    """

    against: tuple[str, ...]
    undecided: tuple[str, ...]
    until: date | None
    rules: tuple[catalogue.Rule, ...]


class Wished(NamedTuple):
    """An erasure that was asked for, and what became of it last."""

    id: int
    person: int
    on: date
    state: str
    until: date | None
    rules: Sequence[str]
    by: str
    reason: str


def plan(*, person: int, on: date) -> Plan:
    """What erasing a person comes to on a day; nothing is done."""
    held = of_person.accounts(person=person)
    owed = any(one.figures["owed"] + one.figures["charged_off"] > 0 for one in held)
    is_credit = any(one.figures["credit"] for one in held)
    against = [reason for reason, stands in ((DEBT, owed), (CREDIT, is_credit)) if stands]
    with connection.cursor() as cursor:
        cursor.execute(OPEN, {"person": person, "decided": [*disputes.OUTCOMES], "over": [*legal_proceedings.ENDED]})
        against += sorted(row[0] for row in cursor.fetchall())
    home = reach.residence(borrower=person)
    usable = any(not one.is_loan and one.standing.limit and not one.standing.suspended for one in held)
    undecided = [reason for reason, so in ((USABLE, usable), (PLACE, home is None)) if so]
    rules = duties(home.place, on) if home else ()
    until = last_day(person, max((one.parameters["months"] for one in rules), default=0)) if rules else None
    return Plan(tuple(against), tuple(undecided), until if until and until > on else None, rules)


def duties(place: str, on: date) -> tuple[catalogue.Rule, ...]:
    """The rules of a place that keep what is not erased at once."""
    listed = [one for one in catalogue.listed(place=place, on=on) if one.topic == "retention"]
    return tuple(one for one in listed if one.parameters["what"] in DUTIES)


def last_day(person: int, months: int) -> date | None:
    """The last day of a duty of so many months, counted from the last that happened with a person."""
    with connection.cursor() as cursor:
        cursor.execute(LAST, {"person": person, "months": months})
        found: date | None = cursor.fetchone()[0]
    return found


def ask(*, person: int, on: date, by: str) -> Wished:
    """Take a person's wish: refused with reasons, left to one of the lender's people, or done as far as may be."""
    with transaction.atomic():
        alone(person)
        before = newest(person=person)
        if before is not None and before.state in (ASKED, GRANTED):
            return before
        row = Erasure.objects.create(borrower_id=person, on=on, by=by)
        found = plan(person=person, on=on)
        if found.against:
            become(row.id, REFUSED, on, by, "by rule", rules=found.against)
        elif found.undecided:
            become(row.id, ASKED, on, by, "", rules=found.undecided)
        else:
            grant(row, found, on, by, "by rule")
    return wished(row)


def decide(*, erasure: int, granted: bool, on: date, by: str, reason: str) -> Wished:
    """Decide what was left to one of the lender's people. Refuses what waits for nobody, no reason, and a grant while
    something stands against it."""
    row = Erasure.objects.filter(pk=erasure).first()
    if row is None:
        raise ErasureRefused(f"there is no erasure {erasure}")
    with transaction.atomic():
        alone(row.borrower_id)
        now = wished(row)
        if now.state != ASKED:
            raise ErasureRefused(f"erasure {erasure} is {now.state}: it waits for nobody")
        if not reason.strip():
            raise ErasureRefused("say why")
        found = plan(person=row.borrower_id, on=on)
        if not granted:
            become(row.id, REFUSED, on, by, reason)
        elif found.against:
            raise ErasureRefused(f"not while there is: {', '.join(found.against)}")
        elif PLACE in found.undecided:
            raise ErasureRefused("say first where the person lives, so that it is known which law keeps what")
        else:
            grant(row, found, on, by, reason)
    return wished(row)


def grant(row: Erasure, found: Plan, on: date, by: str, reason: str) -> None:
    """Erase at once what no duty keeps; the rest too where none keeps it longer."""
    become(row.id, GRANTED, on, by, reason, found.until, [one.rule for one in found.rules])
    for point in reach.points(borrower=row.borrower_id):
        reach.mark_point(borrower=row.borrower_id, point=point.id, state="dead", by=by, reason="erased")
    run(row.id, "now")
    if found.until is None:
        finish(row.id, on, by)


def finish(erasure: int, on: date, by: str) -> None:
    """Erase the rest."""
    run(erasure, "later")
    become(erasure, ERASED, on, by, "every duty has ended")


def due(*, on: date, by: str) -> list[int]:
    """Erase the rest of everybody whose last duty has ended before a day; whom.

    Whoever owes again, or has been dealt with since so that a rule keeps longer, waits on.
    """
    done = []
    for row in Erasure.objects.order_by("id"):
        with transaction.atomic():
            alone(row.borrower_id)
            now = wished(row)
            if now.state != GRANTED or now.until is None or now.until >= on:
                continue
            found = plan(person=row.borrower_id, on=on)
            if not found.against and found.until is None:
                finish(row.id, on, by)
                done.append(row.borrower_id)
    return done


def run(erasure: int, part: str) -> None:
    """Let the database erase a part (now, later) of whom an erasure is about, which it has granted."""
    told = [erasure, part, *map(secrecy.seal, (GONE, NO_HOUSEHOLD, "other"))]
    with connection.cursor() as cursor:
        cursor.execute("SELECT personal_erase(%s, %s, %s, %s, %s)", told)
    hardship_drafts.drop(borrower=Erasure.objects.values_list("borrower_id", flat=True).get(id=erasure))


def alone(person: int) -> None:
    """One decision about a person at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(31, %s::int)", [person % 2**31])


def become(
    erasure: int, state: str, on: date, by: str, reason: str, until: date | None = None, rules: Sequence[str] = ()
) -> None:
    """What an erasure is from now on, by whom and why."""
    ErasureState.objects.create(
        erasure_id=erasure, state=state, on=on, until=until, rules=list(rules), by=by, reason=reason
    )


def wished(row: Erasure) -> Wished:
    """An erasure as it stands."""
    return told(row, ErasureState.objects.filter(erasure_id=row.id).order_by("-id")[0])


def told(row: Erasure, last: ErasureState) -> Wished:
    """The same, of its newest state."""
    return Wished(row.id, row.borrower_id, row.on, last.state, last.until, last.rules, last.by, last.reason)


def newest(*, person: int) -> Wished | None:
    """What a person asked for last."""
    row = Erasure.objects.filter(borrower_id=person).order_by("-id").first()
    return wished(row) if row else None


def listed(*, state: str | None = None) -> list[Wished]:
    """Every erasure that was asked for, or those in a state."""
    newest = ErasureState.objects.order_by("erasure_id", "-id").distinct("erasure_id")
    last = {one.erasure_id: one for one in newest}
    found = [told(row, last[row.id]) for row in Erasure.objects.order_by("id")]
    return [one for one in found if state in (None, one.state)]


def asked() -> int:
    """How many wait for one of the lender's people."""
    with connection.cursor() as cursor:
        cursor.execute(ASKING, [ASKED])
        return int(cursor.fetchone()[0])


def found(*, erasure: int) -> Wished | None:
    """An erasure by its number."""
    row = Erasure.objects.filter(pk=erasure).first()
    return wished(row) if row else None


def states(*, erasure: int) -> list[ErasureState]:
    """What became of an erasure, the oldest first."""
    return list(ErasureState.objects.filter(erasure_id=erasure).order_by("id"))
