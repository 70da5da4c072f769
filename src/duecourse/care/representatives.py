"""Who speaks for a person: attorneys, debt advisers, guardians, executors, whom they named; from when until when."""

from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from duecourse.borrowers import reach, secrecy

from . import accounts, standing_blocks
from .keyed import CareRefused, alone, among, before
from .person_tables import Representative, RepresentativeEnd

RELATIONS = {
    "attorney": "attorney",
    "debt_adviser": "representative",
    "named_person": "representative",
    "guardian": "guardian",
    "executor": "executor",
}
"""What the contact gate calls each kind."""
INSTEAD = ("attorney", "debt_adviser")
"""Who is spoken to instead of the person. Who is dead or lacks capacity is blocked by that (legal_states)."""


class NoAuthority(Exception):
    """There is no such representative, or the authority has ended."""

    code = "no_authority"


class Reached(NamedTuple):
    """Who may be contacted, as what, and where; in clear: for the one who is about to."""

    id: int
    relation: str
    name: str
    point_kind: str
    point: str


def represent(
    *,
    person: int,
    kind: str,
    name: str,
    point_kind: str,
    point: str,
    authority_from: date,
    by: str,
    reason: str,
    key: str,
    authority_to: date | None = None,
    account: int | None = None,
) -> int:
    """Note who speaks for a person, about an account or all; an attorney or debt adviser is spoken to instead of them.

    The authority holds through its last day, on the person's own clock.
    """
    told = {
        "borrower_id": person, "account_id": account, "kind": kind, "authority_from": authority_from,
        "authority_to": authority_to, "point_kind": point_kind,
    }  # fmt: skip
    with transaction.atomic():
        alone(person)
        if row := before(Representative, key, told):
            return row.id
        among("kind", kind, tuple(RELATIONS))
        among("point_kind", point_kind, reach.KINDS)
        if not name.strip() or not point.strip():
            raise CareRefused("name, point: a representative has both")
        if authority_to is not None and authority_to < authority_from:
            raise CareRefused(f"authority_to: {authority_to} is before {authority_from}")
        if account is not None:
            accounts.own(person, account)
        block = None
        if kind in INSTEAD:
            until = None if authority_to is None else standing_blocks.end_of(person, authority_to)
            since = standing_blocks.start_of(person, authority_from)
            block = reach.block(
                borrower=person, kind="represented", account=account, since=since, until=until, by=by, reason=reason
            )
        row = Representative.objects.create(
            **told, name=secrecy.seal(name.strip()), point=secrecy.seal(point.strip()), block_id=block, by=by,
            reason=reason, key=key,
        )  # fmt: skip
        return row.id


def end(*, representative: int, at: datetime, by: str, reason: str) -> None:
    """End an authority; the person is spoken to again."""
    reach.zoned("at", at)
    with transaction.atomic():
        row = Representative.objects.filter(id=representative).first()
        if row is None:
            raise NoAuthority(f"there is no representative {representative}")
        alone(row.borrower_id)
        on = standing_blocks.day_of(at)
        is_over = row.authority_to is not None and row.authority_to < on
        if is_over or RepresentativeEnd.objects.filter(representative_id=row.id).exists():
            raise NoAuthority(f"the authority of representative {representative} has ended")
        RepresentativeEnd.objects.create(representative_id=row.id, on=on, by=by, reason=reason)
        standing_blocks.end(borrower=row.borrower_id, block=row.block_id, at=at, by=by, reason=reason)


def who(*, person: int, on: date, account: int | None = None) -> list[Reached]:
    """Who has authority to speak for a person on a day, about an account (None: about anything they owe)."""
    ended = RepresentativeEnd.objects.filter(on__lte=on).values("representative_id")
    rows = Representative.objects.filter(borrower_id=person, authority_from__lte=on).exclude(id__in=ended)
    rows = rows.filter(Q(authority_to=None) | Q(authority_to__gte=on))
    if account is not None:
        rows = rows.filter(Q(account_id=None) | Q(account_id=account))
    return [
        Reached(row.id, RELATIONS[row.kind], secrecy.opened(row.name), row.point_kind, secrecy.opened(row.point))
        for row in rows.order_by("id")
    ]
