"""What pages show of agencies: the cases they have, who waits for one and what stands against it, files, statements."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import connection

from duecourse.ledger.read import exponents
from duecourse.outreach import messages
from duecourse.outreach.tables import Message

from . import agencies, agency_commission, agency_notices, placements
from .agencies import Held
from .agency_commission import Stated
from .agency_tables import AgencyFile, AgencyReview, AgencyTerms, CommissionStatement, Placement, Recall

HAS = """
SELECT p.reference, p.borrower_id, p.case_id, p."on", p.stage, p.by, p.reason,
    (SELECT array_agg(a.number ORDER BY w.number) FROM recovery_placed_account w
        JOIN servicing_account a ON a.id = w.account_id WHERE w.placement_id = p.id)
FROM recovery_placement p WHERE p.agency_id = %s
    AND NOT EXISTS (SELECT FROM recovery_recall r WHERE r.placement_id = p.id) ORDER BY p.id DESC LIMIT %s
"""


class Has(NamedTuple):
    """A case that an agency has: by which reference, whose, since when, with which accounts, by whom and why."""

    reference: str
    person: int
    case: int
    on: date
    stage: str
    by: str
    reason: str
    accounts: list[str]


class Against(NamedTuple):
    """An agency, and everything that stands against a case being with it; nothing: it may be placed there."""

    held: Held
    found: list[str]


class OfCase(NamedTuple):
    """Placing a case: whose it is, its stage, what would go, with which agency it is, what stands against each."""

    person: int
    stage: str
    late: list[placements.Late]
    placed: Placement | None
    against: list[Against]


def has(*, agency: int, most: int) -> list[Has]:
    """The cases that an agency has, the newest first; so many at most."""
    with connection.cursor() as cursor:
        cursor.execute(HAS, [agency, most])
        return [Has._make(row) for row in cursor.fetchall()]


def of_case(*, case: int, day: date, at: datetime) -> OfCase:
    """What placing a case comes to, with each agency; nothing is done."""
    person, stage = placements.case_of(case)
    late, on = placements.late_accounts(person), day + timedelta(days=1)
    rows = []
    for held in agencies.every(on=on):
        found = placements.not_ready(held, on)
        if held.terms is not None:
            found += placements.in_the_way(person, stage, late, held, day, at)
        rows.append(Against(held, found))
    return OfCase(person, stage, late, standing_of(person), rows)


def standing_of(person: int) -> Placement | None:
    """The placement of a person's case that nobody has recalled."""
    own = Placement.objects.filter(borrower_id=person)
    return own.exclude(id__in=Recall.objects.values("placement_id")).first()


def told_of(placement: Placement) -> str:
    """The last step of the message by which the person is told of a placement; "": none is queued."""
    row = Message.objects.filter(key=f"{agency_notices.PREFIX}{placement.id}").first()
    if row is None:
        return ""
    step = messages.last(row.id)
    return str(step.step) if step else messages.QUEUED


def codes() -> list[str]:
    """Every agency by its code."""
    return list(agencies.Agency.objects.order_by("code").values_list("code", flat=True))


def code_of(placement: Placement) -> str:
    """The code of the agency that has a case."""
    return str(agencies.Agency.objects.values_list("code", flat=True).get(id=placement.agency_id))


def terms_of(*, agency: int) -> list[tuple[AgencyTerms, bool]]:
    """The terms of an agency, the newest first, each with whether enough approved them."""
    rows = AgencyTerms.objects.filter(agency_id=agency).order_by("-id")
    return [(row, agencies.is_approved(row)) for row in rows]


def files_of(*, agency: int, most: int) -> list[AgencyFile]:
    """The files that were made for an agency, the newest first; so many at most."""
    return list(AgencyFile.objects.filter(agency_id=agency).order_by("-id")[:most])


def reviews_of(*, agency: int) -> list[AgencyReview]:
    """The reviews of an agency, the newest first."""
    return list(AgencyReview.objects.filter(agency_id=agency).order_by("-id"))


def statements_of(*, agency: int) -> list[Stated]:
    """The commission statements of an agency, the newest month first."""
    rows = CommissionStatement.objects.filter(agency_id=agency).order_by("-month", "currency")
    return [agency_commission.with_lines(row) for row in rows]


def lines_of(*, agency: int, statement: int) -> list[list[str]] | None:
    """The lines of a statement of this agency as it may be told them; None: there is no such one."""
    row = CommissionStatement.objects.filter(id=statement, agency_id=agency).first()
    if row is None:
        return None
    return agency_commission.rows(agency_commission.with_lines(row), exponents()[row.currency])
