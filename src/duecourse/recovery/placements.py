"""Cases placed with agencies and recalled: one agency at a time, nothing that may not be, split by shares."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from duecourse.book import read as book
from duecourse.borrowers import reach
from duecourse.ledger.journal import Refused
from duecourse.risk.watch_order import hashed
from duecourse.rules import agency_rules, places
from duecourse.servicing import read
from duecourse.servicing.tables import Account

from . import agencies, agency_notices, agency_reach, agency_stands, agency_terms, cases, facts, legal, path, work
from .agencies import NARROW, AgencyNotReady, Held
from .agency_tables import PlacedAccount, Placement, Recall
from .case_tables import Case, CaseState

EXPERIMENT = "agencies"
TREATMENT = "agency"
OLDEST_DAYS = 36_600
"""How late a charged-off account counts for the rate of commission: whatever it was, the oldest."""
BY_PERSON, BLOCK, CLOSED, CONTRACT, STATE, PLACE, UNREACHED = (
    "person", "block", "closed", "contract", "agency", "place", "unreached",
)  # fmt: skip
"""What brings a recall about: a person, something that stands, nothing past due, no contract, what the agency became,
where the borrower moved, no contact point that may be used."""


class PlacementRefused(Refused):
    """A case that may not be with an agency; the message names everything that stands in the way."""

    code = "placement_refused"


class NoSuchPlacement(Refused):
    """There is no such placement with this agency, or it has been recalled."""

    code = "no_such_placement"


class Late(NamedTuple):
    """An account that is past due or charged off, with what is asked of it."""

    account: int
    number: str
    currency: str
    days_past_due: int
    owed_minor: int
    charged_off: bool


class Placed(NamedTuple):
    """What placing the cases that wait did: the placements by agency code, and who was not placed, and why."""

    placed: list[tuple[str, str]]
    refused: list[tuple[int, str]]


STANDING = "NOT EXISTS (SELECT FROM recovery_recall r WHERE r.placement_id = p.id)"
"""A condition on a placement p: nobody recalled it."""


def place(*, case: int, agency: str, day: date, at: datetime, by: str, reason: str) -> Placement:
    """Place a case with an agency from the day after a sealed day; refused by name where anything stands against it.

    `at`: now; what began since the sealed day stands in the way too. A waiting treatment `agency` is done by it.
    """
    require_newest(day)
    agencies.named(agency=agency)
    with transaction.atomic():
        agencies.alone()
        waiting = [one for one in waits(day) if one.case == case]
        row = write(case, agencies.held(agency=agency, on=day + timedelta(days=1)), day, at, by, reason)
        if waiting:
            settle(row, waiting[0].state, agency, by)
    return row


def place_waiting(*, day: date, at: datetime, by: str) -> Placed:
    """Place every case whose strategy asks for an agency, split by the agencies' shares; who is refused waits on."""
    require_newest(day)
    on = day + timedelta(days=1)
    placed, refused = [], []
    for one in waits(day):
        try:
            with transaction.atomic():
                agencies.alone()
                chosen = choose(one.person, on)
                row = write(one.case, chosen, day, at, by, f"strategy: {one.rule}")
                settle(row, one.state, chosen.row.code, by)
                placed.append((chosen.row.code, row.reference))
        except Refused as fault:
            refused.append((one.case, str(fault)))
    return Placed(placed, refused)


def require_newest(day: date) -> None:
    """Refuse a day that is not the last sealed one: what an agency has is never changed for days gone by."""
    book.require_sealed(day)
    if day != book.last_sealed():
        raise PlacementRefused(f"day: {day}: {book.last_sealed()} is sealed already")


def waits(day: date) -> list[work.Waiting]:
    """The cases whose newest treatment is an agency, and that nobody has placed or left."""
    return sorted(work.waiting(on=day, treatments=[TREATMENT]), key=lambda one: one.case)


def settle(row: Placement, state: int, agency: str, by: str) -> None:
    """Say that a placement did the treatment that a strategy asked for."""
    cases.done(state=state, by=by, reason=f"placed with {agency}: {row.reference}")


def choose(person: int, on: date) -> Held:
    """The agency of a person: by hash, in proportion to the shares of those that may have one more case there."""
    place_of = home(person)
    able = [
        one for one in agencies.every(on=on)
        if one.terms and one.terms.share and not one.faults(on) and one.result != NARROW
        and works_at(one, place_of) and has_room(one)
    ]  # fmt: skip
    if not able:
        raise AgencyNotReady(f"no agency may have one more case at {place_of or 'an unknown place'}")
    shares = [one.terms.share if one.terms else 0 for one in able]
    at = hashed(EXPERIMENT, person) % sum(shares)
    for one, share in zip(able, shares, strict=True):
        at -= share
        if at < 0:
            return one
    raise AssertionError("agencies: shares do not add up")


def write(case: int, held: Held, day: date, at: datetime, by: str, reason: str) -> Placement:
    """Write a placement with its accounts, if nothing stands against it."""
    on = day + timedelta(days=1)
    person, stage = case_of(case)
    legal.alone(person)
    late = late_accounts(person)
    require_ready(held, on)
    assert held.terms is not None, "agencies: ready without terms"
    found = in_the_way(person, stage, late, held, day, at)
    if found:
        raise PlacementRefused(f"case {case}: " + "; ".join(found))
    row = Placement.objects.create(
        reference=f"P{secrets.token_hex(6)}", agency_id=held.row.id, terms_id=held.terms_id, case_id=case,
        borrower_id=person, on=on, stage=stage, by=by, reason=reason,
    )  # fmt: skip
    add_accounts(row, late, held.terms, on, first=1)
    return row


def require_ready(held: Held, on: date) -> None:
    """Refuse an agency that gets no case."""
    if found := not_ready(held, on):
        raise AgencyNotReady(f"{held.row.code}: " + "; ".join(found))


def not_ready(held: Held, on: date) -> list[str]:
    """Why an agency gets no case on a day; nothing: it does."""
    found = held.faults(on)
    if held.result == NARROW:
        found.append("its last review ended in: narrow, no new cases")
    if not found and not has_room(held):
        found.append(f"it has as many cases as it may: {held.terms.capacity if held.terms else 0}")
    return found


def has_room(held: Held) -> bool:
    """Whether an agency may have one more case."""
    if held.terms is None or held.terms.capacity is None:
        return True
    return len(standing(agency=held.row.id)) < held.terms.capacity


def in_the_way(person: int, stage: str, late: Sequence[Late], held: Held, day: date, at: datetime) -> list[str]:
    """Everything that stands against a person's case being with an agency."""
    assert held.terms is not None
    stands = agency_stands.standing(people=[person], first=facts.end_of(day), last=at)
    found = [f"{kind} stands" for kind in stands.get(person, [])]
    if other := Placement.objects.filter(borrower_id=person).exclude(id__in=Recall.objects.values("placement_id")):
        found.append(f"it is with an agency since {other[0].on}")
    if not late:
        found.append("nothing is past due")
    if any(agency_terms.rate(held.terms, days_past_due=age(one), stage=stage) is None for one in late):
        found.append(f"no commission is agreed for the stage {stage}")
    where = home(person)
    if not works_at(held, where):
        found.append(f"{held.row.code} does not work at {where or 'an unknown place'}")
    sharing = agency_rules.sharing_rule(place=where, on=day) if where else None
    if held.terms.basis != agency_terms.BASES[0] and sharing and sharing.separate_consent:
        found.append(f"{sharing.rule}: no separate consent to hand data to {held.row.code} is kept")
    if not agency_reach.reached(person=person, channels=held.terms.channels, at=at).channels:
        found.append("no contact point of theirs may be used")
    return found


def case_of(case: int) -> tuple[int, str]:
    """The person of an open case and its stage."""
    row = Case.objects.filter(id=case).first()
    last = CaseState.objects.filter(case_id=case).order_by("-id").first()
    if row is None or last is None or last.stage == path.CLOSED:
        raise cases.NoSuchCase(f"no case {case} is open")
    return row.borrower_id, last.stage


def home(person: int) -> str:
    """Where a person lives; "" where nobody knows."""
    row = reach.residence(borrower=person)
    return row.place if row else ""


def works_at(held: Held, where: str) -> bool:
    """Whether an agency may work where a person lives."""
    return bool(where) and bool(set(places.lies_in(where)) & set(held.row.places))


def late_accounts(person: int) -> list[Late]:
    """A person's accounts that are past due or charged off, by what is booked now."""
    numbers = Account.objects.filter(borrower_id=person).order_by("id").values_list("number", flat=True)
    found = []
    for number in numbers:
        page = read.account(number=number)
        off = page.figures["charged_off"]
        if page.standing.days_past_due > 0 or off > 0:
            late, owed = page.standing.days_past_due, page.standing.past_due + off
            found.append(Late(page.account_id, number, page.currency, late, owed, off > 0))
    return found


def age(one: Late) -> int:
    """How late an account counts for the rate of its commission."""
    return OLDEST_DAYS if one.charged_off else one.days_past_due


def add_accounts(row: Placement, late: Sequence[Late], terms: agency_terms.Terms, on: date, *, first: int) -> None:
    """Write the accounts of a placement, numbered on from `first`."""
    rates = [agency_terms.rate(terms, days_past_due=age(one), stage=row.stage) or 0 for one in late]
    PlacedAccount.objects.bulk_create(
        PlacedAccount(
            placement_id=row.id, number=number, account_id=one.account, on=on, currency=one.currency,
            days_past_due=one.days_past_due, owed_minor=one.owed_minor, commission_ppm=ppm,
        )
        for number, (one, ppm) in enumerate(zip(late, rates, strict=True), first)
    )  # fmt: skip


def standing(*, agency: int) -> list[Placement]:
    """The placements that an agency has, oldest first."""
    return list(
        Placement.objects.raw(
            f"SELECT p.* FROM recovery_placement p WHERE p.agency_id = %s AND {STANDING} ORDER BY p.id", [agency]
        )
    )


def found(*, reference: str) -> Placement:
    """A placement by its reference."""
    row = Placement.objects.filter(reference=reference).first()
    if row is None:
        raise NoSuchPlacement(f"there is no placement {reference}")
    return row


def recall(*, reference: str, day: date, by: str, reason: str) -> Recall:
    """Take a case back from its agency, from the day after the last sealed day on; told in the next file."""
    if not reason.strip():
        raise PlacementRefused("reason: say why it is recalled")
    require_newest(day)
    with transaction.atomic():
        agencies.alone()
        row = found(reference=reference)
        if before := Recall.objects.filter(placement_id=row.id).first():
            raise NoSuchPlacement(f"placement {reference} was recalled on {before.on}: {before.reason}")
        return recalled(row, day, BY_PERSON, by, reason)


def recalled(row: Placement, day: date, kind: str, by: str, reason: str) -> Recall:
    """Write a recall; the person is not told any more of an agency that has the case no longer."""
    agency_notices.withdraw(row, day, by)
    on = max(row.on, day + timedelta(days=1))
    return Recall.objects.create(placement_id=row.id, on=on, kind=kind, by=by, reason=reason)


def recall_due(*, day: date, at: datetime, by: str) -> list[tuple[str, str]]:
    """Recall, on a sealed day, every case that may not be with its agency any more; answers reference and why.

    So are cases that closed and people about whom something stands, and all cases of an agency that is not engaged, has
    no contract, or whose review ended it. Accounts that fell past due since go to the agency with the case.
    """
    require_newest(day)
    done = []
    with transaction.atomic():
        agencies.alone()
        for one in agencies.every(on=day + timedelta(days=1)):
            rows = standing(agency=one.row.id)
            stands = agency_stands.standing(people=[row.borrower_id for row in rows], first=facts.end_of(day), last=at)
            for row in rows:
                late = late_accounts(row.borrower_id)
                why = due(one, row.borrower_id, stands.get(row.borrower_id, []), late)
                if why is None:
                    take_along(row, late, day)
                else:
                    recalled(row, day, why[0], by, why[1])
                    done.append((row.reference, why[1]))
    return done


def due(held: Held, person: int, stands: Sequence[str], late: Sequence[Late]) -> tuple[str, str] | None:
    """Why a placement with this agency is to be recalled: kind and reason; None: it goes on."""
    if held.state != agencies.ENGAGED:
        return STATE, f"{held.row.code} is {held.state} since {held.since}"
    if held.terms is None:
        return CONTRACT, f"the contract with {held.row.code} is over"
    if held.result == agencies.END:
        return STATE, f"the review of {held.reviewed_on} ended it"
    if stands:
        return BLOCK, "; ".join(f"{kind} stands" for kind in stands)
    if not works_at(held, where := home(person)):
        return PLACE, f"{held.row.code} does not work at {where or 'an unknown place'}"
    return None if late else (CLOSED, "nothing is past due")


def take_along(row: Placement, late: Sequence[Late], day: date) -> None:
    """Give the agency the accounts of a placed person that fell past due since."""
    known = set(PlacedAccount.objects.filter(placement_id=row.id).values_list("account_id", flat=True))
    new = [one for one in late if one.account not in known]
    terms = agency_terms.from_plain(agencies.terms_row(row.terms_id).body)
    add_accounts(row, new, terms, max(row.on, day + timedelta(days=1)), first=len(known) + 1)
